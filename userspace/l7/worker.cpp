#include "userspace/l7/worker.h"

#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace sluice::l7 {

std::expected<std::unique_ptr<Worker>, std::string> Worker::start(WorkerOptions options) {
  std::unique_ptr<Worker> worker(new Worker(std::move(options)));
  std::promise<std::expected<void, std::string>> ready;
  auto answer = ready.get_future();
  worker->thread_ =
      std::thread([self = worker.get(), promise = std::move(ready)]() mutable { self->run(std::move(promise)); });
  if (auto started = answer.get(); !started) return std::unexpected(std::move(started.error()));
  return worker;
}

Worker::~Worker() {
  if (loop_ != nullptr) loop_->stop();
  if (thread_.joinable()) thread_.join();
}

void Worker::run(std::promise<std::expected<void, std::string>> ready) {
  // Signals are the owner's. SIGPIPE above all: splice has no MSG_NOSIGNAL.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  pthread_setname_np(pthread_self(), ("sluice-w" + std::to_string(options_.index)).c_str());
  auto loop = transport::Loop::make(options_.io);
  if (!loop) return ready.set_value(std::unexpected(std::move(loop.error())));
  loop_ = std::move(*loop);
  if (options_.http) http_ = options_.http(*loop_, options_.index);
  door_ = std::make_unique<Door>(*loop_, http_.get());
  for (const int fd : options_.sockets) accepting_.push_back(loop_->accept(fd, *door_));
  ready.set_value({});
  loop_->run();
  // On this thread, in the order of who uses whom.
  accepting_.clear();
  drain_timer_.cancel();
  stop_all();
  http_.reset();
}

void Worker::apply(std::shared_ptr<const Tables> tables, std::shared_ptr<const Listeners> listeners,
                   std::function<void()> done) {
  loop_->post([this, t = std::move(tables), l = std::move(listeners), d = std::move(done)]() mutable {
    if (http_ != nullptr) http_->set_tables(std::move(t));
    door_->set_listeners(std::move(l));
    d();
  });
}

void Worker::drain(std::chrono::milliseconds timeout, std::function<void()> done) {
  loop_->post([this, timeout, d = std::move(done)]() mutable {
    if (drained_) return;
    drained_ = std::move(d);
    begin_drain(timeout);
  });
}

void Worker::begin_drain(std::chrono::milliseconds timeout) {
  drain_deadline_ = loop_->now() + timeout;
  accepting_.clear();
  for (const int fd : options_.sockets) {
    // Connections that the kernel has accepted for us would be reset by the end of listening.
    while (true) {
      const int accepted = ::accept4(fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (accepted < 0 && (errno == EINTR || errno == ECONNABORTED)) continue;
      if (accepted < 0) break;
      door_->on_accept(accepted);
    }
    ::shutdown(fd, SHUT_RDWR);  // no longer in LISTEN, nor in a sockmap
  }
  if (http_ != nullptr) http_->drain();
  check_drained();
}

void Worker::check_drained() {
  constexpr std::chrono::milliseconds kInterval{20};
  const std::size_t left = door_->connections() + (http_ == nullptr ? 0 : http_->connections());
  if (left > 0 && loop_->now() < drain_deadline_) return loop_->arm(drain_timer_, kInterval);
  if (left > 0) stop_all();
  drained_();
}

void Worker::stop_all() {
  door_->stop();
  if (http_ != nullptr) http_->stop();
}

}  // namespace sluice::l7
