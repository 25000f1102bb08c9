#include <algorithm>

#include "controller/attach/backend_tls_policy.h"
#include "controller/attach/protocol.h"
#include "controller/attach/round.h"

namespace sluice::attach {
namespace {

/// PolicyStatus.ancestors holds no more.
constexpr std::size_t kMaxAncestors = 16;

const DependencyIndex::Users& users_of(const Round& round, const api::NamespacedName& service) {
  return round.state.dependencies.users_of({std::string(api::Service::kKind), service.namespace_, service.name});
}

/// The Gateways with a listener on which a route to one of the Services hangs.
std::set<api::ObjectRef> gateways_of(const Round& round, std::span<const api::NamespacedName> services) {
  std::set<api::ObjectRef> gateways;
  for (const auto& service : services) {
    for (const auto* user : users_of(round, service)) {
      const auto route = round.state.graph.routes.find(*user);
      if (route == round.state.graph.routes.end() || !reaches(round.world, route->second, service)) continue;
      for (const auto& parent : route->second.parents) {
        if (parent.listeners.empty()) continue;
        if (const auto found = find_parent(round.state.facts, parent.parent_ref, user->namespace_)) {
          gateways.insert(found->gateway);
        }
      }
    }
  }
  return gateways;
}

std::vector<const api::BackendTlsPolicy*> rivals_of(const Round& round, const api::BackendTlsPolicy& policy,
                                                    std::span<const api::NamespacedName> services) {
  std::vector<const api::BackendTlsPolicy*> rivals;
  for (const auto& service : services) {
    for (const auto* user : users_of(round, service)) {
      if (user->kind != api::BackendTlsPolicy::kKind) continue;
      const auto found = round.world.objects.backend_tls_policies.find({user->namespace_, user->name});
      if (found != round.world.objects.backend_tls_policies.end() && found->second.get() != &policy) {
        rivals.push_back(found->second.get());
      }
    }
  }
  return rivals;
}

BackendTlsPolicyResult result_of(const Round& round, const api::ObjectRef& ref,
                                 const std::shared_ptr<const api::BackendTlsPolicy>& policy) {
  BackendTlsPolicyResult result{.ref = ref, .policy = policy};
  const auto services = services_of(*policy);
  const auto gateways = gateways_of(round, services);
  if (gateways.empty()) return result;
  auto rivals = rivals_of(round, *policy, services);
  std::ranges::sort(rivals, {}, [](const auto* rival) { return age_of(rival->metadata); });
  const Conditions conditions = judge(round.world, *policy, rivals);
  for (const auto& gateway : gateways) {
    if (result.ancestors.size() == kMaxAncestors) break;
    result.ancestors.push_back({api::ParentReference{.group = std::string(kGatewayGroup),
                                                     .kind = gateway.kind,
                                                     .namespace_ = gateway.namespace_,
                                                     .name = gateway.name,
                                                     .section_name = {},
                                                     .port = {}},
                                conditions});
  }
  return result;
}

void update_policy(Round& round, const api::ObjectRef& ref) {
  auto& results = round.state.graph.backend_tls_policies;
  const api::NamespacedName name{ref.namespace_, ref.name};
  const auto object = round.world.objects.backend_tls_policies.find(name);
  if (object == round.world.objects.backend_tls_policies.end()) {
    if (results.erase(name) > 0) round.delta.status.insert(ref);
    return;
  }
  BackendTlsPolicyResult now = result_of(round, ref, object->second);
  const auto [before, added] = results.try_emplace(name);
  if (!added && before->second.policy == now.policy && before->second.ancestors == now.ancestors) return;
  before->second = std::move(now);
  round.delta.status.insert(ref);
}

}  // namespace

void update_policies(Round& round) {
  // All dependencies first: who the rivals are is read from them.
  for (const auto& ref : round.dirty.policies) {
    const auto object = round.world.objects.backend_tls_policies.find({ref.namespace_, ref.name});
    const bool there = object != round.world.objects.backend_tls_policies.end();
    round.state.dependencies.set(ref, there ? dependencies(*object->second) : std::vector<api::ObjectRef>{});
  }
  for (const auto& service : round.reached) {
    for (const auto* user : users_of(round, service)) {
      if (user->kind == api::BackendTlsPolicy::kKind) round.dirty.policies.insert(*user);
    }
  }
  for (const auto& ref : round.dirty.policies) update_policy(round, ref);
}

}  // namespace sluice::attach
