// A worker's HttpService on a loop of its own, with plain blocking sockets for clients and scripted origins for
// backends: what is asserted is what is on the wire.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "model_builder.h"
#include "userspace/l7/http_service.h"
#include "userspace/transport/socket.h"

namespace sluice::l7::test {

/// How long a test waits for what must come: only one that fails waits so long.
inline constexpr std::chrono::seconds kPatience{30};

/// A connected socket. Reads give up after kPatience.
class Socket {
 public:
  explicit Socket(int fd = -1) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)), buffer_(std::move(other.buffer_)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(buffer_, other.buffer_);
    return *this;
  }
  ~Socket() { close(); }

  static Socket connect_to(std::uint16_t port, int receive_buffer = 0) {
    Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (receive_buffer > 0) ::setsockopt(socket.fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    const auto address = transport::Address::loopback(AF_INET, port);
    transport::set_no_delay(socket.fd_);
    EXPECT_EQ(::connect(socket.fd_, address.raw(), address.raw_size()), 0);
    return socket;
  }

  bool send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  void finish() { ::shutdown(fd_, SHUT_WR); }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  void reset() {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
  }

  /// Up to and with `end`; what was there when the peer ended or kPatience was over.
  std::string read_until(std::string_view end) {
    for (;;) {
      if (const auto at = buffer_.find(end); at != std::string::npos) return take(at + end.size());
      if (!fill()) return take(buffer_.size());
    }
  }
  std::string read_bytes(std::size_t count) {
    while (buffer_.size() < count && fill()) {
    }
    return take(std::min(count, buffer_.size()));
  }
  std::string read_to_end() {
    while (fill()) {
    }
    return take(buffer_.size());
  }
  /// One message whose body has a Content-Length, or none, or is chunked (as it stands on the wire).
  std::string read_message() {
    std::string head = read_until("\r\n\r\n");
    const auto length = head.find("Content-Length: ");
    if (length != std::string::npos) return head + read_bytes(std::stoul(head.substr(length + 16)));
    if (head.find("ransfer-Encoding: chunked") != std::string::npos) return head + read_until("0\r\n\r\n");
    return head;
  }
  /// Nothing more comes and the peer has ended in order.
  bool at_end() {
    const bool more = fill();
    return !more && error_ == 0 && buffer_.empty();
  }
  [[nodiscard]] bool silent_for(int milliseconds) const {
    pollfd wait{.fd = fd_, .events = POLLIN, .revents = 0};
    return ::poll(&wait, 1, milliseconds) == 0;
  }
  [[nodiscard]] bool was_reset() const { return error_ == ECONNRESET; }
  [[nodiscard]] int fd() const { return fd_; }

 private:
  bool fill() {
    pollfd wait{.fd = fd_, .events = POLLIN, .revents = 0};
    if (::poll(&wait, 1, static_cast<int>(std::chrono::milliseconds(kPatience).count())) <= 0) {
      error_ = ETIMEDOUT;
      return false;
    }
    char bytes[65536];
    const ssize_t got = ::recv(fd_, bytes, sizeof bytes, 0);
    error_ = got < 0 ? errno : 0;
    if (got <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(got));
    return true;
  }
  std::string take(std::size_t count) {
    std::string out = buffer_.substr(0, count);
    buffer_.erase(0, count);
    return out;
  }

  int fd_;
  std::string buffer_;
  int error_ = 0;
};

/// A backend: each connection is served by `serve` on a thread of its own.
class Origin {
 public:
  using Serve = std::function<void(Socket&, int connection)>;
  explicit Origin(Serve serve) : serve_(std::move(serve)) {
    listener_ = transport::listen_on(transport::Address::loopback(AF_INET, 0)).value();
    port_ = transport::Address::of_local(listener_).port();
    accepting_ = std::thread([this] { accept(); });
  }
  ~Origin() {
    stopping_ = true;
    accepting_.join();
    ::close(listener_);
    for (auto& thread : serving_) thread.join();
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] int connections() const { return connections_; }

  /// Answers every request alike, whatever it asks.
  static Serve always(std::string response) {
    return [response = std::move(response)](Socket& socket, int) {
      while (!socket.read_message().empty()) {
        if (!socket.send(response)) return;
      }
    };
  }
  /// Answers every request with itself as the body.
  static Serve echo() {
    return [](Socket& socket, int) {
      for (;;) {
        const std::string request = socket.read_message();
        if (request.empty()) return;
        if (!socket.send("HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: " + std::to_string(request.size()) +
                         "\r\n\r\n" + request))
          return;
      }
    };
  }

 private:
  void accept() {
    while (!stopping_) {
      pollfd wait{.fd = listener_, .events = POLLIN, .revents = 0};
      if (::poll(&wait, 1, 20) <= 0) continue;
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      serving_.emplace_back([this, fd, number = connections_++] {
        Socket socket(fd);
        serve_(socket, number);
      });
    }
  }

  Serve serve_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<int> connections_{0};
  std::atomic<bool> stopping_{false};
  std::thread accepting_;
  std::vector<std::thread> serving_;
};

/// A port of loopback that refuses connections, and is nobody else's as long as this lives.
class RefusingPort {
 public:
  RefusingPort() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const auto address = transport::Address::loopback(AF_INET, 0);
    EXPECT_EQ(::bind(fd_, address.raw(), address.raw_size()), 0);
  }
  RefusingPort(const RefusingPort&) = delete;
  RefusingPort& operator=(const RefusingPort&) = delete;
  ~RefusingPort() { ::close(fd_); }
  [[nodiscard]] std::uint16_t port() const { return transport::Address::of_local(fd_).port(); }

 private:
  int fd_;
};

/// What tests that do not care run on: SLUICE_TEST_IO (CMakeLists.txt runs them on both), else epoll.
inline transport::IoBackend default_io() {
  const char* wanted = std::getenv("SLUICE_TEST_IO");
  const auto choice = transport::choose_io(wanted == nullptr ? "epoll" : wanted);
  return choice ? choice->backend : transport::IoBackend::kEpoll;
}

/// The engine's side: one worker's service, on loopback.
class Gateway : private transport::AcceptHandler {
 public:
  explicit Gateway(HttpOptions options = {}, transport::IoBackend io = default_io(), AccessLog* log = nullptr)
      : registry_(std::make_shared<RuleRegistry>(1)), services_(options, 1, registry_, log), builder_(registry_) {
    listener_ = transport::listen_on(transport::Address::loopback(AF_INET, 0)).value();
    port_ = transport::Address::of_local(listener_).port();
    std::promise<void> ready;
    thread_ = std::thread([this, io, &ready] {
      loop_ = transport::Loop::make(io).value();
      service_ = services_.make()(*loop_, 0);
      accepting_ = loop_->accept(listener_, *this);
      ready.set_value();
      loop_->run();
      accepting_.reset();
      service_.reset();
      loop_.reset();
    });
    ready.get_future().wait();
  }
  virtual ~Gateway() {
    loop_->stop();
    thread_.join();
    ::close(listener_);
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] Socket client(int receive_buffer = 0) const { return Socket::connect_to(port_, receive_buffer); }

  /// Serves that model from now on.
  void serve(ModelBuilder& model) {
    store_ = model.store();
    tables_ = builder_.build(store_);
    on_loop([this] { service_->set_tables(tables_); });
  }

  /// Host "a.test", one rule for all paths, to one backend with these endpoints.
  ModelBuilder& model() { return model_; }
  model::v1::HttpAction& one_rule(const std::vector<std::uint16_t>& ports) {
    host_ = std::make_unique<HostBuilder>("a.test");
    host_->prefix("r", "/");
    auto& backend = *host_->action().add_backends();
    backend.set_backend("backend/b");
    backend.set_weight(1);
    ports_ = ports;
    return host_->action();
  }
  HostBuilder& host() { return *host_; }
  /// Connections from now on are what a TLS listener hands over (HTTP/2 by ALPN), with that server name.
  void terminate_tls(const std::string& server_name) {
    on_loop([&] { server_name_ = server_name; });
  }
  std::string app_protocol;  ///< of the backend, from the next start()
  void start() {
    model_ = ModelBuilder();
    model_.listen("gw", port_).host(host_->build()).backend("b", ports_, app_protocol);
    serve(model_);
  }
  void start(const std::vector<std::uint16_t>& ports) {
    one_rule(ports);
    start();
  }

  void on_loop(const std::function<void()>& task) {
    std::promise<void> done;
    loop_->post([&] {
      task();
      done.set_value();
    });
    done.get_future().wait();
  }
  HttpService& service() { return *service_; }  ///< on_loop alone
  [[nodiscard]] const WorkerCounters& counters() const { return services_.counters(0); }
  [[nodiscard]] std::uint64_t ended(Reason reason) const {
    return counters().ended[static_cast<std::size_t>(reason)].value();
  }
  [[nodiscard]] std::string metrics() const { return services_.metrics(); }

  /// Waits until `holds`, at most kPatience.
  static bool eventually(const std::function<bool()>& holds) {
    const auto limit = std::chrono::steady_clock::now() + kPatience;
    while (!holds()) {
      if (std::chrono::steady_clock::now() > limit) return holds();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
  }

 private:
  void on_accept(int fd) override {
    if (!server_name_) return service_->serve({.stream = loop_->adopt(fd)});
    service_->serve(
        {.stream = loop_->adopt(fd), .protocol = Protocol::kHttp2, .tls = true, .server_name = *server_name_});
  }

  std::shared_ptr<RuleRegistry> registry_;
  HttpServices services_;
  TablesBuilder builder_;
  model::Store store_;
  std::shared_ptr<const Tables> tables_;
  ModelBuilder model_;
  std::unique_ptr<HostBuilder> host_;
  std::vector<std::uint16_t> ports_;
  std::optional<std::string> server_name_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::unique_ptr<transport::Loop> loop_;
  std::unique_ptr<HttpService> service_;
  transport::HandlePtr accepting_;
  std::thread thread_;
};

inline const std::string kGet = "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n";
inline const std::string kOk = "HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 2\r\n\r\nok";

inline bool begins_with(const std::string& text, std::string_view prefix) {
  return text.starts_with(prefix);
}

}  // namespace sluice::l7::test
