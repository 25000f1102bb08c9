#include "controller/attach/backend_ref.h"

#include <algorithm>

#include "controller/attach/capability.h"
#include "controller/attach/reference_grant.h"

namespace sluice::attach {
namespace {

bool is_http(std::string_view route_kind) {
  return route_kind == api::HttpRoute::kKind || route_kind == api::GrpcRoute::kKind;
}

std::string ports_of(const api::Service& service) {
  std::string ports;
  for (const auto& port : service.spec.ports) {
    ports +=
        (ports.empty() ? "" : ", ") + std::to_string(port.port) + (port.protocol == "TCP" ? "" : "/" + port.protocol);
  }
  return ports.empty() ? "no ports" : ports;
}

/// The Service's port of the route's transport.
std::expected<const api::ServicePort*, Refusal> find_port(const api::ObjectRef& route, const api::Service& service,
                                                          std::int32_t number, const std::string& target) {
  const std::string_view wanted = route.kind == api::UdpRoute::kKind ? "UDP" : "TCP";
  const api::ServicePort* other = nullptr;
  for (const auto& port : service.spec.ports) {
    if (port.port != number) continue;
    if (port.protocol == wanted) return &port;
    other = &port;
  }
  if (other != nullptr) {
    return std::unexpected(Refusal{route, ".port", ConditionReason::UnsupportedProtocol,
                                   std::to_string(number) + " of " + target + " is " + other->protocol + "; " +
                                       route.kind + " needs " + std::string(wanted)});
  }
  return std::unexpected(Refusal{route, ".port", ConditionReason::BackendNotFound,
                                 std::to_string(number) + "; " + target + " has " + ports_of(service)});
}

template <class Ref>
std::expected<ResolvedBackend, Refusal> resolve_ref(const World& world, const api::ObjectRef& route, const Ref& ref) {
  const auto refuse = [&](std::string field, ConditionReason reason, std::string found) {
    return std::unexpected(Refusal{route, std::move(field), reason, std::move(found)});
  };
  if (!is_service(ref)) {
    const std::string kind = ref.group.empty() ? ref.kind : ref.kind + "." + ref.group;
    return refuse("", ConditionReason::InvalidKind, kind + " " + ref.name + "; only Service is supported");
  }
  ResolvedBackend backend{.service = {ref.namespace_.value_or(route.namespace_), ref.name},
                          .port = ref.port.value_or(0),
                          .udp = route.kind == api::UdpRoute::kKind};
  const std::string target = "Service " + backend.service.namespace_ + "/" + backend.service.name;
  if (!permitted(world.objects, route, {"", api::Service::kKind, backend.service.namespace_, backend.service.name})) {
    return refuse("", ConditionReason::RefNotPermitted,
                  target + "; no ReferenceGrant in " + backend.service.namespace_ + " permits it");
  }
  const auto service = world.objects.services.find(backend.service);
  if (service == world.objects.services.end()) {
    return refuse("", ConditionReason::BackendNotFound, target + " does not exist");
  }
  if (service->second->spec.type == "ExternalName" && !world.options.external_names) {
    return refuse("", ConditionReason::InvalidKind,
                  target + " is of type ExternalName, which would lead past the cluster's own rules (CVE-2021-25740)");
  }
  if (!ref.port) return refuse(".port", ConditionReason::BackendNotFound, "missing; a Service needs one");
  const auto port = find_port(route, *service->second, *ref.port, target);
  if (!port) return std::unexpected(port.error());
  const std::string app_protocol = (*port)->app_protocol.value_or("");
  if (is_http(route.kind) && !app_protocol.empty() && !speaks(app_protocol)) {
    return refuse(".port", ConditionReason::UnsupportedProtocol,
                  "appProtocol " + app_protocol + " of " + target + " is " + std::string(kUnsupported));
  }
  return backend;
}

}  // namespace

std::expected<ResolvedBackend, Refusal> resolve(const World& world, const api::ObjectRef& route,
                                                const api::BackendRef& ref) {
  return resolve_ref(world, route, ref);
}

std::expected<ResolvedBackend, Refusal> resolve(const World& world, const api::ObjectRef& route,
                                                const api::BackendObjectReference& ref) {
  return resolve_ref(world, route, ref);
}

}  // namespace sluice::attach
