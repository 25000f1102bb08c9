// An eventfd by which one thread calls another's loop.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>

namespace sluice {

/// Who calls has put down before what he has to say; who is called clears first and takes up then: nothing is missed.
class Wake {
 public:
  Wake() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  ~Wake() {
    if (fd_ >= 0) close(fd_);
  }
  Wake(const Wake&) = delete;
  Wake& operator=(const Wake&) = delete;

  /// Readable from call() until clear().
  [[nodiscard]] int fd() const { return fd_; }
  /// Any thread. Again before clear(): nothing more is done.
  void call() {
    if (!is_awake_.exchange(true)) eventfd_write(fd_, 1);
  }
  void clear() {
    is_awake_ = false;
    eventfd_t ignored = 0;
    eventfd_read(fd_, &ignored);
  }

 private:
  const int fd_;
  std::atomic<bool> is_awake_{false};
};

}  // namespace sluice
