// One thread's event loop. Nothing is shared between loops but post(). Two back ends, chosen at start: io_uring
// (multishot accept and recv, provided buffers, one submit a turn) and epoll (where io_uring is forbidden).
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "userspace/transport/address.h"
#include "userspace/transport/stream.h"
#include "userspace/transport/timer.h"

namespace sluice::transport {

enum class IoBackend : std::uint8_t { kEpoll, kIoUring };
std::string_view name(IoBackend backend);  ///< "epoll", "io_uring"

/// wanted: "auto", "epoll" or "io_uring". auto: io_uring where a ring of our kind can be made, else epoll.
struct IoChoice {
  IoBackend backend;
  std::string why;  ///< for the log: "io_uring: Operation not permitted" where auto fell back, else ""
};
std::expected<IoChoice, std::string> choose_io(std::string_view wanted);

class AcceptHandler {
 public:
  /// fd: connected, non-blocking, close-on-exec; the handler's to adopt or close.
  virtual void on_accept(int fd) = 0;

 protected:
  ~AcceptHandler() = default;
};

class WatchHandler {
 public:
  /// events: EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLHUP, EPOLLERR; edge-triggered: read and write until EAGAIN.
  virtual void on_ready(std::uint32_t events) = 0;

 protected:
  ~WatchHandler() = default;
};

/// Something of the loop that ends when its handle is dropped; the loop frees it no sooner than the turn's end.
class Handle {
 public:
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

 protected:
  Handle() = default;
  virtual ~Handle() = default;
  virtual void release() = 0;
  friend struct ReleaseHandle;
};
struct ReleaseHandle {
  void operator()(Handle* handle) const { handle->release(); }
};
using HandlePtr = std::unique_ptr<Handle, ReleaseHandle>;

class Loop {
 public:
  /// Error: what the kernel refuses. Make and run it on one thread.
  static std::expected<std::unique_ptr<Loop>, std::string> make(IoBackend backend);
  virtual ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Turns until stop(). All other calls but post() and stop() belong to this thread.
  void run();
  void stop();  ///< any thread

  /// Any thread: runs `task` on the loop's, in the order of posting. Tasks posted after the last turn are dropped with
  /// the loop.
  void post(std::function<void()> task);

  /// Accepts on a listening, non-blocking socket (borrowed) until the handle is dropped. Out of descriptors: pauses for
  /// 100 ms.
  virtual HandlePtr accept(int fd, AcceptHandler& handler) = 0;

  /// A connected, non-blocking socket as a stream; takes the fd. TCP_NODELAY is set.
  virtual StreamPtr adopt(int fd) = 0;

  /// on_connected or on_error follows. ETIMEDOUT after `timeout`, and later on where the peer is gone without a word.
  virtual StreamPtr connect(const Address& address, StreamHandler& handler, std::chrono::milliseconds timeout) = 0;

  /// Readiness of a descriptor (borrowed; drop the handle before closing it).
  virtual HandlePtr watch(int fd, WatchHandler& handler) = 0;

  void arm(Timer& timer, std::chrono::milliseconds after) { timers_.arm(timer, after); }
  [[nodiscard]] TimerWheel::Clock::time_point now() const { return timers_.now(); }  ///< of the turn
  [[nodiscard]] virtual IoBackend backend() const = 0;

 protected:
  Loop();

  /// Waits for events, at most `timeout` (-1 ms: for ever), sets the time and dispatches them.
  virtual void turn(std::chrono::milliseconds timeout) = 0;

  /// Descriptor that post() makes readable; a back end calls run_posted() then.
  [[nodiscard]] int wake_fd() const { return wake_fd_; }
  void run_posted();

  TimerWheel timers_;

 private:
  int wake_fd_ = -1;
  bool stopping_ = false;
  std::mutex mutex_;  ///< guards posted_
  std::vector<std::function<void()>> posted_;
};

}  // namespace sluice::transport
