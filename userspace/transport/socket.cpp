#include "userspace/transport/socket.h"

#include <netinet/tcp.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace sluice::transport {

std::expected<int, int> make_tcp_socket(int family) {
  const int fd = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (fd < 0) return std::unexpected(errno);
  return fd;
}

void set_no_delay(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void set_keep_alive(int fd) {
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

void notice_dead_peer(int fd) {
  constexpr int kSilence = 60;  // seconds
  constexpr int kInterval = 10;
  constexpr unsigned kUnacknowledged = 60'000;  // ms; decides over probes, too
  set_keep_alive(fd);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &kSilence, sizeof kSilence);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &kInterval, sizeof kInterval);
  setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &kUnacknowledged, sizeof kUnacknowledged);
}

void reset_connection(int fd) {
  const linger now{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  const sockaddr nowhere{.sa_family = AF_UNSPEC, .sa_data = {}};
  ::connect(fd, &nowhere, sizeof nowhere);
}

bool has_nothing_to_read(int fd) {
  char octet = 0;
  return ::recv(fd, &octet, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

int take_socket_error(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

std::expected<int, std::string> listen_on(const Address& address) {
  const auto fd = make_tcp_socket(address.family());
  const auto failed = [&](const char* what, int error) {
    if (fd) ::close(*fd);
    return std::unexpected(std::string(what) + " " + address.to_text() + ": " + std::strerror(error));
  };
  if (!fd) return failed("socket", fd.error());
  const int on = 1;
  setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (setsockopt(*fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) return failed("SO_REUSEPORT", errno);
  if (address.family() == AF_INET6) setsockopt(*fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (::bind(*fd, address.raw(), address.raw_size()) != 0) return failed("bind", errno);
  if (::listen(*fd, 4096) != 0) return failed("listen", errno);
  return *fd;
}

}  // namespace sluice::transport
