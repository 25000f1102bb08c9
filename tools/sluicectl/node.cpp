#include "tools/sluicectl/node.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>

namespace sluice::ctl {
namespace {

constexpr timeval kTimeout{.tv_sec = 10, .tv_usec = 0};

struct Descriptor {
  int fd;
  explicit Descriptor(int number) : fd(number) {}
  ~Descriptor() {
    if (fd >= 0) close(fd);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
};

std::unexpected<std::string> failure(const std::string& socket, const std::string& what) {
  std::string hint;
  if (errno == ENOENT || errno == ECONNREFUSED) hint = "; is sluiced running, and is this its --socket?";
  if (errno == EACCES) hint = "; the socket is for root and its owner";
  return std::unexpected(socket + ": " + what + ": " + std::strerror(errno) + hint);
}

bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool receive_all(int fd, std::string& out) {
  std::array<char, 65536> buffer;
  for (;;) {
    const auto got = recv(fd, buffer.data(), buffer.size(), 0);
    if (got == 0) return true;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    out.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

/// HTTP/1.0 is asked for, so the end of the connection is the end of the body (RFC 9112 6.3).
std::expected<Answer, std::string> parse(const std::string& socket, const std::string& text) {
  const auto end = text.find("\r\n\r\n");
  Answer answer;
  if (end == std::string::npos || !text.starts_with("HTTP/1.") || text.size() < 12 ||
      std::from_chars(text.data() + 9, text.data() + 12, answer.status).ec != std::errc{}) {
    return std::unexpected(socket + ": what answers there is no sluiced");
  }
  answer.body = text.substr(end + 4);
  return answer;
}

}  // namespace

std::expected<Answer, std::string> ask_node(const std::string& socket_path, const std::string& target) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path.size() >= sizeof(address.sun_path)) return std::unexpected(socket_path + ": too long for a socket");
  std::memcpy(address.sun_path, socket_path.data(), socket_path.size());
  const Descriptor connection(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (connection.fd < 0) return failure(socket_path, "socket");
  setsockopt(connection.fd, SOL_SOCKET, SO_RCVTIMEO, &kTimeout, sizeof(kTimeout));
  setsockopt(connection.fd, SOL_SOCKET, SO_SNDTIMEO, &kTimeout, sizeof(kTimeout));
  if (connect(connection.fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return failure(socket_path, "connect");
  }
  std::string text;
  if (!send_all(connection.fd, "GET " + target + " HTTP/1.0\r\nHost: sluice\r\nConnection: close\r\n\r\n") ||
      !receive_all(connection.fd, text)) {
    return failure(socket_path, "GET " + target);
  }
  return parse(socket_path, text);
}

std::expected<std::string, std::string> fetch_from_node(const std::string& socket, const std::string& target) {
  auto answer = ask_node(socket, target);
  if (!answer) return std::unexpected(std::move(answer.error()));
  if (answer->status != 200) {
    return std::unexpected(socket + ": GET " + target + ": " + std::to_string(answer->status) + " " + answer->body);
  }
  return std::move(answer->body);
}

}  // namespace sluice::ctl
