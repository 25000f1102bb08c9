// l7_quick_limit ADDRESS PORT BACKEND BACKEND_PORT: the least that a proxy on epoll can do. Moves octets between a
// client and a connection of its own to the backend; parses, counts and logs nothing. Serves until SIGTERM.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdlib>

namespace {

sockaddr_in address_of(const char* text, const char* port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port)));
  if (inet_pton(AF_INET, text, &address.sin_addr) != 1) std::exit(2);
  return address;
}

struct End {
  int fd = -1;
  End* other = nullptr;
};

class Mover {
 public:
  Mover(int listener, const sockaddr_in& backend) : listener_(listener), backend_(backend) {
    watch(listener_, nullptr);
  }

  void run() {
    std::array<epoll_event, 256> events;
    for (;;) {
      const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) {
        auto* end = static_cast<End*>(events[static_cast<std::size_t>(i)].data.ptr);
        if (end == nullptr) {
          accept();
        } else {
          move(*end);
        }
      }
    }
  }

 private:
  void watch(int fd, End* end) {
    epoll_event event{.events = EPOLLIN, .data = {.ptr = end}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

  void accept() {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
    if (client < 0) return;
    const int backend = ::socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(backend, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(backend, reinterpret_cast<sockaddr*>(&backend_), sizeof backend_) != 0) std::abort();
    auto* ends = new End[2];  // lives as long as the process: connections are few, and last
    ends[0] = {client, &ends[1]};
    ends[1] = {backend, &ends[0]};
    watch(client, &ends[0]);
    watch(backend, &ends[1]);
  }

  void move(End& end) {
    const ssize_t got = ::recv(end.fd, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (got > 0) {
      [[maybe_unused]] const ssize_t sent =
          ::send(end.other->fd, buffer_.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL);
    } else if (got == 0) {
      ::close(end.other->fd);
      ::close(end.fd);
    }
  }

  int epoll_ = epoll_create1(0);
  int listener_;
  sockaddr_in backend_;
  std::array<char, 65536> buffer_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in address = address_of(argv[1], argv[2]);
  if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return 1;
  if (::listen(listener, 1024) != 0) return 1;
  Mover(listener, address_of(argv[3], argv[4])).run();
}
