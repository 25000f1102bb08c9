#include "controller/attach/facts.h"

#include "controller/attach/protocol.h"

namespace sluice::attach {

std::optional<api::ObjectRef> parent_of(const api::ParentReference& ref, const std::string& home) {
  if (ref.group != kGatewayGroup) return std::nullopt;
  if (ref.kind != api::Gateway::kKind && ref.kind != api::ListenerSet::kKind) return std::nullopt;
  return api::ObjectRef{ref.kind, ref.namespace_.value_or(home), ref.name};
}

std::optional<Parent> find_parent(const Facts& facts, const api::ParentReference& ref, const std::string& home) {
  auto object = parent_of(ref, home);
  if (!object) return std::nullopt;
  const api::NamespacedName name{object->namespace_, object->name};
  if (object->kind == api::Gateway::kKind) {
    const auto found = facts.gateways.find(name);
    if (found == facts.gateways.end()) return std::nullopt;
    return Parent{*object, *object, found->second.listeners};
  }
  const auto found = facts.listener_sets.find(name);
  if (found == facts.listener_sets.end()) return std::nullopt;
  const api::NamespacedName& gateway = found->second.gateway;
  return Parent{*std::move(object),
                {std::string(api::Gateway::kKind), gateway.namespace_, gateway.name},
                found->second.listeners};
}

}  // namespace sluice::attach
