// Loads of l4-quick, each pinned to one CPU, in bounded bursts so that the path is measured rather than the wake-ups:
//   l4_quick_load serve CPU PORT             echoes UDP; TCP: answers what it reads, closes when the client has
//   l4_quick_load udp CPU ADDRESS PORT N     N exchanges of 64 bytes, each checked
//   l4_quick_load tcp CPU ADDRESS PORT N     N connections: open, 64 bytes there and back, close
// A client prints the CPU-seconds of the whole machine that its load took: wall * CPUs - idle - iowait - steal.
// Exit: 0; 1 something was lost or refused; 2 wrong usage.
#include <arpa/inet.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <string_view>

namespace {

constexpr int kBurst = 16;
constexpr std::size_t kBytes = 64;
constexpr int kWarmUp = 10 * kBurst;

using Message = std::array<char, kBytes>;

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "l4_quick_load: %s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

int checked(int result, const char* what) {
  if (result < 0) fail(what);
  return result;
}

void pin(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  checked(sched_setaffinity(0, sizeof(set), &set), "sched_setaffinity");
}

sockaddr_in address_of(const char* text, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  if (inet_pton(AF_INET, text, &address.sin_addr) != 1) fail(text);
  return address;
}

const sockaddr* any(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

/// Seconds that all CPUs together were at work, up to a constant.
double busy_seconds() {
  std::ifstream stat("/proc/stat");
  std::string label;
  std::array<double, 8> ticks{};  // user nice system idle iowait irq softirq steal
  stat >> label;
  for (double& field : ticks) stat >> field;
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now().time_since_epoch();
  const auto hertz = static_cast<double>(sysconf(_SC_CLK_TCK));
  return wall.count() * static_cast<double>(sysconf(_SC_NPROCESSORS_ONLN)) - (ticks[3] + ticks[4] + ticks[7]) / hertz;
}

int open_client(int kind, const sockaddr_in& server) {
  const int made = checked(socket(AF_INET, kind | SOCK_CLOEXEC, 0), "socket");
  const timeval patience{2, 0};
  checked(setsockopt(made, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), "SO_RCVTIMEO");
  checked(connect(made, any(server), sizeof(server)), "connect");
  return made;
}

void ask(int connection, int number) {
  Message message{};
  std::memcpy(message.data(), &number, sizeof(number));
  if (send(connection, message.data(), message.size(), 0) != static_cast<ssize_t>(kBytes)) fail("send");
}

/// The answer to question `number`.
void hear(int connection, int number) {
  Message message{};
  if (recv(connection, message.data(), message.size(), 0) != static_cast<ssize_t>(kBytes)) fail("no answer");
  if (std::memcmp(message.data(), &number, sizeof(number)) != 0) {
    errno = EBADMSG;
    fail("answer to another question");
  }
}

void exchange_burst(int connection, int first) {
  for (int i = 0; i < kBurst; ++i) ask(connection, first + i);
  for (int i = 0; i < kBurst; ++i) hear(connection, first + i);
}

void connection_burst(const sockaddr_in& server, int first) {
  std::array<int, kBurst> connections{};
  for (int i = 0; i < kBurst; ++i) {
    connections[static_cast<std::size_t>(i)] = open_client(SOCK_STREAM, server);
    ask(connections[static_cast<std::size_t>(i)], first + i);
  }
  for (int i = 0; i < kBurst; ++i) {
    hear(connections[static_cast<std::size_t>(i)], first + i);
    close(connections[static_cast<std::size_t>(i)]);
  }
}

void load(bool udp, const sockaddr_in& server, int count) {
  const int connection = udp ? open_client(SOCK_DGRAM, server) : -1;
  const auto burst = [&](int first) {
    if (udp) {
      exchange_burst(connection, first);
    } else {
      connection_burst(server, first);
    }
  };
  for (int done = 0; done < kWarmUp; done += kBurst) burst(done);
  const double before = busy_seconds();
  for (int done = 0; done < count; done += kBurst) burst(done);
  std::printf("%.6f\n", busy_seconds() - before);
}

void watch(int poll, int descriptor) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = descriptor;
  checked(epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event), "epoll_ctl");
}

void echo_datagrams(int udp) {
  Message message;
  sockaddr_in client{};
  socklen_t length = sizeof(client);
  for (;;) {
    const auto got =
        recvfrom(udp, message.data(), message.size(), MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&client), &length);
    if (got < 0) return;
    sendto(udp, message.data(), static_cast<std::size_t>(got), 0, any(client), length);
  }
}

void accept_all(int poll, int tcp) {
  for (int made = 0; (made = accept4(tcp, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) watch(poll, made);
}

void answer(int connection) {
  Message message;
  const auto got = recv(connection, message.data(), message.size(), 0);
  if (got > 0) {
    send(connection, message.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL);
  } else if (got == 0 || errno != EAGAIN) {
    close(connection);
  }
}

int open_server(int kind, int port) {
  const sockaddr_in here = address_of("0.0.0.0", port);
  const int made = checked(socket(AF_INET, kind | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
  const int on = 1;
  checked(setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), "SO_REUSEADDR");
  checked(bind(made, any(here), sizeof(here)), "bind");
  if (kind == SOCK_STREAM) checked(listen(made, 1024), "listen");
  return made;
}

[[noreturn]] void serve(int port) {
  const int udp = open_server(SOCK_DGRAM, port);
  const int tcp = open_server(SOCK_STREAM, port);
  const int poll = checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
  watch(poll, udp);
  watch(poll, tcp);
  std::array<epoll_event, 64> events{};
  for (;;) {
    const int ready = epoll_wait(poll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < ready; ++i) {
      const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
      if (descriptor == udp) {
        echo_datagrams(udp);
      } else if (descriptor == tcp) {
        accept_all(poll, tcp);
      } else {
        answer(descriptor);
      }
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view mode = argc > 1 ? argv[1] : "";
  if (mode == "serve" && argc == 4) {
    pin(std::atoi(argv[2]));
    serve(std::atoi(argv[3]));
  }
  if ((mode == "udp" || mode == "tcp") && argc == 6) {
    pin(std::atoi(argv[2]));
    load(mode == "udp", address_of(argv[3], std::atoi(argv[4])), std::atoi(argv[5]));
    return 0;
  }
  std::fputs("usage: l4_quick_load serve CPU PORT | udp|tcp CPU ADDRESS PORT N\n", stderr);
  return 2;
}
