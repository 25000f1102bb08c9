#include "userspace/transport/uring_acceptor.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace sluice::transport {

UringAcceptor::UringAcceptor(UringLoop& loop, int fd, AcceptHandler& handler)
    : loop_(loop), fd_(fd), handler_(handler) {
  arm();
}

void UringAcceptor::arm() {
  io_uring_sqe& entry = loop_.prepare();
  io_uring_prep_multishot_accept(&entry, fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  UringLoop::begin(entry, *this, UringOp::kAccept);
}

void UringAcceptor::on_complete(UringOp, int result, std::uint32_t, bool more) {
  if (retired_) {
    if (result >= 0) ::close(result);
    return;
  }
  if (result >= 0) handler_.on_accept(result);
  if (more || retired_) return;
  if (result == -EMFILE || result == -ENFILE || result == -ENOBUFS || result == -ENOMEM)
    loop_.arm(again_, kPauseWithoutDescriptors);
  else if (result >= 0 || result == -ECONNABORTED || result == -EINTR || result == -EAGAIN)
    arm();
}

void UringAcceptor::release() {
  if (in_flight_ > 0) loop_.cancel(*this, UringOp::kAccept);
  again_.cancel();
  loop_.retire(*this);
}

UringWatch::UringWatch(UringLoop& loop, int fd, WatchHandler& handler) : loop_(loop), fd_(fd), handler_(handler) {
  arm();
}

void UringWatch::arm() {
  io_uring_sqe& entry = loop_.prepare();
  io_uring_prep_poll_multishot(&entry, fd_, EPOLLIN | EPOLLOUT | EPOLLRDHUP);  // edges: it is not IORING_POLL_ADD_LEVEL
  UringLoop::begin(entry, *this, UringOp::kPoll);
  armed_in_ = loop_.turns();
}

void UringWatch::on_complete(UringOp, int result, std::uint32_t, bool more) {
  if (retired_) return;
  if (!more) arm();  // it says at once what is ready by then
  if (result > 0) handler_.on_ready(static_cast<std::uint32_t>(result));
}

// The descriptor is the caller's to close at once: an entry that is still with us must not meet its successor.
void UringWatch::release() {
  if (armed_in_ == loop_.turns()) loop_.flush();
  if (in_flight_ > 0) loop_.cancel(*this, UringOp::kPoll);
  loop_.retire(*this);
}

}  // namespace sluice::transport
