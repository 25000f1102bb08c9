#include "userspace/l4/service_plan.h"

#include <netinet/in.h>

#include <algorithm>

namespace sluice::l4 {
namespace {

namespace v1 = model::v1;

// A weight is at most 1,000,000 (20 bits): with 24 bits of fraction the error of a share is below 1e-7 of it.
constexpr int kFraction = 24;

std::uint8_t transport_of(v1::Protocol protocol) {
  return protocol == v1::UDP ? std::uint8_t{IPPROTO_UDP} : std::uint8_t{IPPROTO_TCP};
}

const char* protocol_name(std::uint8_t protocol) {
  return protocol == IPPROTO_UDP ? "udp" : "tcp";
}

bool in_kernel(const v1::Frontend& frontend) {
  return frontend.protocol() == v1::TCP || frontend.protocol() == v1::UDP;
}

std::string route_name(const v1::ObjectRef& route) {
  return route.name().empty() ? "" : route.kind() + "/" + route.namespace_() + "/" + route.name();
}

/// The endpoints of one backendRef that a client of `family` can be forwarded to.
struct Reachable {
  std::vector<Target> ready;
  std::vector<Target> draining;
  bool other_family = false;  ///< has ready ones, all of the other family
};

Target target_of(const v1::Endpoint& endpoint) {
  return {*Address::from_bytes(endpoint.address().ip()), static_cast<std::uint16_t>(endpoint.port())};
}

Reachable reachable(const v1::Endpoints& endpoints, int family, const v1::Frontend& frontend, const Home& home) {
  Reachable found;
  const auto ready = choose_ready(endpoints, family, frontend, home);
  for (const auto* endpoint : ready.chosen) found.ready.push_back(target_of(*endpoint));
  for (const auto* endpoint : ready.others) found.draining.push_back(target_of(*endpoint));
  for (const auto& endpoint : endpoints.endpoints()) {
    const auto address = Address::from_bytes(endpoint.address().ip());
    if (!address) continue;
    const bool serves = endpoint.state() == v1::Endpoint::READY;
    if (address->family() == family && !serves) found.draining.push_back(target_of(endpoint));
    if (address->family() != family && serves) found.other_family = found.ready.empty();
  }
  return found;
}

/// Whose backends are planned, and where.
struct Planning {
  const model::Store& store;
  const v1::Frontend& frontend;
  const Home& home;
  const ServiceId& id;
};

void add_backend(const Planning& at, const v1::WeightedBackend& ref, ServicePlan& plan,
                 std::map<std::string, std::string>& refusals) {
  const auto resource = at.store.find(ref.backend());
  const std::uint64_t weight = std::uint64_t{ref.weight()} << kFraction;
  if (!resource || resource->backend().state() != v1::Backend::VALID || resource->backend().tls_required()) {
    plan.rejected += weight;
    return;
  }
  const auto endpoints = at.store.find(resource->backend().endpoints());
  const auto targets =
      endpoints ? reachable(endpoints->endpoints(), at.id.vip.family(), at.frontend, at.home) : Reachable{};
  if (targets.other_family) {
    refusals[plan.frontend] = at.id.text() + ": " + ref.backend() + " has endpoints of the other IP family only; the " +
                              "kernel does not translate between families, its share is refused";
  }
  plan.draining.insert(targets.draining.begin(), targets.draining.end());
  // Weight 0: established flows stay, as with a draining endpoint.
  if (weight == 0) plan.draining.insert(targets.ready.begin(), targets.ready.end());
  if (weight == 0) return;
  if (targets.ready.empty()) plan.rejected += weight;
  for (const auto& target : targets.ready) plan.shares[target] += weight / targets.ready.size();
}

ServicePlan plan_service(const Planning& at, const std::string& name, std::map<std::string, std::string>& refusals) {
  ServicePlan plan;
  plan.frontend = name;
  plan.local = !in_kernel(at.frontend);
  const auto table = plan.local ? nullptr : at.store.find(at.frontend.l4());
  if (!table) return plan;
  plan.route = route_name(table->l4().route());
  for (const auto& ref : table->l4().backends()) add_backend(at, ref, plan, refusals);
  for (const auto& [target, weight] : plan.shares) plan.draining.erase(target);
  return plan;
}

/// Kernel before engine, then by name.
auto rank(const std::pair<const std::string_view, ServicePlanPtr>& claim) {
  return std::pair(claim.second->local, claim.first);
}

}  // namespace

std::string ServiceId::text() const {
  return std::string(protocol_name(protocol)) + "/" + endpoint_text(vip, port);
}

std::string Target::text() const {
  return endpoint_text(address, port);
}

std::uint64_t Target::identity() const {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a: fixed for ever, as all nodes must agree
  const auto mix = [&](std::uint8_t byte) { hash = (hash ^ byte) * 0x100000001b3; };
  for (const auto byte : address.mapped()) mix(byte);
  mix(static_cast<std::uint8_t>(port >> 8));
  mix(static_cast<std::uint8_t>(port));
  return hash;
}

model::ReadyEndpoints choose_ready(const v1::Endpoints& endpoints, int family, const v1::Frontend& frontend,
                                   const Home& home) {
  std::vector<const v1::Endpoint*> ready;
  for (const auto& endpoint : endpoints.endpoints()) {
    const auto address = Address::from_bytes(endpoint.address().ip());
    if (endpoint.state() == v1::Endpoint::READY && address && address->family() == family) ready.push_back(&endpoint);
  }
  const auto preferred = model::preferred_node(frontend, home.node);
  return model::choose(std::move(ready), [&](const v1::Endpoint& endpoint) {
    return !preferred.empty() && endpoint.node() == preferred &&
           !home.addresses.contains(*Address::from_bytes(endpoint.address().ip()));
  });
}

std::map<ServiceId, ServicePlan> plan_frontend(const model::Store& store, const std::string& name, const Home& home,
                                               std::map<std::string, std::string>& refusals) {
  std::map<ServiceId, ServicePlan> plans;
  const auto resource = store.find(name);
  if (!resource || !resource->has_frontend()) return plans;
  const auto& frontend = resource->frontend();
  for (const auto& entry : frontend.addresses()) {
    const auto vip = Address::from_bytes(entry.ip());
    if (!vip) continue;
    const ServiceId id{*vip, static_cast<std::uint16_t>(frontend.port()), transport_of(frontend.protocol())};
    plans[id] = plan_service({store, frontend, home, id}, name, refusals);
  }
  return plans;
}

std::set<std::string> ServicePlanner::set_addresses(std::set<Address> addresses) {
  if (addresses == home_.addresses) return {};
  home_.addresses = std::move(addresses);
  return prefer_local_;
}

std::set<ServiceId> ServicePlanner::update(const model::Store& store, const std::set<std::string>& frontends) {
  std::set<ServiceId> touched;
  for (const auto& name : frontends) {
    refusals_.erase(name);
    std::map<std::string, std::string> refusals;
    auto plans = plan_frontend(store, name, home_, refusals);
    prefer_local_.erase(name);
    if (const auto held = store.find(name); held && !model::preferred_node(held->frontend(), home_.node).empty()) {
      prefer_local_.insert(name);
    }
    if (!refusals.empty()) refusals_[name] = std::move(refusals);
    auto& before = of_frontend_[name];
    for (const auto& id : before) {
      touched.insert(id);
      auto& claims = claims_[id];
      claims.erase(name);
      if (claims.empty()) claims_.erase(id);
    }
    before.clear();
    before.reserve(plans.size());
    for (auto& [id, plan] : plans) {
      touched.insert(id);
      before.push_back(id);
      auto shared = std::make_shared<const ServicePlan>(std::move(plan));
      claims_[id].emplace(shared->frontend, shared);
    }
    if (before.empty()) of_frontend_.erase(name);
  }
  return touched;
}

ServicePlanPtr ServicePlanner::find(const ServiceId& id) const {
  const auto found = claims_.find(id);
  if (found == claims_.end()) return nullptr;
  return std::ranges::min_element(found->second, {}, rank)->second;
}

std::set<ServiceId> ServicePlanner::services() const {
  std::set<ServiceId> all;
  for (const auto& [id, claims] : claims_) all.insert(id);
  return all;
}

std::set<std::string> ServicePlanner::frontends() const {
  std::set<std::string> all;
  for (const auto& [name, ids] : of_frontend_) all.insert(name);
  return all;
}

std::map<std::string, std::string> ServicePlanner::refusals() const {
  std::map<std::string, std::string> all;
  for (const auto& [name, refusals] : refusals_) all.insert(refusals.begin(), refusals.end());
  for (const auto& [id, claims] : claims_) {
    if (claims.size() < 2) continue;
    const auto winner = find(id);
    for (const auto& [name, plan] : claims) {
      // Frontends of the engine share a port by hostname.
      if (plan == winner || (plan->local && winner->local)) continue;
      all.emplace(name, id.text() + " is served by " + winner->frontend);
    }
  }
  return all;
}

}  // namespace sluice::l4
