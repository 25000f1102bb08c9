#include "controller/attach/contents.h"

#include "controller/attach/backend_tls_policy.h"
#include "controller/attach/listener_set.h"
#include "controller/attach/reference_grant.h"

namespace sluice::attach {
namespace {

void add(const api::ObjectSet& objects, const api::ObjectRef& referrer, const std::vector<api::ObjectRef>& references,
         std::set<api::ObjectRef>& out) {
  for (const auto& ref : references) {
    if (ref.kind != api::Secret::kKind && ref.kind != api::ConfigMap::kKind) continue;
    if (permitted(objects, referrer, {"", ref.kind, ref.namespace_, ref.name})) out.insert(ref);
  }
}

api::ObjectRef ref_of(const auto& object) {
  using Object = std::remove_cvref_t<decltype(object)>;
  return {std::string(Object::kKind), object.metadata.namespace_, object.metadata.name};
}

}  // namespace

std::set<api::ObjectRef> contents_of(const api::ObjectSet& objects, const AttachOptions& options) {
  CertificateCache none;
  const World world{objects, options, none};
  std::set<api::ObjectRef> out;
  for (const auto& [name, gateway] : objects.gateways) {
    if (is_ours(objects, options, *gateway)) add(objects, ref_of(*gateway), dependencies(world, *gateway), out);
  }
  for (const auto& [name, set] : objects.listener_sets) {
    const auto parent = gateway_of(*set);
    const auto gateway = parent ? objects.gateways.find(*parent) : objects.gateways.end();
    if (gateway == objects.gateways.end() || !is_ours(objects, options, *gateway->second)) continue;
    add(objects, ref_of(*set), dependencies(*set), out);
  }
  for (const auto& [name, policy] : objects.backend_tls_policies) {
    add(objects, ref_of(*policy), dependencies(*policy), out);
  }
  return out;
}

}  // namespace sluice::attach
