#include "controller/attach/round.h"

#include "controller/attach/route.h"

namespace sluice::attach {
namespace {

std::set<api::NamespacedName> services_of_slice(const api::ObjectSet& objects, const api::NamespacedName& name) {
  const auto slice = objects.endpoint_slices.find(name);
  if (slice == objects.endpoint_slices.end()) return {};
  const auto& labels = slice->second->metadata.labels;
  const auto service = labels.find(std::string(api::EndpointSlice::kServiceLabel));
  if (service == labels.end()) return {};
  return {{name.namespace_, service->second}};
}

std::set<api::NamespacedName> services_of_policy(const api::ObjectSet& objects, const api::NamespacedName& name) {
  std::set<api::NamespacedName> services;
  const auto policy = objects.backend_tls_policies.find(name);
  if (policy == objects.backend_tls_policies.end()) return services;
  for (const auto& target : policy->second->spec.target_refs) {
    if (target.group.empty() && target.kind == api::Service::kKind) services.insert({name.namespace_, target.name});
  }
  return services;
}

/// The Services that the object says something about, those before the change included.
std::set<api::NamespacedName> services_touched(Round& round, const api::ObjectRef& ref) {
  const api::NamespacedName name{ref.namespace_, ref.name};
  if (ref.kind == api::Service::kKind) return {name};
  std::set<api::NamespacedName> now;
  if (ref.kind == api::EndpointSlice::kKind) now = services_of_slice(round.world.objects, name);
  if (ref.kind == api::BackendTlsPolicy::kKind) now = services_of_policy(round.world.objects, name);
  std::set<api::NamespacedName> touched = now;
  auto& known = round.state.services_of;
  if (const auto before = known.find(ref); before != known.end()) {
    touched.insert(before->second.begin(), before->second.end());
    if (now.empty()) known.erase(before);
  }
  if (!now.empty()) known[ref].assign(now.begin(), now.end());
  return touched;
}

}  // namespace

void Dirty::mark(const api::ObjectRef& ref) {
  if (ref.kind == api::Gateway::kKind) {
    gateways.insert(ref);
  } else if (ref.kind == api::ListenerSet::kKind) {
    listener_sets.insert(ref);
  } else if (ref.kind == api::BackendTlsPolicy::kKind) {
    policies.insert(ref);
  } else if (is_route(ref.kind)) {
    routes.insert(ref);
  }
}

void Dirty::mark(const DependencyIndex::Users& refs) {
  for (const auto* ref : refs) mark(*ref);
}

void note_changes(Round& round, std::span<const api::ObjectRef> changed) {
  for (const auto& ref : changed) {
    round.dirty.mark(ref);
    const bool grant = ref.kind == api::ReferenceGrant::kKind;
    round.dirty.mark(round.state.dependencies.users_of(grant ? grants_of(ref.namespace_) : ref));
    if (ref.kind == api::Secret::kKind) {
      round.delta.secrets.insert({ref.namespace_, ref.name});
      round.state.certificates.forget({ref.namespace_, ref.name});
    }
    if (ref.kind == api::EndpointSlice::kKind) round.delta.endpoint_slices.insert({ref.namespace_, ref.name});
    if (ref.kind == api::BackendTlsPolicy::kKind) round.delta.backend_tls_policies.insert({ref.namespace_, ref.name});
    const auto services = services_touched(round, ref);
    round.delta.services.insert(services.begin(), services.end());
    if (ref.kind != api::BackendTlsPolicy::kKind) continue;
    // Policies of one Service decide among themselves which of them is in force.
    round.reached.insert(services.begin(), services.end());
  }
}

}  // namespace sluice::attach
