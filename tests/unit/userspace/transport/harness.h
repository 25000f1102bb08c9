// A loop on the test's own thread, a listening socket on loopback, and a plain blocking client socket.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "userspace/transport/loop.h"
#include "userspace/transport/socket.h"

namespace sluice::transport {

/// Runs what is ready, without waiting.
inline void run_once(Loop& loop) {
  loop.stop();  // a task like any other: it ends the turn that runs it
  loop.run();
}

/// Runs the loop until `done` holds or 5 s are over; returns done().
inline bool run_until(Loop& loop, const std::function<bool()>& done) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (!done() && std::chrono::steady_clock::now() < deadline) {
    run_once(loop);
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
  return done();
}

/// Closes with itself.
class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() { close(); }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  int release() { return std::exchange(fd_, -1); }
  operator int() const { return fd_; }

 private:
  int fd_;
};

/// A stream of the loop and a client socket (blocking) that are connected over loopback.
struct Pair {
  StreamPtr stream;
  Fd client;
};

inline Fd connected_client(const Address& address) {
  Fd client(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(::connect(client, address.raw(), address.raw_size()), 0);
  return client;
}

inline Pair connected_pair(Loop& loop, int family = AF_INET) {
  Fd listener(listen_on(Address::loopback(family, 0)).value());
  Fd client = connected_client(Address::of_local(listener));
  pollfd wait{.fd = listener, .events = POLLIN, .revents = 0};
  ::poll(&wait, 1, 1000);
  const int fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  EXPECT_GE(fd, 0);
  return {loop.adopt(fd), std::move(client)};
}

/// Remembers what a stream said.
class Recorder final : public StreamHandler {
 public:
  void on_connected() override { connected = true; }
  void on_data(Slice data) override {
    text.append(data.view());
    ++deliveries;
    if (keep) kept.push_back(std::move(data));
    if (then) then();
  }
  void on_end() override { ended = true; }
  void on_written() override { ++written; }
  void on_error(int e) override { error = e; }
  [[nodiscard]] bool wants_rest() const override { return wants; }

  bool wants = false;
  bool connected = false;
  std::string text;
  int deliveries = 0;
  bool keep = false;
  std::vector<Slice> kept;
  std::function<void()> then;
  bool ended = false;
  int written = 0;
  int error = 0;
};

inline iovec part(std::string_view bytes) {
  return {const_cast<char*>(bytes.data()), bytes.size()};
}

}  // namespace sluice::transport
