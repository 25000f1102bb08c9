#include "controller/compile/service_index.h"

#include <algorithm>

namespace sluice::compile {
namespace {

ServiceIndex::Names services_of(const api::EndpointSlice& slice, const std::string& namespace_) {
  const auto service = slice.metadata.labels.find(std::string(api::EndpointSlice::kServiceLabel));
  if (service == slice.metadata.labels.end()) return {};
  return {{namespace_, service->second}};
}

ServiceIndex::Names services_of(const api::BackendTlsPolicy& policy, const std::string& namespace_) {
  ServiceIndex::Names services;
  for (const auto& target : policy.spec.target_refs) {
    if (target.group.empty() && target.kind == api::Service::kKind) services.insert({namespace_, target.name});
  }
  return services;
}

}  // namespace

void ServiceIndex::Membership::clear() {
  members_.clear();
  services_.clear();
}

ServiceIndex::Names ServiceIndex::Membership::set(const api::NamespacedName& member, const Names& services) {
  Names touched = services;
  if (const auto before = services_.find(member); before != services_.end()) {
    const auto name = [](const api::NamespacedName* service) -> const api::NamespacedName& { return *service; };
    if (std::ranges::equal(before->second, services, {}, name)) return touched;
    for (const auto* service : before->second) {
      touched.insert(*service);
      const auto found = members_.find(*service);
      found->second.erase(member);
      if (found->second.empty()) members_.erase(found);
    }
    services_.erase(before);
  }
  std::vector<const api::NamespacedName*> now;
  now.reserve(services.size());
  for (const auto& service : services) {
    auto& [name, members] = *members_.try_emplace(service).first;
    members.insert(member);
    now.push_back(&name);
  }
  if (!now.empty()) services_.emplace(member, std::move(now));
  return touched;
}

const ServiceIndex::Names& ServiceIndex::Membership::of(const api::NamespacedName& service) const {
  static const Names kNone;
  const auto found = members_.find(service);
  return found == members_.end() ? kNone : found->second;
}

void ServiceIndex::build(const api::ObjectSet& objects) {
  slices_.clear();
  policies_.clear();
  for (const auto& [name, slice] : objects.endpoint_slices) slices_.set(name, services_of(*slice, name.namespace_));
  for (const auto& [name, policy] : objects.backend_tls_policies) {
    policies_.set(name, services_of(*policy, name.namespace_));
  }
}

ServiceIndex::Names ServiceIndex::update_slice(const api::ObjectSet& objects, const api::NamespacedName& slice) {
  const auto found = objects.endpoint_slices.find(slice);
  if (found == objects.endpoint_slices.end()) return slices_.set(slice, {});
  return slices_.set(slice, services_of(*found->second, slice.namespace_));
}

ServiceIndex::Names ServiceIndex::update_policy(const api::ObjectSet& objects, const api::NamespacedName& policy) {
  const auto found = objects.backend_tls_policies.find(policy);
  if (found == objects.backend_tls_policies.end()) return policies_.set(policy, {});
  return policies_.set(policy, services_of(*found->second, policy.namespace_));
}

}  // namespace sluice::compile
