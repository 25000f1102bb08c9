#include "controller/compile/endpoints.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
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

ServiceView::ServiceView(const api::ObjectSet& objects, const std::set<api::NamespacedName>& services)
    : objects_(objects) {
  std::set<std::string> namespaces;
  for (const auto& service : services) namespaces.insert(service.namespace_);
  const std::string label(api::EndpointSlice::kServiceLabel);
  for (const auto& name : namespaces) {
    for (auto it = objects.endpoint_slices.lower_bound({name, ""});
         it != objects.endpoint_slices.end() && it->first.namespace_ == name; ++it) {
      const auto service = it->second->metadata.labels.find(label);
      if (service == it->second->metadata.labels.end()) continue;
      const api::NamespacedName key{name, service->second};
      if (services.contains(key)) slices_[key].push_back(it->second.get());
    }
    for (auto it = objects.backend_tls_policies.lower_bound({name, ""});
         it != objects.backend_tls_policies.end() && it->first.namespace_ == name; ++it) {
      for (const auto& target : it->second->spec.target_refs) {
        if (target.group.empty() && target.kind == "Service") {
          tls_[{name, target.name}].insert(target.section_name.value_or(""));
        }
      }
    }
  }
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
  if (const auto policy = tls_.find(target.service); policy != tls_.end()) {
    backend.set_tls_required(policy->second.contains("") || (port != nullptr && policy->second.contains(port->name)));
  }
  return backend;
}

model::v1::Endpoints ServiceView::endpoints(const attach::ResolvedBackend& target) const {
  model::v1::Endpoints out;
  const auto* port = port_of(target);
  if (port == nullptr) return out;
  if (const auto slices = slices_.find(target.service); slices != slices_.end()) {
    std::map<Key, model::v1::Endpoint> found;
    for (const auto* slice : slices->second) {
      if (const auto number = slice_port(*slice, *port); number > 0) add_slice(*slice, number, found);
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
