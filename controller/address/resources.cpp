#include "controller/address/resources.h"

#include <arpa/inet.h>

#include <algorithm>

namespace sluice::address {
namespace {

/// Network byte order, 4 or 16 bytes.
std::string bytes_of(const std::string& text) {
  std::string out(sizeof(in6_addr), '\0');
  if (inet_pton(AF_INET, text.c_str(), out.data()) == 1) {
    out.resize(sizeof(in_addr));
  } else {
    inet_pton(AF_INET6, text.c_str(), out.data());
  }
  return out;
}

}  // namespace

std::vector<model::v1::Resource> resources(const Owners& owners,
                                           const std::map<std::string, std::vector<std::string>>& sources) {
  std::vector<model::v1::Resource> out;
  for (const auto& [node, addresses] : sources) {
    auto& resource = out.emplace_back();
    resource.set_name("source/" + node);
    resource.mutable_node_source()->set_node(node);
    for (const auto& address : addresses) resource.mutable_node_source()->add_addresses()->set_ip(bytes_of(address));
  }
  for (const auto& [address, node] : owners) {
    auto& resource = out.emplace_back();
    resource.set_name("vip/" + address);
    resource.mutable_vip()->mutable_address()->set_ip(bytes_of(address));
    resource.mutable_vip()->set_node(node);
  }
  return out;
}

}  // namespace sluice::address
