#include "tools/sluicectl/explain.h"

namespace sluice::ctl {
namespace {

std::string backend_text(const model::v1::Backend& backend) {
  if (backend.service().name().empty()) return "(nothing)";
  const std::string port = backend.port() == 0 ? "" : ":" + std::to_string(backend.port());
  return object_text(backend.service()) + port;
}

}  // namespace

BackendShare share_of(const model::Store& store, const model::v1::WeightedBackend& weighted, std::uint64_t total) {
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
    for (const auto& endpoint : endpoints.endpoints()) {
      const bool serves = endpoint.state() == model::v1::Endpoint::READY;
      ready += serves ? 1 : 0;
      out.endpoints.push_back(socket_text(endpoint.address().ip(), endpoint.port()) + (serves ? "" : " (draining)"));
    }
    if (!endpoints.external_name().empty() && endpoints.endpoints().empty()) {
      out.endpoints.push_back(endpoints.external_name() + ":" + std::to_string(endpoints.external_port()) +
                              " (a name; the node resolves it)");
      out.resolved_by_node = true;
      ++ready;
    }
  }
  out.serves = ready > 0 && weighted.weight() > 0;
  out.state = ready == 0 ? "refused: no ready endpoint" : weighted.weight() == 0 ? "gets nothing" : "serves";
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
