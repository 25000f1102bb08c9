// Controllers that are reached, and answer never, or late.
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <thread>

#include "tests/unit/control_stream/stream_fixture.h"

namespace sluice {
namespace {

using publish::whole;

/// 0: of any port that is free.
sockaddr_in loopback(int port) {
  return {.sin_family = AF_INET,
          .sin_port = htons(static_cast<std::uint16_t>(port)),
          .sin_addr = {htonl(INADDR_LOOPBACK)},
          .sin_zero = {}};
}

/// A port of loopback that takes connections and never says a word.
class Silent {
 public:
  Silent() {
    auto any = loopback(0);
    socklen_t size = sizeof any;
    auto* address = reinterpret_cast<sockaddr*>(&any);
    EXPECT_EQ(bind(socket_, address, size), 0);
    EXPECT_EQ(listen(socket_, 16), 0);
    EXPECT_EQ(getsockname(socket_, address, &size), 0);
    port_ = ntohs(any.sin_port);
  }
  Silent(const Silent&) = delete;
  Silent& operator=(const Silent&) = delete;
  ~Silent() { close(socket_); }

  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 protected:
  [[nodiscard]] int socket() const { return socket_; }

 private:
  int socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::uint16_t port_ = 0;
};

/// One whose connections are another port's, after that time.
class Late : public Silent {
 public:
  Late(int to, std::chrono::milliseconds after) : to_(to), after_(after), acceptor_([this] { accept(); }) {}
  Late(const Late&) = delete;
  Late& operator=(const Late&) = delete;
  ~Late() {
    is_ending_ = true;
    shutdown(socket(), SHUT_RDWR);
    acceptor_.join();
    for (auto& connection : connections_) connection.join();
  }

 private:
  void accept() {
    for (;;) {
      const int client = accept4(socket(), nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) return;
      connections_.emplace_back([this, client] { pass(client); });
    }
  }

  void pass(int client) const {
    std::this_thread::sleep_for(after_);
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = loopback(to_);
    bool goes_on = connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    std::array<pollfd, 2> ends{pollfd{client, POLLIN, 0}, pollfd{server, POLLIN, 0}};
    std::array<char, 16384> bytes{};
    while (goes_on && !is_ending_) {
      poll(ends.data(), ends.size(), 50);
      for (std::size_t i = 0; i < ends.size() && goes_on; ++i) {
        if (ends[i].revents == 0) continue;
        const auto size = read(ends[i].fd, bytes.data(), bytes.size());
        goes_on = size > 0 && send(ends[1 - i].fd, bytes.data(), static_cast<std::size_t>(size), MSG_NOSIGNAL) == size;
      }
    }
    close(client);
    close(server);
  }

  const int to_;
  const std::chrono::milliseconds after_;
  std::atomic<bool> is_ending_ = false;
  std::vector<std::thread> connections_;  ///< the acceptor's
  std::thread acceptor_;
};

TEST_F(ControlStreamTest, AControllerThatDoesNotAnswerIsLeftSoonAndTheNextTryIsNotPutOff) {
  auto& controller = add_controller();
  controller.publisher.lead(5);
  // It is reached, and never says a word: as the address of a host that is gone, but for the reason.
  const Silent silent;
  controller.publisher.follow(silent.address());
  auto& node = add_node("n", controller.address(), [](subscribe::SubscriberOptions& options) {
    options.timing.connect = std::chrono::seconds(1);
    options.timing.enrol = std::chrono::seconds(30);
    options.timing.backoff_first = options.timing.backoff_most = std::chrono::hours(1);
  });
  run_until([&] { return node.trouble("controller").find(silent.address()) != std::string::npos; });
  publish(controller, whole("a", "10.0.0.1"));
  controller.publisher.lead(6);
  run_until([&] { return controller.is_at("n", 1); });
}

TEST_F(ControlStreamTest, WhoIsNeverAnsweredGoesOnWithBackoff) {
  auto& controller = add_controller();
  const Silent silent;
  controller.publisher.follow(silent.address());
  auto& node = add_node("n", controller.address(), [](subscribe::SubscriberOptions& options) {
    options.timing.connect = std::chrono::milliseconds(200);
    options.timing.backoff_first = options.timing.backoff_most = std::chrono::hours(1);
  });
  run_until([&] { return node.subscriber->connection().connections > 0; });
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(4);
  run_until([&] { return std::chrono::steady_clock::now() >= end; });
  EXPECT_LE(node.subscriber->connection().connections, 6) << "three tries, each with a redirect at most";
}

TEST_F(ControlStreamTest, WhoIsAnsweredLateWaitsLongerEachTime) {
  auto& service = add_controller();
  auto& leader = add_controller();
  leader.publisher.lead(1);
  publish(leader, {});
  const Late late(leader.publisher.port(), std::chrono::milliseconds(600));
  service.publisher.follow(late.address());
  add_node("n", service.address(),
           [](subscribe::SubscriberOptions& options) { options.timing.connect = std::chrono::milliseconds(200); });
  run_until([&] { return leader.is_at("n", 1); });
}

}  // namespace
}  // namespace sluice
