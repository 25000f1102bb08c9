#include "userspace/transport/uring_loop.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

#include "userspace/transport/socket.h"
#include "userspace/transport/uring_acceptor.h"
#include "userspace/transport/uring_stream.h"

namespace sluice::transport {
namespace {

constexpr unsigned kSubmissions = 512;
constexpr unsigned kCompletions = 4096;
constexpr unsigned kMostATurn = 1024;
constexpr std::uint64_t kOpMask = 7;
constexpr std::uint64_t kNobody = 0;  ///< user data of cancellations

std::uint64_t user_data_of(UringSource& source, UringOp op) {
  return reinterpret_cast<std::uintptr_t>(&source) | static_cast<std::uint64_t>(op);
}

std::string failure(int error) {
  return std::string("io_uring: ") + std::strerror(error);
}

// Completions come when we ask for them, on this thread alone: no interrupts of what it does in between.
int make_ring(io_uring& ring, unsigned submissions) {
  io_uring_params parameters{};
  parameters.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE;
  parameters.cq_entries = kCompletions;
  return -io_uring_queue_init_params(submissions, &ring, &parameters);
}

/// The loop's own eventfd.
class Wake final : public UringSource {
 public:
  Wake(UringLoop& loop, int fd, bool& woken) : loop_(loop), fd_(fd), woken_(woken) { arm(); }
  void on_complete(UringOp, int, std::uint32_t, bool more) override {
    woken_ = true;
    if (!more) arm();
  }

 private:
  void arm() {
    io_uring_sqe& entry = loop_.prepare();
    io_uring_prep_poll_multishot(&entry, fd_, POLLIN);
    UringLoop::begin(entry, *this, UringOp::kPoll);
  }
  UringLoop& loop_;
  int fd_;
  bool& woken_;
};

}  // namespace

std::expected<void, std::string> probe_uring() {
  int error = 0;
  // On a thread of its own: a ring's end interrupts the system calls of the thread that used it, some time later.
  std::thread([&error] {
    io_uring ring{};
    error = make_ring(ring, 4);
    if (error != 0) return;
    UringBuffers buffers(ring);
    error = buffers.start();
    io_uring_queue_exit(&ring);
  }).join();
  if (error != 0) return std::unexpected(failure(error));
  return {};
}

std::expected<std::unique_ptr<Loop>, std::string> make_uring_loop() {
  auto loop = std::make_unique<UringLoop>();
  if (auto started = loop->start(); !started) return std::unexpected(std::move(started.error()));
  return loop;
}

std::expected<void, std::string> UringLoop::start() {
  if (const int error = make_ring(ring_, kSubmissions); error != 0) return std::unexpected(failure(error));
  started_ = true;
  // The kernel finds the ring without a look at the table of descriptors; where it has no room for that, as ever.
  (void)io_uring_register_ring_fd(&ring_);
  if (const int error = buffers_.start(); error != 0) return std::unexpected(failure(error));
  wake_ = std::make_unique<Wake>(*this, wake_fd(), woken_);
  return {};
}

UringLoop::~UringLoop() {
  if (started_) io_uring_queue_exit(&ring_);
  for (UringSource* source : retired_) delete source;
}

HandlePtr UringLoop::accept(int fd, AcceptHandler& handler) {
  return HandlePtr(new UringAcceptor(*this, fd, handler));
}

HandlePtr UringLoop::watch(int fd, WatchHandler& handler) {
  return HandlePtr(new UringWatch(*this, fd, handler));
}

StreamPtr UringLoop::adopt(int fd) {
  set_no_delay(fd);
  return StreamPtr(new UringStream(*this, fd));
}

StreamPtr UringLoop::connect(const Address& address, StreamHandler& handler, std::chrono::milliseconds timeout) {
  auto* stream = new UringStream(*this, address, timeout);
  stream->set_handler(handler);
  return StreamPtr(stream);
}

io_uring_sqe& UringLoop::prepare() {
  io_uring_sqe* entry = io_uring_get_sqe(&ring_);
  while (entry == nullptr) {
    io_uring_submit(&ring_);
    entry = io_uring_get_sqe(&ring_);
  }
  return *entry;
}

void UringLoop::begin(io_uring_sqe& entry, UringSource& source, UringOp op) {
  io_uring_sqe_set_data64(&entry, user_data_of(source, op));
  ++source.in_flight_;
}

void UringLoop::cancel(UringSource& source, UringOp op) {
  io_uring_sqe& entry = prepare();
  io_uring_prep_cancel64(&entry, user_data_of(source, op), 0);
  io_uring_sqe_set_data64(&entry, kNobody);
}

void UringLoop::flush() {
  io_uring_submit(&ring_);
}

void UringLoop::cancel_at_once(UringSource& source, UringOp op) {
  flush();  // what is still with us cannot be cancelled; most of it ends here
  io_uring_sync_cancel_reg which{};
  which.addr = user_data_of(source, op);
  which.fd = -1;
  which.timeout = {.tv_sec = -1, .tv_nsec = -1};
  io_uring_register_sync_cancel(&ring_, &which);
}

void UringLoop::retire(UringSource& source) {
  source.retired_ = true;
  retired_.push_back(&source);
}

void UringLoop::later(UringSource& source) {
  if (source.queued_ || source.retired_) return;
  source.queued_ = true;
  ready_.push_back(&source);
}

void UringLoop::wait(std::chrono::milliseconds timeout) {
  ++turns_;
  if (timeout.count() < 0) {
    io_uring_submit_and_wait(&ring_, 1);
    return;
  }
  __kernel_timespec limit{.tv_sec = timeout.count() / 1000, .tv_nsec = timeout.count() % 1000 * 1000000};
  io_uring_cqe* first = nullptr;
  io_uring_submit_and_wait_timeout(&ring_, &first, 1, &limit, nullptr);
}

void UringLoop::turn(std::chrono::milliseconds timeout) {
  wait(ready_.empty() ? timeout : std::chrono::milliseconds(0));
  timers_.set_now(TimerWheel::Clock::now());
  // What was put off comes after one round of the others, so that a busy connection starves nobody.
  ready_now_.swap(ready_);
  for (unsigned i = 0; i < kMostATurn; ++i) {
    io_uring_cqe* next = nullptr;
    if (io_uring_peek_cqe(&ring_, &next) != 0) break;
    const io_uring_cqe copy{.user_data = next->user_data, .res = next->res, .flags = next->flags};
    io_uring_cqe_seen(&ring_, next);
    dispatch(copy.user_data, copy.res, copy.flags);
  }
  for (UringSource* source : ready_now_) {
    source->queued_ = false;
    if (!source->retired_) source->on_later();
  }
  ready_now_.clear();
  if (std::exchange(woken_, false)) run_posted();
  if (!retired_.empty()) sweep();
}

void UringLoop::dispatch(std::uint64_t user_data, int result, std::uint32_t flags) {
  if (user_data == kNobody) return;
  // What begin() gave the kernel. NOLINTNEXTLINE(performance-no-int-to-ptr)
  auto& source = *reinterpret_cast<UringSource*>(user_data & ~kOpMask);
  const bool more = (flags & IORING_CQE_F_MORE) != 0;
  if (!more) --source.in_flight_;
  source.on_complete(static_cast<UringOp>(user_data & kOpMask), result, flags, more);
}

void UringLoop::sweep() {
  std::erase_if(ready_, [](const UringSource* source) { return source->retired_; });
  std::erase_if(retired_, [](const UringSource* source) {
    if (source->in_flight_ > 0) return false;
    delete source;
    return true;
  });
}

}  // namespace sluice::transport
