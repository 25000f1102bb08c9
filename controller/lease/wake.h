// An eventfd by which one thread calls another's loop.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

namespace sluice::lease {

class Wake {
 public:
  Wake() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  ~Wake() { close(fd_); }
  Wake(const Wake&) = delete;
  Wake& operator=(const Wake&) = delete;

  [[nodiscard]] int fd() const { return fd_; }
  void call() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(fd_, &one, sizeof one);  // full: it is readable already
  }
  void clear() const {
    std::uint64_t calls = 0;
    [[maybe_unused]] const auto got = read(fd_, &calls, sizeof calls);  // nothing: nobody called
  }

 private:
  const int fd_;
};

}  // namespace sluice::lease
