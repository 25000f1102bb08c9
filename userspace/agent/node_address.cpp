#include "userspace/agent/node_address.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/if_addr.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>

namespace sluice::agent {
namespace {

struct FreeAddresses {
  void operator()(ifaddrs* list) const { freeifaddrs(list); }
};

std::string text_of(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> out{};
  const void* bytes = address->sa_family == AF_INET
                          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in*>(address)->sin_addr)
                          : &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  return inet_ntop(address->sa_family, bytes, out.data(), out.size()) != nullptr ? out.data() : "";
}

bool is_global(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    const auto ip = ntohl(reinterpret_cast<const sockaddr_in*>(address)->sin_addr.s_addr);
    return ip >> 24 != 127 && ip >> 16 != 0xa9fe && ip != 0;
  }
  const auto& ip = reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  return !IN6_IS_ADDR_LOOPBACK(&ip) && !IN6_IS_ADDR_LINKLOCAL(&ip) && !IN6_IS_ADDR_MULTICAST(&ip);
}

/// getifaddrs has no flags of addresses; /proc/net/if_inet6 has: address, index, prefix, scope, flags, device, in hex.
std::set<std::string> unfit_ipv6() {
  std::set<std::string> unfit;
  std::ifstream file("/proc/net/if_inet6");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string hex;
    unsigned index = 0;
    unsigned prefix = 0;
    unsigned scope = 0;
    unsigned flags = 0;
    words >> hex >> std::hex >> index >> prefix >> scope >> flags;
    if (hex.size() != 32 || (flags & (IFA_F_TEMPORARY | IFA_F_DEPRECATED | IFA_F_TENTATIVE | IFA_F_DADFAILED)) == 0) {
      continue;
    }
    std::string colons;
    for (std::size_t i = 0; i < hex.size(); i += 4) colons += (i == 0 ? "" : ":") + hex.substr(i, 4);
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    if (inet_pton(AF_INET6, colons.c_str(), &address.sin6_addr) == 1) {
      unfit.insert(text_of(reinterpret_cast<const sockaddr*>(&address)));
    }
  }
  return unfit;
}

}  // namespace

std::vector<std::string> node_addresses(const std::vector<std::string>& devices) {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return {};
  const std::unique_ptr<ifaddrs, FreeAddresses> list(first);
  const auto unfit = unfit_ipv6();
  std::set<std::string> found;
  for (const auto* entry = first; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || (entry->ifa_flags & IFF_UP) == 0) continue;
    if (entry->ifa_addr->sa_family != AF_INET && entry->ifa_addr->sa_family != AF_INET6) continue;
    const bool asked = devices.empty() ? (entry->ifa_flags & IFF_LOOPBACK) == 0
                                       : std::ranges::find(devices, entry->ifa_name) != devices.end();
    if (!asked || !is_global(entry->ifa_addr)) continue;
    if (auto text = text_of(entry->ifa_addr); !unfit.contains(text)) found.insert(std::move(text));
  }
  return {found.begin(), found.end()};
}

}  // namespace sluice::agent
