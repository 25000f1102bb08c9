#include "userspace/transport/epoll_stream.h"

#include <unistd.h>

#include <cerrno>

#include "userspace/transport/socket.h"

namespace sluice::transport {
namespace {

constexpr std::uint32_t kAllEdges = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;

}  // namespace

EpollStream::EpollStream(EpollLoop& loop, int fd) : loop_(loop), fd_(fd) {
  loop_.add(fd_, *this, kAllEdges);
}

EpollStream::EpollStream(EpollLoop& loop, const Address& address, std::chrono::milliseconds timeout)
    : loop_(loop), fd_(-1), state_(State::kConnecting), readable_(false), peer_(address) {
  const auto fd = make_tcp_socket(address.family());
  if (!fd) {
    error_ = fd.error();
  } else {
    fd_ = *fd;
    set_no_delay(fd_);
    notice_dead_peer(fd_);
    if (::connect(fd_, address.raw(), address.raw_size()) != 0 && errno != EINPROGRESS) error_ = errno;
  }
  if (error_ != 0) {
    loop_.later(*this);
    return;
  }
  loop_.add(fd_, *this, kAllEdges);
  loop_.arm(connect_timer_, timeout);
}

EpollStream::~EpollStream() {
  if (fd_ >= 0) ::close(fd_);
}

void EpollStream::on_events(std::uint32_t events) {
  if (state_ == State::kConnecting) {
    if (error_ != 0) return fail(error_);
    finish_connect(events);
    if (retired_ || state_ != State::kOpen) return;
  }
  if (state_ != State::kOpen) return;
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) readable_ = true;
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) hangup_ = true;
  if ((events & EPOLLERR) != 0) broken_ = true;
  if (broken_ && error_ == 0 && !may_have_rest(paused_, ended_)) error_ = take_socket_error(fd_);
  if (writing_ && error_ == 0 && flush()) {
    handler_->on_written();
    if (retired_ || state_ != State::kOpen) return;
  }
  if (error_ != 0 && !may_have_rest(paused_, ended_)) return fail(error_);
  if (readable_ && !paused_) read();
}

void EpollStream::finish_connect(std::uint32_t events) {
  if ((events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) == 0) return;
  if (const int error = take_socket_error(fd_); error != 0) return fail(error);
  connect_timer_.cancel();
  state_ = State::kOpen;
  handler_->on_connected();
}

void EpollStream::read() {
  // Enough to empty a socket buffer mostly; then it is the others' turn.
  constexpr int kMostATurn = 8;
  for (int i = 0; i < kMostATurn; ++i) {
    if (!read_once()) return;
    if (retired_ || paused_ || state_ != State::kOpen) return;
  }
  loop_.later(*this);
}

bool EpollStream::read_once() {
  if (ended_) return false;
  Buffer& buffer = loop_.buffers().take();
  const ssize_t got = ::recv(fd_, buffer.bytes, kBufferSize, 0);
  const int error = errno;
  if (got <= 0) loop_.buffers().recycle(buffer);
  if (got > 0) {
    // A short read has emptied the socket (epoll(7), Q9); what comes later is an edge of its own. But a FIN whose edge
    // has come already would come no more.
    const bool emptied = static_cast<std::size_t>(got) < kBufferSize && !hangup_;
    if (emptied) readable_ = false;
    handler_->on_data(Slice(buffer, {buffer.bytes, static_cast<std::size_t>(got)}));
    return !emptied;
  }
  if (got < 0 && error == EINTR) return true;
  readable_ = false;
  if (error_ != 0) {
    fail(error_);
  } else if (got == 0) {
    ended_ = true;
    handler_->on_end();
  } else if (error != EAGAIN) {
    fail(error);
  }
  return false;
}

WriteResult EpollStream::write(std::span<const iovec> parts) {
  pending_.start(parts);
  writing_ = true;
  return error_ == 0 && flush() ? WriteResult::kDone : WriteResult::kPending;
}

bool EpollStream::flush() {
  while (!pending_.done()) {
    const msghdr& message = pending_.message();
    const iovec& first = *message.msg_iov;
    const ssize_t sent = message.msg_iovlen == 1 ? ::send(fd_, first.iov_base, first.iov_len, MSG_NOSIGNAL)
                                                 : ::sendmsg(fd_, &message, MSG_NOSIGNAL);
    if (sent >= 0) {
      pending_.sent(static_cast<std::size_t>(sent));
    } else if (errno != EINTR) {
      if (errno != EAGAIN) broke(errno);
      return false;
    }
  }
  writing_ = false;
  if (shutdown_after_write_) ::shutdown(fd_, SHUT_WR);
  return true;
}

void EpollStream::resume() {
  if (!paused_) return;
  paused_ = false;
  if (readable_ && state_ == State::kOpen) loop_.later(*this);
}

void EpollStream::pause() {
  paused_ = true;
  if (broken_ || error_ != 0) loop_.later(*this);  // nothing else would bring it up
}

void EpollStream::shutdown() {
  if (writing_)
    shutdown_after_write_ = true;
  else
    ::shutdown(fd_, SHUT_WR);
}

void EpollStream::abort() {
  if (fd_ >= 0) reset_connection(fd_);
  state_ = State::kDead;
}

void EpollStream::broke(int error) {
  error_ = error;
  readable_ = hangup_ = true;
  loop_.later(*this);
}

bool EpollStream::is_quiet() const {
  return state_ == State::kOpen && error_ == 0 && has_nothing_to_read(fd_);
}

void EpollStream::fail(int error) {
  connect_timer_.cancel();
  state_ = State::kDead;
  writing_ = false;
  handler_->on_error(error);
}

void EpollStream::release() {
  connect_timer_.cancel();
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));  // leaves the epoll set by itself
  loop_.retire(*this);
}

const Address& EpollStream::local() const {
  if (!local_.valid()) local_ = Address::of_local(fd_);
  return local_;
}

const Address& EpollStream::peer() const {
  if (!peer_.valid()) peer_ = Address::of_peer(fd_);
  return peer_;
}

}  // namespace sluice::transport
