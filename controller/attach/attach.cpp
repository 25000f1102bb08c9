#include "controller/attach/attach.h"

#include <algorithm>
#include <utility>

#include "controller/attach/round.h"

namespace sluice::attach {

struct Attacher::State : AttachState {
  bool addresses_changed = false;           ///< the default ones, since the last update
  std::set<api::NamespacedName> regranted;  ///< Gateways whose grant is another since the last update
};

namespace {

bool takes_default(const api::Gateway& gateway) {
  const auto& addresses = gateway.spec.addresses;
  return addresses.empty() || std::ranges::any_of(addresses, [](const auto& each) { return each.value.empty(); });
}

}  // namespace

Attacher::Attacher(AttachOptions options) : state_(std::make_unique<State>()) {
  state_->options = std::move(options);
}
Attacher::~Attacher() = default;

GraphDelta Attacher::update(const api::ObjectSet& objects, std::span<const api::ObjectRef> changed) {
  Round round{.state = *state_, .world = {objects, state_->options, state_->certificates}};
  std::vector<api::ObjectRef> all(changed.begin(), changed.end());
  if (std::exchange(state_->addresses_changed, false)) {
    for (const auto& [name, gateway] : objects.gateways) {
      if (takes_default(*gateway)) all.push_back({std::string(api::Gateway::kKind), name.namespace_, name.name});
    }
  }
  for (const auto& name : std::exchange(state_->regranted, {})) {
    all.push_back({std::string(api::Gateway::kKind), name.namespace_, name.name});
  }
  note_changes(round, all);
  update_gateway_classes(round);
  update_facts(round);
  update_routes(round);
  update_listeners(round);
  update_policies(round);
  return std::move(round.delta);
}

void Attacher::set_default_addresses(std::vector<std::string> addresses) {
  if (addresses == state_->options.default_addresses) return;
  state_->options.default_addresses = std::move(addresses);
  state_->addresses_changed = true;
}

void Attacher::set_grants(Grants grants) {
  const Grants before = std::exchange(state_->options.grants, std::move(grants)).value_or(Grants{});
  const Grants& now = *state_->options.grants;
  for (const auto& [name, grant] : now) {
    const auto last = before.find(name);
    if (last == before.end() || last->second != grant) state_->regranted.insert(name);
  }
  for (const auto& [name, grant] : before) {
    if (!now.contains(name)) state_->regranted.insert(name);
  }
}

const Graph& Attacher::graph() const {
  return state_->graph;
}

}  // namespace sluice::attach
