// Reads a client's hello from its socket, byte by byte if need be, before anybody decides what the connection is.
#pragma once

#include <chrono>
#include <string>

#include "userspace/passthrough/client_hello.h"
#include "userspace/passthrough/reason.h"
#include "userspace/transport/loop.h"

namespace sluice::passthrough {

inline constexpr std::chrono::seconds kHelloTimeout{10};

class HelloReader;

/// Both end the reading; the sink may destroy the reader.
class HelloSink {
 public:
  /// hello.state is kName or kNoName. Take the descriptor and the bytes.
  virtual void on_hello(HelloReader& reader, const Hello& hello) = 0;
  virtual void on_no_hello(HelloReader& reader, Reason reason) = 0;

 protected:
  ~HelloSink() = default;
};

class HelloReader final : public transport::WatchHandler {
 public:
  /// Takes fd: connected, non-blocking.
  HelloReader(transport::Loop& loop, int fd, HelloSink& sink, std::chrono::milliseconds timeout = kHelloTimeout);
  ~HelloReader();
  HelloReader(const HelloReader&) = delete;
  HelloReader& operator=(const HelloReader&) = delete;

  /// The descriptor is the caller's from here on.
  int take_fd();

  /// All that was read: the hello, and what came with it.
  std::string take_bytes() { return std::move(bytes_); }

  [[nodiscard]] int fd() const { return fd_; }

  void on_ready(std::uint32_t events) override;

 private:
  void read();
  void end(Reason reason);
  void on_timeout() { end(Reason::kHelloTimeout); }

  int fd_;
  HelloSink& sink_;
  std::string bytes_;
  std::size_t wanted_ = 0;  ///< before so many bytes are there, parsing is in vain
  transport::HandlePtr watch_;
  transport::Timer timer_ = transport::Timer::bind<&HelloReader::on_timeout>(this);
};

}  // namespace sluice::passthrough
