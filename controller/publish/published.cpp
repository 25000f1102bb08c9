#include "controller/publish/published.h"

#include <arpa/inet.h>

#include <array>

#include "sluice/references.h"

namespace sluice::publish {
namespace {

/// "vip/" and the address as text; empty for what is no address.
std::string vip_of(const model::v1::Address& address) {
  const std::string& ip = address.ip();
  if (ip.size() != 4 && ip.size() != 16) return "";
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(ip.size() == 4 ? AF_INET : AF_INET6, ip.data(), text.data(), text.size());
  return std::string("vip/") + text.data();
}

}  // namespace

PublishedPtr published(const model::v1::Resource& resource) {
  auto out = std::make_shared<Published>();
  out->name = resource.name();
  out->hash = resource.hash();
  resource.SerializeToString(&out->bytes);
  for (const auto name : model::references(resource)) out->references.emplace_back(name);
  for (const auto& address : resource.frontend().addresses()) {
    if (auto vip = vip_of(address); !vip.empty()) out->references.push_back(std::move(vip));
  }
  return out;
}

}  // namespace sluice::publish
