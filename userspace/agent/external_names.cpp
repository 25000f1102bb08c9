#include "userspace/agent/external_names.h"

#include <arpa/inet.h>
#include <openssl/evp.h>

#include <array>

namespace sluice::agent {
namespace {

/// 4 or 16 bytes, network byte order.
std::string bytes_of(const std::string& text) {
  std::array<char, 16> out{};
  if (inet_pton(AF_INET, text.c_str(), out.data()) == 1) return {out.data(), 4};
  if (inet_pton(AF_INET6, text.c_str(), out.data()) == 1) return {out.data(), 16};
  return "";
}

/// The hash of a filled resource: of the compiled one's and of what was filled in, so that tables notice each change.
std::string hash_of(const std::string& compiled, const std::string& filled) {
  const std::string input = compiled + filled;
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  EVP_Digest(input.data(), input.size(), out.data(), &size, EVP_sha256(), nullptr);
  return {reinterpret_cast<const char*>(out.data()), size};
}

}  // namespace

void ExternalNames::fill(model::v1::Resource& resource) const {
  auto& endpoints = *resource.mutable_endpoints();
  const auto found = answers_.find(endpoints.external_name());
  if (found == answers_.end()) return;
  std::string filled;
  endpoints.clear_endpoints();
  for (const auto& address : found->second.addresses) {
    auto& endpoint = *endpoints.add_endpoints();
    endpoint.mutable_address()->set_ip(bytes_of(address));
    endpoint.set_port(endpoints.external_port());
    filled += address + '\n';
  }
  resource.set_hash(hash_of(resource.hash(), filled));
}

void ExternalNames::fill(model::v1::Delta& delta) {
  for (auto& resource : *delta.mutable_changed()) {
    if (resource.has_endpoints() && !resource.endpoints().external_name().empty()) {
      endpoints_[resource.name()] = resource;
      fill(resource);
    } else {
      endpoints_.erase(resource.name());
    }
  }
  for (const auto& name : delta.removed()) endpoints_.erase(name);
  const auto wanted = names();
  std::erase_if(answers_, [&](const auto& answer) { return !wanted.contains(answer.first); });
}

std::vector<model::v1::Resource> ExternalNames::answered(const std::string& name, const Resolution& resolution) {
  if (!names().contains(name)) return {};
  const auto [known, first] = answers_.try_emplace(name, resolution);
  if (!first && known->second.addresses == resolution.addresses) {
    known->second = resolution;
    return {};
  }
  known->second = resolution;
  std::vector<model::v1::Resource> changed;
  for (const auto& [unused, compiled] : endpoints_) {
    if (compiled.endpoints().external_name() == name) fill(changed.emplace_back(compiled));
  }
  return changed;
}

std::set<std::string> ExternalNames::names() const {
  std::set<std::string> names;
  for (const auto& [unused, resource] : endpoints_) names.insert(resource.endpoints().external_name());
  return names;
}

}  // namespace sluice::agent
