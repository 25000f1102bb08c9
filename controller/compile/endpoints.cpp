#include "controller/compile/endpoints.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <utility>

namespace sluice::compile {
namespace {

using State = model::v1::Endpoint::State;

/// An unset condition reads as Kubernetes says (EndpointConditions). What is not ready gets no new flows and keeps
/// those that it has, whether it terminates or not.
State state_of(const api::EndpointConditions& conditions) {
  return conditions.ready.value_or(true) ? model::v1::Endpoint::READY : model::v1::Endpoint::DRAINING;
}

std::int32_t number_or(const std::string& text, std::int32_t otherwise) {
  std::int32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() && number > 0 ? number : otherwise;
}

/// The port number in this slice; 0 when the slice does not serve the Service's port. An EndpointPort without a number
/// leaves it to the consumer (discovery/v1): the Service's target port.
std::int32_t slice_port(const api::EndpointSlice& slice, const api::ServicePort& port) {
  for (const auto& candidate : slice.ports) {
    if (candidate.name != port.name || candidate.protocol != port.protocol) continue;
    return candidate.port.value_or(number_or(port.target_port, port.port));
  }
  return 0;
}

using Key = std::pair<std::string, std::int32_t>;  // address, port

void add_slice(const api::EndpointSlice& slice, std::int32_t port, std::map<Key, model::v1::Endpoint>& found) {
  for (const auto& endpoint : slice.endpoints) {
    const State state = state_of(endpoint.conditions);
    for (const auto& text : endpoint.addresses) {
      const std::string ip = address_bytes(text);
      if (ip.empty()) continue;  // FQDN slices: deprecated, and no address
      auto [slot, added] = found.try_emplace({ip, port});
      if (!added && slot->second.state() == model::v1::Endpoint::READY) continue;
      if (!added && state == model::v1::Endpoint::DRAINING) continue;
      slot->second.mutable_address()->set_ip(ip);
      slot->second.set_port(static_cast<std::uint32_t>(port));
      slot->second.set_state(state);
      slot->second.set_node(endpoint.node_name.value_or(""));
      slot->second.set_zone(endpoint.zone.value_or(""));
    }
  }
}

}  // namespace

std::string address_bytes(const std::string& text) {
  std::array<char, sizeof(in6_addr)> bytes{};
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return {bytes.data(), sizeof(in_addr)};
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return {bytes.data(), sizeof(in6_addr)};
  return {};
}

const api::ServicePort* ServiceView::port_of(const attach::ResolvedBackend& target) const {
  const auto service = objects_.services.find(target.service);
  if (service == objects_.services.end()) return nullptr;
  const std::string_view protocol = target.udp ? "UDP" : "TCP";
  const auto& ports = service->second->spec.ports;
  const auto port =
      std::ranges::find_if(ports, [&](const auto& p) { return p.port == target.port && p.protocol == protocol; });
  return port == ports.end() ? nullptr : &*port;
}

model::v1::Backend ServiceView::backend(const attach::ResolvedBackend& target) const {
  model::v1::Backend backend;
  auto& service = *backend.mutable_service();
  service.set_kind(std::string(api::Service::kKind));
  service.set_namespace_(target.service.namespace_);
  service.set_name(target.service.name);
  backend.set_port(static_cast<std::uint32_t>(target.port));
  backend.set_protocol(target.udp ? model::v1::UDP : model::v1::TCP);
  const auto* port = port_of(target);
  if (port != nullptr) backend.set_app_protocol(port->app_protocol.value_or(""));
  backend.set_tls_required(tls_required(target.service, port));
  return backend;
}

bool ServiceView::tls_required(const api::NamespacedName& service, const api::ServicePort* port) const {
  for (const auto& name : index_.policies_of(service)) {
    const auto policy = objects_.backend_tls_policies.find(name);
    if (policy == objects_.backend_tls_policies.end()) continue;
    for (const auto& target : policy->second->spec.target_refs) {
      if (!target.group.empty() || target.kind != api::Service::kKind || target.name != service.name) continue;
      if (!target.section_name || (port != nullptr && *target.section_name == port->name)) return true;
    }
  }
  return false;
}

model::v1::Endpoints ServiceView::endpoints(const attach::ResolvedBackend& target) const {
  model::v1::Endpoints out;
  const auto* port = port_of(target);
  if (port == nullptr) return out;
  if (const auto& slices = index_.slices_of(target.service); !slices.empty()) {
    std::map<Key, model::v1::Endpoint> found;
    for (const auto& name : slices) {
      const auto slice = objects_.endpoint_slices.find(name);
      if (slice == objects_.endpoint_slices.end()) continue;
      if (const auto number = slice_port(*slice->second, *port); number > 0) add_slice(*slice->second, number, found);
    }
    for (auto& [key, endpoint] : found) *out.add_endpoints() = std::move(endpoint);
    return out;
  }
  const api::ServiceSpec& spec = objects_.services.at(target.service)->spec;
  if (spec.type == "ExternalName") {
    out.set_external_name(spec.external_name);
    out.set_external_port(static_cast<std::uint32_t>(target.port));
  }
  return out;
}

}  // namespace sluice::compile
