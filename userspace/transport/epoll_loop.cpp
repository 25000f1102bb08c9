#include "userspace/transport/epoll_loop.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "userspace/transport/epoll_stream.h"
#include "userspace/transport/socket.h"

namespace sluice::transport {
namespace {

class EpollAcceptor final : public EpollSource, public Handle {
 public:
  EpollAcceptor(EpollLoop& loop, int fd, AcceptHandler& handler) : loop_(loop), fd_(fd), handler_(handler) {
    loop_.add(fd_, *this, EPOLLIN);  // level-triggered: what one turn leaves, the next one takes
  }

  void on_events(std::uint32_t) override {
    constexpr int kMostATurn = 64;
    for (int i = 0; i < kMostATurn && !retired_; ++i) {
      const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd >= 0) {
        handler_.on_accept(fd);
      } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        loop_.remove(fd_);
        loop_.arm(again_, kPauseWithoutDescriptors);
        return;
      } else if (errno != ECONNABORTED && errno != EINTR) {
        return;
      }
    }
  }

  void release() override {
    if (!again_.armed()) loop_.remove(fd_);
    again_.cancel();
    loop_.retire(*this);
  }

 private:
  void listen_again() { loop_.add(fd_, *this, EPOLLIN); }

  static constexpr std::chrono::milliseconds kPauseWithoutDescriptors{100};
  EpollLoop& loop_;
  int fd_;
  AcceptHandler& handler_;
  Timer again_ = Timer::bind<&EpollAcceptor::listen_again>(this);
};

class EpollWatch final : public EpollSource, public Handle {
 public:
  EpollWatch(EpollLoop& loop, int fd, WatchHandler& handler) : loop_(loop), fd_(fd), handler_(handler) {
    loop_.add(fd_, *this, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
  }
  void on_events(std::uint32_t events) override { handler_.on_ready(events); }
  void release() override {
    loop_.remove(fd_);
    loop_.retire(*this);
  }

 private:
  EpollLoop& loop_;
  int fd_;
  WatchHandler& handler_;
};

}  // namespace

std::expected<std::unique_ptr<Loop>, std::string> make_epoll_loop() {
  const int fd = epoll_create1(EPOLL_CLOEXEC);
  if (fd < 0) return std::unexpected(std::string("epoll: ") + std::strerror(errno));
  return std::make_unique<EpollLoop>(fd);
}

EpollLoop::EpollLoop(int epoll_fd) : epoll_fd_(epoll_fd) {
  epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
  epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, wake_fd(), &event);
}

EpollLoop::~EpollLoop() {
  for (EpollSource* source : retired_) delete source;
  ::close(epoll_fd_);
}

HandlePtr EpollLoop::accept(int fd, AcceptHandler& handler) {
  return HandlePtr(new EpollAcceptor(*this, fd, handler));
}

HandlePtr EpollLoop::watch(int fd, WatchHandler& handler) {
  return HandlePtr(new EpollWatch(*this, fd, handler));
}

StreamPtr EpollLoop::adopt(int fd) {
  set_no_delay(fd);
  return StreamPtr(new EpollStream(*this, fd));
}

StreamPtr EpollLoop::connect(const Address& address, StreamHandler& handler, std::chrono::milliseconds timeout) {
  auto* stream = new EpollStream(*this, address, timeout);
  stream->set_handler(handler);
  return StreamPtr(stream);
}

void EpollLoop::add(int fd, EpollSource& source, std::uint32_t events) {
  epoll_event event{.events = events, .data = {.ptr = &source}};
  epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event);
}

void EpollLoop::remove(int fd) {
  epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, fd, nullptr);
}

void EpollLoop::retire(EpollSource& source) {
  source.retired_ = true;
  retired_.push_back(&source);
}

void EpollLoop::later(EpollSource& source) {
  if (source.queued_ || source.retired_) return;
  source.queued_ = true;
  ready_.push_back(&source);
}

void EpollLoop::dispatch(EpollSource& source, std::uint32_t events) {
  if (!source.retired_) source.on_events(events);
}

void EpollLoop::turn(std::chrono::milliseconds timeout) {
  const int wait = ready_.empty() ? static_cast<int>(timeout.count()) : 0;
  const int count = epoll_wait(epoll_fd_, events_.data(), static_cast<int>(events_.size()), wait);
  timers_.set_now(TimerWheel::Clock::now());
  // What was put off comes after one round of the others, so that a busy connection starves nobody.
  ready_now_.swap(ready_);
  bool woken = false;
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events_[static_cast<std::size_t>(i)];
    if (event.data.ptr == nullptr)
      woken = true;
    else
      dispatch(*static_cast<EpollSource*>(event.data.ptr), event.events);
  }
  for (EpollSource* source : ready_now_) {
    source->queued_ = false;
    dispatch(*source, 0);
  }
  ready_now_.clear();
  if (woken) run_posted();
  if (retired_.empty()) return;
  std::erase_if(ready_, [](const EpollSource* source) { return source->retired_; });
  for (EpollSource* source : std::exchange(retired_, {})) delete source;
}

}  // namespace sluice::transport
