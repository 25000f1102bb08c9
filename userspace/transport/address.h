// A socket address of either family, as the kernel takes and gives it.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace sluice::transport {

class Address {
 public:
  Address() : storage_{} {}

  /// ip: 4 or 16 bytes, network byte order (the model's form); anything else makes an invalid address. port: host
  /// order.
  static Address make(std::string_view ip, std::uint16_t port);
  static Address loopback(int family, std::uint16_t port);
  static Address of_local(int fd);  ///< getsockname; invalid on failure
  static Address of_peer(int fd);   ///< getpeername; invalid on failure

  [[nodiscard]] bool valid() const { return storage_.any.sa_family != AF_UNSPEC; }
  [[nodiscard]] int family() const { return storage_.any.sa_family; }
  [[nodiscard]] const sockaddr* raw() const { return &storage_.any; }
  [[nodiscard]] socklen_t raw_size() const { return family() == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in); }

  [[nodiscard]] std::uint16_t port() const;   ///< host byte order
  [[nodiscard]] std::string_view ip() const;  ///< 4 or 16 bytes, network byte order; a view into this object
  [[nodiscard]] std::string ip_text() const;  ///< "192.0.2.1", "2001:db8::1"
  [[nodiscard]] std::string to_text() const;  ///< "192.0.2.1:80", "[2001:db8::1]:80"

  bool operator==(const Address& other) const { return ip() == other.ip() && port() == other.port(); }

 private:
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  } storage_;
};

}  // namespace sluice::transport
