// The io_uring back end: multishot accept and recv into provided buffers, one submit a turn.
#pragma once

#include <liburing.h>

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "userspace/transport/loop.h"
#include "userspace/transport/uring_buffers.h"

namespace sluice::transport {

std::expected<std::unique_ptr<Loop>, std::string> make_uring_loop();

/// Whether this kernel lets us have a ring of the kind that the loop needs (Linux 6.1, and no seccomp or sysctl against
/// it). Error: "io_uring: Operation not permitted".
std::expected<void, std::string> probe_uring();

/// What an operation is, in the low bits of its user data.
enum class UringOp : std::uint8_t { kReceive, kSend, kConnect, kAccept, kPoll };

/// Something with operations in flight. Retired, not deleted: the loop deletes it when the last of them has ended.
class UringSource {
 public:
  virtual ~UringSource() = default;
  UringSource(const UringSource&) = delete;
  UringSource& operator=(const UringSource&) = delete;

  /// more: the operation goes on (multishot).
  virtual void on_complete(UringOp op, int result, std::uint32_t flags, bool more) = 0;

  /// Asked for by later(), or retried after ENOBUFS.
  virtual void on_later() {}

 protected:
  UringSource() = default;
  friend class UringLoop;
  bool retired_ = false;
  bool queued_ = false;          ///< in the loop's ready list
  std::uint32_t in_flight_ = 0;  ///< operations
};

class UringLoop final : public Loop {
 public:
  UringLoop() = default;
  ~UringLoop() override;
  std::expected<void, std::string> start();

  HandlePtr accept(int fd, AcceptHandler& handler) override;
  StreamPtr adopt(int fd) override;
  StreamPtr connect(const Address& address, StreamHandler& handler, std::chrono::milliseconds timeout) override;
  HandlePtr watch(int fd, WatchHandler& handler) override;
  [[nodiscard]] IoBackend backend() const override { return IoBackend::kIoUring; }

  // For its sources.
  io_uring_sqe& prepare();  ///< an empty entry; fill it, then begin()
  static void begin(io_uring_sqe& entry, UringSource& source, UringOp op);
  void cancel(UringSource& source, UringOp op);          ///< its end comes as a completion
  void cancel_at_once(UringSource& source, UringOp op);  ///< on return the kernel no longer uses its memory
  void flush();                                          ///< submits what is still with us
  [[nodiscard]] std::uint64_t turns() const { return turns_; }
  void retire(UringSource& source);
  void later(UringSource& source);  ///< on_later() within this turn or, without waiting, the next
  UringBuffers& buffers() { return buffers_; }

 protected:
  void turn(std::chrono::milliseconds timeout) override;

 private:
  void wait(std::chrono::milliseconds timeout);
  void dispatch(std::uint64_t user_data, int result, std::uint32_t flags);
  void sweep();

  io_uring ring_{};
  bool started_ = false;
  UringBuffers buffers_{ring_};
  std::unique_ptr<UringSource> wake_;
  bool woken_ = false;
  std::uint64_t turns_ = 0;  ///< each submits once
  std::vector<UringSource*> ready_;
  std::vector<UringSource*> ready_now_;
  std::vector<UringSource*> retired_;
};

}  // namespace sluice::transport
