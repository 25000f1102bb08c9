#include "userspace/passthrough/hello_reader.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace sluice::passthrough {

HelloReader::HelloReader(transport::Loop& loop, int fd, HelloSink& sink, std::chrono::milliseconds timeout)
    : fd_(fd), sink_(sink), watch_(loop.watch(fd, *this)) {
  loop.arm(timer_, timeout);
}

HelloReader::~HelloReader() {
  watch_.reset();
  if (fd_ >= 0) ::close(fd_);
}

int HelloReader::take_fd() {
  watch_.reset();
  timer_.cancel();
  return std::exchange(fd_, -1);
}

void HelloReader::end(Reason reason) {
  watch_.reset();
  timer_.cancel();
  sink_.on_no_hello(*this, reason);
}

void HelloReader::on_ready(std::uint32_t) {
  read();
}

void HelloReader::read() {
  constexpr std::size_t kAtOnce = 4096;  // nearly every hello
  while (true) {
    const std::size_t have = bytes_.size();
    bytes_.resize(have + kAtOnce);
    const ssize_t got = ::recv(fd_, bytes_.data() + have, bytes_.size() - have, 0);
    const int error = errno;
    bytes_.resize(have + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && error == EINTR) continue;
    if (got < 0 && error == EAGAIN) return;
    if (got <= 0) return end(Reason::kClientGone);
    if (bytes_.size() < wanted_) continue;
    const Hello hello = read_client_hello(bytes_);
    if (hello.state == HelloState::kError) return end(reason_of(hello.error));
    if (hello.state != HelloState::kMore) {
      watch_.reset();
      timer_.cancel();
      return sink_.on_hello(*this, hello);
    }
    wanted_ = hello.size;
  }
}

}  // namespace sluice::passthrough
