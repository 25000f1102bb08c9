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

model::ResourcePtr ExternalNames::filled(const model::v1::Resource& compiled) const {
  const auto found = answers_.find(compiled.endpoints().external_name());
  if (found == answers_.end()) return nullptr;
  auto resource = std::make_shared<model::v1::Resource>(compiled);
  auto& endpoints = *resource->mutable_endpoints();
  std::string addresses;
  endpoints.clear_endpoints();
  for (const auto& address : found->second.addresses) {
    auto& endpoint = *endpoints.add_endpoints();
    endpoint.mutable_address()->set_ip(bytes_of(address));
    endpoint.set_port(endpoints.external_port());
    addresses += address + '\n';
  }
  resource->set_hash(hash_of(compiled.hash(), addresses));
  return resource;
}

std::vector<model::ResourcePtr> ExternalNames::fill(const model::SharedDelta& delta) {
  std::vector<model::ResourcePtr> changed;
  for (const auto& resource : delta.changed) {
    if (!resource->has_endpoints() || resource->endpoints().external_name().empty()) {
      endpoints_.erase(resource->name());
      continue;
    }
    endpoints_[resource->name()] = resource;
    if (auto known = filled(*resource)) changed.push_back(std::move(known));
  }
  for (const auto& name : delta.removed) endpoints_.erase(name);
  const auto wanted = names();
  std::erase_if(answers_, [&](const auto& answer) { return !wanted.contains(answer.first); });
  return changed;
}

std::vector<model::ResourcePtr> ExternalNames::answered(const std::string& name, const Resolution& resolution) {
  if (!names().contains(name)) return {};
  const auto [known, first] = answers_.try_emplace(name, resolution);
  const bool same = !first && known->second.addresses == resolution.addresses;
  known->second = resolution;
  if (same) return {};
  std::vector<model::ResourcePtr> changed;
  for (const auto& [unused, compiled] : endpoints_) {
    if (compiled->endpoints().external_name() == name) changed.push_back(filled(*compiled));
  }
  return changed;
}

model::ResourcePtr ExternalNames::compiled(const model::ResourcePtr& resource) const {
  const auto found = endpoints_.find(resource->name());
  return found == endpoints_.end() ? resource : found->second;
}

std::set<std::string> ExternalNames::names() const {
  std::set<std::string> names;
  for (const auto& [unused, resource] : endpoints_) names.insert(resource->endpoints().external_name());
  return names;
}

}  // namespace sluice::agent
