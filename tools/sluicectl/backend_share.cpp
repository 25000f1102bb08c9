#include <algorithm>

#include "tools/sluicectl/explain.h"

namespace sluice::ctl {
namespace {

std::string backend_text(const model::v1::Backend& backend) {
  if (backend.service().name().empty()) return "(nothing)";
  const std::string port = backend.port() == 0 ? "" : ":" + std::to_string(backend.port());
  return object_text(backend.service()) + port;
}

/// An endpoint, and what keeps new flows from it.
std::string endpoint_text(const model::v1::Endpoint& endpoint, const model::ReadyEndpoints& ready) {
  const std::string text = socket_text(endpoint.address().ip(), endpoint.port());
  if (endpoint.state() != model::v1::Endpoint::READY) return text + " (draining)";
  return std::ranges::find(ready.others, &endpoint) != ready.others.end() ? text + " (not local)" : text;
}

}  // namespace

ChooseReady engines_choice(const model::v1::Frontend& frontend, const l4::Home& home) {
  return [preferred = std::string(model::preferred_node(frontend, home.node))](const model::v1::Endpoints& endpoints) {
    return model::choose_ready(endpoints, preferred);
  };
}

std::string preference_text(const model::v1::Frontend& frontend, const l4::Home& home) {
  if (frontend.distribution() != model::v1::Frontend::PREFER_LOCAL) return "";
  if (home.node.empty()) return "endpoints on the node that forwards (PreferLocal)";
  return "endpoints on " + home.node + " (PreferLocal)";
}

BackendShare share_of(const model::Store& store, const model::v1::WeightedBackend& weighted, std::uint64_t total,
                      const ChooseReady& choose) {
  BackendShare out{.backend = weighted.backend(), .weight = weighted.weight()};
  if (total > 0) out.share = static_cast<double>(weighted.weight()) / static_cast<double>(total);
  const auto resource = store.find(weighted.backend());
  if (resource == nullptr) {
    out.state = "refused: the model does not have it";
    return out;
  }
  const auto& backend = resource->backend();
  out.backend = backend_text(backend);
  if (backend.state() == model::v1::Backend::INVALID) {
    out.state = "refused: " + backend.reason();
    return out;
  }
  std::size_t ready = 0;
  if (const auto found = store.find(backend.endpoints())) {
    const auto& endpoints = found->endpoints();
    const auto split = choose(endpoints);
    for (const auto& endpoint : endpoints.endpoints()) {
      ready += endpoint.state() == model::v1::Endpoint::READY ? 1 : 0;
      out.endpoints.push_back(endpoint_text(endpoint, split));
    }
    out.local = weighted.weight() > 0 && split.is_preferred;
    if (!endpoints.external_name().empty() && endpoints.endpoints().empty()) {
      out.endpoints.push_back(endpoints.external_name() + ":" + std::to_string(endpoints.external_port()) +
                              " (a name; the node resolves it)");
      out.resolved_by_node = true;
      ++ready;
    }
  }
  out.serves = ready > 0 && weighted.weight() > 0;
  out.state = ready == 0 ? "refused: no ready endpoint" : weighted.weight() == 0 ? "gets nothing" : "serves";
  if (out.local) out.state = "serves from this node";
  return out;
}

bool has_address(const model::v1::Frontend& frontend, const std::string& ip) {
  if (frontend.addresses().empty()) return true;
  for (const auto& address : frontend.addresses()) {
    if (address.ip() == ip) return true;
  }
  return false;
}

}  // namespace sluice::ctl
