// An engine on loopback whose HttpService tells what it was given and then echoes, and plain blocking clients.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include <gtest/gtest.h>

#include "userspace/l7/engine.h"

namespace sluice::l7::test {

/// Says "local=ADDRESS tls=0|1 sni=NAME generation=N\n", then sends back what comes; the peer's end is answered with
/// ours.
class EchoService final : public HttpService {
 public:
  void set_tables(std::shared_ptr<const Tables> tables) override { tables_ = std::move(tables); }
  void serve(Accepted accepted) override {
    auto echo = std::make_unique<Echo>(*this, std::move(accepted));
    Echo* key = echo.get();
    echoes_.emplace(key, std::move(echo));
    key->begin();
  }
  void drain() override { draining_ = true; }
  void stop() override {
    for (auto& [key, echo] : echoes_) echo->stream->abort();
    echoes_.clear();
  }
  [[nodiscard]] std::size_t connections() const override { return echoes_.size(); }

 private:
  struct Echo final : transport::StreamHandler {
    Echo(EchoService& s, Accepted a) : service(s), stream(std::move(a.stream)) {
      text = "local=" + stream->local().to_text() + " tls=" + (a.tls ? "1" : "0") + " sni=" + a.server_name +
             " generation=" + std::to_string(service.tables_->generation()) + "\n";
    }
    void begin() {
      stream->set_handler(*this);
      send(text);
    }
    void send(std::string_view bytes) {
      const std::array part{iovec{.iov_base = const_cast<char*>(bytes.data()), .iov_len = bytes.size()}};
      if (stream->write(part) == transport::WriteResult::kDone) stream->resume();
    }
    void on_data(transport::Slice data) override {
      held = std::move(data);
      stream->pause();
      send(held.view());
    }
    void on_written() override {
      held.reset();
      stream->resume();
    }
    void on_end() override {
      stream->shutdown();
      end();
    }
    void on_error(int) override { end(); }
    void end() {
      held.reset();
      service.echoes_.erase(this);
    }
    EchoService& service;
    transport::StreamPtr stream;
    std::string text;
    transport::Slice held;
  };

  std::shared_ptr<const Tables> tables_;
  std::unordered_map<Echo*, std::unique_ptr<Echo>> echoes_;
  bool draining_ = false;
};

inline MakeHttpService echo_service() {
  return [](transport::Loop&, std::size_t) { return std::make_unique<EchoService>(); };
}

/// A blocking socket with a time limit, connected.
class Client {
 public:
  explicit Client(const transport::Address& address) : fd_(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval limit{.tv_sec = 30, .tv_usec = 0};  // only a test that fails waits so long
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    connect_error_ = ::connect(fd_, address.raw(), address.raw_size()) == 0 ? 0 : errno;
  }
  Client(Client&& other) noexcept : fd_(std::exchange(other.fd_, -1)), connect_error_(other.connect_error_) {}
  Client& operator=(Client&&) = delete;
  ~Client() { close(); }

  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  void send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  void shutdown() const { ::shutdown(fd_, SHUT_WR); }

  /// Up to the line's end, without it; what came before the end of the stream if there is none.
  std::string line() {
    return read([](const std::string& text) { return text.ends_with('\n'); });
  }
  std::string bytes(std::size_t count) {
    return read([count](const std::string& text) { return text.size() == count; });
  }
  std::string rest() {
    return read([](const std::string&) { return false; });
  }

  /// How the last read ended: 0 more to come or FIN, ECONNRESET, EAGAIN for a timeout.
  [[nodiscard]] int error() const { return error_; }
  [[nodiscard]] int connect_error() const { return connect_error_; }
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] transport::Address local() const { return transport::Address::of_local(fd_); }

 private:
  template <class Done>
  std::string read(Done done) {
    std::string text;
    char byte = 0;
    error_ = 0;
    while (!done(text)) {
      const auto got = ::recv(fd_, &byte, 1, 0);
      if (got < 0) error_ = errno;
      if (got <= 0) break;
      text += byte;
    }
    return text;
  }

  int fd_;
  int connect_error_ = 0;
  int error_ = 0;
};

}  // namespace sluice::l7::test
