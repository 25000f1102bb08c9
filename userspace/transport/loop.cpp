#include "userspace/transport/loop.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

#include "userspace/transport/epoll_loop.h"
#include "userspace/transport/uring_loop.h"

namespace sluice::transport {

std::string_view name(IoBackend backend) {
  return backend == IoBackend::kEpoll ? "epoll" : "io_uring";
}

std::expected<IoChoice, std::string> choose_io(std::string_view wanted) {
  if (wanted == "epoll") return IoChoice{IoBackend::kEpoll, ""};
  if (wanted != "auto" && wanted != "io_uring")
    return std::unexpected("io back end \"" + std::string(wanted) + "\": must be auto, io_uring or epoll");
  const auto probed = probe_uring();
  if (probed) return IoChoice{IoBackend::kIoUring, ""};
  if (wanted == "io_uring") return std::unexpected(probed.error());
  return IoChoice{IoBackend::kEpoll, probed.error()};
}

std::expected<std::unique_ptr<Loop>, std::string> Loop::make(IoBackend backend) {
  return backend == IoBackend::kEpoll ? make_epoll_loop() : make_uring_loop();
}

Loop::Loop() : timers_(TimerWheel::Clock::now()), wake_fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

Loop::~Loop() {
  ::close(wake_fd_);
}

void Loop::run() {
  stopping_ = false;
  while (!stopping_) {
    turn(timers_.next());
    timers_.advance(timers_.now());
  }
}

void Loop::stop() {
  post([this] { stopping_ = true; });
}

void Loop::post(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(task));
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_fd_, &one, sizeof one);  // full: it is readable anyway
}

void Loop::run_posted() {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = ::read(wake_fd_, &count, sizeof count);
  std::vector<std::function<void()>> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(posted_);
  }
  for (const auto& task : tasks) task();
}

}  // namespace sluice::transport
