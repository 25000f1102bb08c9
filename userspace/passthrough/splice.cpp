#include "userspace/passthrough/splice.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace sluice::passthrough {
namespace {

constexpr std::size_t kMostAtOnce = 1 << 20;
constexpr int kStepsATurn = 32;

}  // namespace

Splice::~Splice() {
  if (pipe_) PipePool::discard(*pipe_);
}

Splice::Result Splice::move(SpliceEnd& from, SpliceEnd& to) {
  for (int step = 0; step < kStepsATurn && !done_; ++step) {
    if (held_ == 0 && ended_) {
      done_ = true;
      ::shutdown(to.fd, SHUT_WR);
      break;
    }
    if (held_ == 0 && !from.readable) break;
    if (!pipe_) pipe_ = pipes_.take();
    if (!pipe_) return Result::kNoPipe;
    const Step filled = from.readable && !ended_ ? fill(from) : Step::kBlocked;
    const Step emptied = held_ > 0 && to.writable ? empty(to) : Step::kBlocked;
    if (filled == Step::kBroken || emptied == Step::kBroken) return Result::kBroken;
    if (filled == Step::kBlocked && emptied == Step::kBlocked && !(ended_ && held_ == 0)) break;
    if (step + 1 == kStepsATurn) return Result::kYielded;
  }
  if (held_ == 0 && pipe_) pipes_.give(*std::exchange(pipe_, std::nullopt));
  return done_ ? Result::kDone : Result::kWaiting;
}

Splice::Step Splice::fill(SpliceEnd& from) {
  const ssize_t got = ::splice(from.fd, nullptr, pipe_->write, nullptr, kMostAtOnce, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
  if (got > 0) {
    held_ += static_cast<std::size_t>(got);
    return Step::kMoved;
  }
  if (got == 0) {
    ended_ = true;
    return Step::kBlocked;
  }
  if (errno != EAGAIN) return errno == EINTR ? Step::kMoved : Step::kBroken;
  // EAGAIN is the socket's only when the pipe has room for certain.
  if (held_ == 0) from.readable = false;
  return Step::kBlocked;
}

Splice::Step Splice::empty(SpliceEnd& to) {
  const ssize_t sent = ::splice(pipe_->read, nullptr, to.fd, nullptr, held_, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
  if (sent > 0) {
    held_ -= static_cast<std::size_t>(sent);
    moved_ += static_cast<std::uint64_t>(sent);
    return Step::kMoved;
  }
  if (sent < 0 && errno == EINTR) return Step::kMoved;
  if (sent < 0 && errno != EAGAIN) return Step::kBroken;
  to.writable = false;
  return Step::kBlocked;
}

}  // namespace sluice::passthrough
