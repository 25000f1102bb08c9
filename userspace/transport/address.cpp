#include "userspace/transport/address.h"

#include <arpa/inet.h>

#include <array>

namespace sluice::transport {

Address Address::make(std::string_view ip, std::uint16_t port) {
  Address address;
  if (ip.size() == sizeof(in_addr)) {
    address.storage_.v4.sin_family = AF_INET;
    address.storage_.v4.sin_port = htons(port);
    std::memcpy(&address.storage_.v4.sin_addr, ip.data(), ip.size());
  } else if (ip.size() == sizeof(in6_addr)) {
    address.storage_.v6.sin6_family = AF_INET6;
    address.storage_.v6.sin6_port = htons(port);
    std::memcpy(&address.storage_.v6.sin6_addr, ip.data(), ip.size());
  }
  return address;
}

Address Address::loopback(int family, std::uint16_t port) {
  const in_addr_t v4 = htonl(INADDR_LOOPBACK);
  if (family == AF_INET6) return make({reinterpret_cast<const char*>(&in6addr_loopback), sizeof(in6_addr)}, port);
  return make({reinterpret_cast<const char*>(&v4), sizeof v4}, port);
}

Address Address::of_local(int fd) {
  Address address;
  socklen_t size = sizeof address.storage_;
  return getsockname(fd, &address.storage_.any, &size) == 0 ? address : Address();
}

Address Address::of_peer(int fd) {
  Address address;
  socklen_t size = sizeof address.storage_;
  return getpeername(fd, &address.storage_.any, &size) == 0 ? address : Address();
}

std::uint16_t Address::port() const {
  if (family() == AF_INET) return ntohs(storage_.v4.sin_port);
  return family() == AF_INET6 ? ntohs(storage_.v6.sin6_port) : 0;
}

std::string_view Address::ip() const {
  if (family() == AF_INET) return {reinterpret_cast<const char*>(&storage_.v4.sin_addr), sizeof(in_addr)};
  if (family() == AF_INET6) return {reinterpret_cast<const char*>(&storage_.v6.sin6_addr), sizeof(in6_addr)};
  return {};
}

std::string Address::ip_text() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (!valid() || inet_ntop(family(), ip().data(), text.data(), text.size()) == nullptr) return "?";
  return text.data();
}

std::string Address::to_text() const {
  const std::string port_text = ":" + std::to_string(port());
  return family() == AF_INET6 ? "[" + ip_text() + "]" + port_text : ip_text() + port_text;
}

}  // namespace sluice::transport
