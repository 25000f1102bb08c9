#include "userspace/transport/uring_stream.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "userspace/transport/socket.h"

namespace sluice::transport {

UringStream::UringStream(UringLoop& loop, int fd) : loop_(loop), fd_(fd) {}

UringStream::UringStream(UringLoop& loop, const Address& address, std::chrono::milliseconds timeout)
    : loop_(loop), fd_(-1), state_(State::kConnecting), peer_(address) {
  const auto fd = make_tcp_socket(address.family());
  if (!fd) {
    error_ = fd.error();
    loop_.later(*this);
    return;
  }
  fd_ = *fd;
  set_no_delay(fd_);
  notice_dead_peer(fd_);
  io_uring_sqe& entry = loop_.prepare();
  io_uring_prep_connect(&entry, fd_, peer_.raw(), peer_.raw_size());
  UringLoop::begin(entry, *this, UringOp::kConnect);
  loop_.arm(connect_timer_, timeout);
}

UringStream::~UringStream() {
  if (fd_ >= 0) ::close(fd_);
}

void UringStream::on_complete(UringOp op, int result, std::uint32_t flags, bool more) {
  switch (op) {
    case UringOp::kConnect:
      return connected(result);
    case UringOp::kReceive:
      return received(result, flags, more);
    case UringOp::kSend:
      return sent(result);
    case UringOp::kPoll:
      return on_reset();
    default:
      return;
  }
}

void UringStream::connected(int result) {
  if (retired_ || state_ != State::kConnecting) return;
  connect_timer_.cancel();
  if (result < 0) return fail(-result);
  state_ = State::kOpen;
  if (!paused_) arm_receive();
  handler_->on_connected();
}

void UringStream::on_connect_timeout() {
  loop_.cancel(*this, UringOp::kConnect);
  fail(ETIMEDOUT);
}

void UringStream::received(int result, std::uint32_t flags, bool more) {
  if (!more) receiving_ = cancelling_ = false;
  Slice data;
  if ((flags & IORING_CQE_F_BUFFER) != 0) {
    Buffer& buffer = loop_.buffers().take(flags);
    if (result > 0)
      data = Slice(buffer, {buffer.bytes, static_cast<std::size_t>(result)});
    else
      loop_.buffers().recycle(buffer);
  }
  if (retired_ || state_ != State::kOpen) return;
  if (result > 0 && !more && (flags & IORING_CQE_F_SOCK_NONEMPTY) == 0) one_by_one_ = false;
  if (result > 0 && !paused_ && held_.empty()) {
    handler_->on_data(std::move(data));  // the common way: nothing is held, nothing is allocated
    if (retired_ || state_ != State::kOpen) return;
  } else if (result > 0) {
    held_.push_back(std::move(data));
    one_by_one_ = true;
  } else if (result == 0) {
    fin_ = true;
  } else if (result == -ENOBUFS) {
    loop_.buffers().grow();
  } else if (result != -ECANCELED && result != -EINTR && result != -EAGAIN) {
    fin_ = true;
    if (error_ == 0) error_ = -result;
  }
  if (error_ != 0 && !may_have_rest(paused_, ended_)) return fail(error_);
  if (!paused_) return deliver();
  // A pause that holds: the kernel's socket buffer is to fill, not our memory.
  if (!receiving_) return watch_for_reset();
  if (!std::exchange(cancelling_, true)) loop_.cancel(*this, UringOp::kReceive);
}

void UringStream::deliver() {
  while (!held_.empty()) {
    if (paused_ || retired_ || state_ != State::kOpen) return;
    Slice data = std::move(held_.front());
    held_.pop_front();
    handler_->on_data(std::move(data));
  }
  if (paused_ || retired_ || state_ != State::kOpen) return;
  if (fin_ && error_ != 0) return fail(error_);
  if (fin_ && !std::exchange(ended_, true)) return handler_->on_end();
  if (!fin_) arm_receive();
}

void UringStream::arm_receive() {
  if (receiving_) return;
  io_uring_sqe& entry = loop_.prepare();
  // A multishot recv takes up to 32 buffers at once, whatever becomes of the first: not for a stream that is held back,
  // nor where many such have been begun.
  if (one_by_one_ || loop_.buffers().scarce())
    io_uring_prep_recv(&entry, fd_, nullptr, kBufferSize, 0);
  else
    io_uring_prep_recv_multishot(&entry, fd_, nullptr, 0, 0);
  entry.flags |= IOSQE_BUFFER_SELECT;
  entry.buf_group = UringBuffers::kGroup;
  UringLoop::begin(entry, *this, UringOp::kReceive);
  receiving_ = true;
}

void UringStream::on_later() {
  if (state_ == State::kConnecting && error_ != 0) return fail(error_);
  if (state_ != State::kOpen) return;
  if (error_ != 0 && !may_have_rest(paused_, ended_)) return fail(error_);
  if (!paused_) deliver();
}

void UringStream::pause() {
  paused_ = true;
  if (error_ != 0)
    loop_.later(*this);
  else if (!receiving_)
    watch_for_reset();
}

// Nothing else would tell of one while no recv is armed. Left armed when the stream is resumed: there is one at most.
void UringStream::watch_for_reset() {
  if (watching_ || state_ != State::kOpen || may_have_rest(paused_, ended_)) return;
  io_uring_sqe& entry = loop_.prepare();
  io_uring_prep_poll_add(&entry, fd_, 0);  // POLLERR and POLLHUP come unasked
  UringLoop::begin(entry, *this, UringOp::kPoll);
  watching_ = true;
}

void UringStream::on_reset() {
  watching_ = false;
  if (retired_ || state_ != State::kOpen || may_have_rest(paused_, ended_)) return;
  if (error_ == 0) error_ = take_socket_error(fd_);
  if (error_ != 0) fail(error_);
}

void UringStream::resume() {
  if (!std::exchange(paused_, false) || state_ != State::kOpen) return;
  if (held_.empty() && !fin_)
    arm_receive();
  else
    loop_.later(*this);
}

WriteResult UringStream::write(std::span<const iovec> parts) {
  pending_.start(parts);
  if (pending_.done()) return WriteResult::kDone;
  writing_ = true;
  if (error_ == 0) send_rest();
  return WriteResult::kPending;
}

void UringStream::send_rest() {
  io_uring_sqe& entry = loop_.prepare();
  const msghdr& message = pending_.message();
  constexpr int kFlags = MSG_NOSIGNAL | MSG_WAITALL;
  if (message.msg_iovlen == 1) {
    io_uring_prep_send(&entry, fd_, message.msg_iov->iov_base, message.msg_iov->iov_len, kFlags);
  } else {
    io_uring_prep_sendmsg(&entry, fd_, &message, kFlags);
  }
  UringLoop::begin(entry, *this, UringOp::kSend);
  sending_ = true;
}

void UringStream::sent(int result) {
  sending_ = false;
  if (retired_ || state_ != State::kOpen) return;
  if (result < 0 && result != -EINTR && result != -EAGAIN) return broke(-result);
  if (result > 0) pending_.sent(static_cast<std::size_t>(result));
  if (!pending_.done()) return send_rest();
  writing_ = false;
  if (shutdown_after_write_) ::shutdown(fd_, SHUT_WR);
  handler_->on_written();
}

void UringStream::shutdown() {
  if (writing_)
    shutdown_after_write_ = true;
  else
    ::shutdown(fd_, SHUT_WR);
}

void UringStream::abort() {
  if (fd_ >= 0) reset_connection(fd_);
  state_ = State::kDead;
}

void UringStream::broke(int error) {
  if (error_ == 0) error_ = error;
  if (!may_have_rest(paused_, ended_)) return fail(error_);
  if (!paused_) deliver();
}

bool UringStream::is_quiet() const {
  return state_ == State::kOpen && error_ == 0 && held_.empty() && !fin_ && has_nothing_to_read(fd_);
}

void UringStream::fail(int error) {
  connect_timer_.cancel();
  state_ = State::kDead;
  held_.clear();
  if (sending_) loop_.cancel_at_once(*this, UringOp::kSend);  // the bytes are the caller's again
  handler_->on_error(error);
}

// The descriptor is closed when the last operation has let go of it; what they wait for comes now.
void UringStream::release() {
  connect_timer_.cancel();
  held_.clear();
  if (state_ == State::kConnecting && in_flight_ > 0) loop_.cancel(*this, UringOp::kConnect);
  if (sending_) loop_.cancel_at_once(*this, UringOp::kSend);
  if (fd_ >= 0 && in_flight_ > 0)
    ::shutdown(fd_, SHUT_RDWR);
  else if (fd_ >= 0)
    ::close(std::exchange(fd_, -1));
  loop_.retire(*this);
}

const Address& UringStream::local() const {
  if (!local_.valid()) local_ = Address::of_local(fd_);
  return local_;
}

const Address& UringStream::peer() const {
  if (!peer_.valid()) peer_ = Address::of_peer(fd_);
  return peer_;
}

}  // namespace sluice::transport
