// l7_quick_load ADDRESS PORT CONNECTIONS MILLISECONDS HOST TARGET BODY: asks GET TARGET of HOST on every connection,
// one request at a time, and reads every answer: status 200, and BODY octet for octet.
//   -> ready REQUESTS                             all are open, each has been answered once
//   <- a line on standard input
//   -> done REQUESTS NOT_200 WRONG_BODY CPU       after MILLISECONDS, and when no answer is due any more
//   <- end of standard input: closes
// CPU: seconds that this process has used between the two. Exit: 0; 1 a connection was refused, lost or silent, or an
// answer was no HTTP; 2 wrong usage.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kPatience = 5000;  // milliseconds without any answer

[[noreturn]] void fail(std::string_view what, std::string_view detail) {
  std::fprintf(stderr, "l7_quick_load: %.*s: %.*s\n", static_cast<int>(what.size()), what.data(),
               static_cast<int>(detail.size()), detail.data());
  std::exit(1);
}

int checked(int result, const char* what) {
  if (result < 0) fail(what, std::strerror(errno));
  return result;
}

sockaddr_in address_of(const char* text, const char* port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port)));
  if (inet_pton(AF_INET, text, &address.sin_addr) != 1) fail("no IPv4 address", text);
  return address;
}

double cpu_seconds() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

/// What has come of one answer.
class Answer {
 public:
  enum class State { kPartial, kRight, kNot200, kWrongBody };

  void read(int fd) {
    const ssize_t got = ::recv(fd, bytes_.data() + used_, bytes_.size() - used_, 0);
    if (got == 0) fail("a connection was closed in the place of an answer", text());
    used_ += static_cast<std::size_t>(checked(static_cast<int>(got), "recv"));
  }

  /// Ready for the next answer once this one is whole.
  State take(std::string_view body) {
    const auto end = text().find("\r\n\r\n");
    if (end == std::string_view::npos) {
      if (used_ == bytes_.size()) fail("a head without end", text());
      return State::kPartial;
    }
    const std::size_t size = end + 4 + content_length(text().substr(0, end));
    if (used_ > size || size > bytes_.size()) fail("more than was asked for", text());
    if (used_ < size) return State::kPartial;
    const bool fine = text().starts_with("HTTP/1.1 200 ");
    const bool same = text().substr(end + 4) == body;
    used_ = 0;
    return !fine ? State::kNot200 : same ? State::kRight : State::kWrongBody;
  }

 private:
  [[nodiscard]] std::string_view text() const { return {bytes_.data(), used_}; }

  static std::size_t content_length(std::string_view head) {
    constexpr std::string_view kName = "\r\ncontent-length: ";
    for (std::size_t at = head.find('\r'); at != std::string_view::npos; at = head.find('\r', at + 1)) {
      const std::string_view line = head.substr(at);
      if (line.size() <= kName.size() || ::strncasecmp(line.data(), kName.data(), kName.size()) != 0) continue;
      std::size_t length = 0;
      std::from_chars(line.data() + kName.size(), line.data() + line.size(), length);
      return length;
    }
    fail("no Content-Length", head);
  }

  std::array<char, 4096> bytes_;
  std::size_t used_ = 0;
};

struct Connection {
  int fd = -1;
  Answer answer;
};

struct Counts {
  std::size_t requests = 0;
  std::size_t not_200 = 0;
  std::size_t wrong_body = 0;
};

class Load {
 public:
  Load(const sockaddr_in& server, std::size_t connections, std::string request, std::string_view body)
      : request_(std::move(request)), body_(body) {
    for (std::size_t i = 0; i < connections; ++i) open(server);
  }

  /// Each connection asks anew as long as there is time, but once at least.
  Counts run(std::chrono::milliseconds time) {
    const auto end = Clock::now() + time;
    Counts counts;
    for (const auto& connection : connections_) ask(*connection);
    for (std::size_t due = connections_.size(); due > 0;) {
      const int ready =
          checked(epoll_wait(poll_, events_.data(), static_cast<int>(events_.size()), kPatience), "epoll");
      if (ready == 0) fail("no answer", "within 5 seconds");
      const bool more = Clock::now() < end;
      for (int i = 0; i < ready; ++i) {
        auto& connection = *static_cast<Connection*>(events_[static_cast<std::size_t>(i)].data.ptr);
        connection.answer.read(connection.fd);
        const auto state = connection.answer.take(body_);
        if (state == Answer::State::kPartial) continue;
        ++counts.requests;
        if (state == Answer::State::kNot200) ++counts.not_200;
        if (state == Answer::State::kWrongBody) ++counts.wrong_body;
        if (more) {
          ask(connection);
        } else {
          --due;
        }
      }
    }
    return counts;
  }

 private:
  void open(const sockaddr_in& server) {
    auto made = std::make_unique<Connection>();
    const int on = 1;
    made->fd = checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    checked(::setsockopt(made->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
    checked(::connect(made->fd, reinterpret_cast<const sockaddr*>(&server), sizeof server), "connect");
    epoll_event event{.events = EPOLLIN, .data = {.ptr = made.get()}};
    checked(epoll_ctl(poll_, EPOLL_CTL_ADD, made->fd, &event), "epoll_ctl");
    connections_.push_back(std::move(made));
  }

  void ask(const Connection& connection) const {
    const auto sent = ::send(connection.fd, request_.data(), request_.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(request_.size())) fail("send", std::strerror(errno));
  }

  std::string request_;
  std::string_view body_;
  int poll_ = checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
  std::array<epoll_event, 256> events_{};
  std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 8) {
    std::fputs("usage: l7_quick_load ADDRESS PORT CONNECTIONS MILLISECONDS HOST TARGET BODY\n", stderr);
    return 2;
  }
  const std::string request =
      std::string("GET ").append(argv[6]).append(" HTTP/1.1\r\nHost: ").append(argv[5]).append("\r\n\r\n");
  Load load(address_of(argv[1], argv[2]), static_cast<std::size_t>(std::atoi(argv[3])), request, argv[7]);
  const Counts first = load.run({});
  if (first.not_200 + first.wrong_body > 0) fail("wrong answers", "to the first request of a connection");
  std::printf("ready %zu\n", first.requests);
  std::fflush(stdout);
  if (std::getchar() != '\n') return 2;
  const double before = cpu_seconds();
  const Counts counts = load.run(std::chrono::milliseconds(std::atoi(argv[4])));
  std::printf("done %zu %zu %zu %.6f\n", counts.requests, counts.not_200, counts.wrong_body, cpu_seconds() - before);
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  return 0;
}
