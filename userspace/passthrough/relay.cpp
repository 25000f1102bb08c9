#include "userspace/passthrough/relay.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "userspace/transport/socket.h"

namespace sluice::passthrough {

using namespace std::chrono_literals;

Relay::Relay(transport::Loop& loop, PipePool& pipes, RelayOwner& owner, int client, std::string hello,
             std::shared_ptr<const Backend> backend, RelayTimeouts timeouts)
    : loop_(loop),
      owner_(owner),
      hello_(std::move(hello)),
      backend_(std::move(backend)),
      next_(backend_->next()),
      timeouts_(timeouts),
      up_(pipes),
      down_(pipes) {
  client_.end.fd = client;
  transport::set_no_delay(client);
  transport::set_keep_alive(client);
  client_.watch = loop_.watch(client, client_);
  loop_.arm(again_, 0ms);
}

Relay::~Relay() {
  for (Side* side : {&client_, &server_}) {
    side->watch.reset();
    if (side->end.fd < 0) continue;
    transport::reset_connection(side->end.fd);
    ::close(side->end.fd);
  }
}

void Relay::on_ready(Side& side, std::uint32_t events) {
  if ((events & EPOLLOUT) != 0) side.end.writable = true;
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP)) != 0) side.end.readable = true;
  if ((events & EPOLLERR) != 0 && (&side == &client_ || state_ != State::kConnecting)) return on_reset(side);
  if (state_ == State::kConnecting) {
    const bool answered = &side == &server_ && (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0;
    if (!answered) return;
    if (transport::take_socket_error(side.end.fd) != 0) return connect_failed(Reason::kConnectFailed);
    state_ = State::kReplaying;
  }
  proceed();
}

// A reset goes on at once; before it what its sender had sent (an alert, say), as far as the other end takes it now.
void Relay::on_reset(Side& side) {
  const bool from_client = &side == &client_;
  if (state_ == State::kMoving || (state_ == State::kReplaying && !from_client)) {
    Splice& way = from_client ? up_ : down_;
    while (!way.done() && way.move(side.end, from_client ? server_.end : client_.end) == Splice::Result::kYielded) {
    }
  }
  end(state_ == State::kConnecting ? Reason::kClientGone : Reason::kForwarded, true);
}

void Relay::on_timeout() {
  if (state_ == State::kConnecting) return connect_failed(Reason::kConnectTimeout);
  end(Reason::kForwarded, true);
}

void Relay::proceed() {
  if (state_ == State::kConnecting) return server_.end.fd < 0 ? connect() : void();
  loop_.arm(timer_, timeouts_.idle);
  if (state_ == State::kReplaying) replay();
  if (state_ == State::kMoving) move();
}

void Relay::connect() {
  const transport::Address& address = backend_->ready[next_++ % backend_->ready.size()];
  ++attempts_;
  const auto fd = transport::make_tcp_socket(address.family());
  if (!fd) return connect_failed(Reason::kConnectFailed);
  server_.end = {.fd = *fd, .readable = true, .writable = true};
  transport::set_no_delay(*fd);
  transport::set_keep_alive(*fd);
  if (::connect(*fd, address.raw(), address.raw_size()) != 0 && errno != EINPROGRESS)
    return connect_failed(Reason::kConnectFailed);
  server_.watch = loop_.watch(*fd, server_);
  loop_.arm(timer_, timeouts_.connect);
}

void Relay::connect_failed(Reason reason) {
  server_.watch.reset();
  if (server_.end.fd >= 0) ::close(std::exchange(server_.end.fd, -1));
  if (attempts_ >= std::min(backend_->ready.size(), kMostAttempts)) return end(reason, true);
  loop_.arm(again_, 0ms);
}

void Relay::replay() {
  while (replayed_ < hello_.size()) {
    const ssize_t sent =
        ::send(server_.end.fd, hello_.data() + replayed_, hello_.size() - replayed_, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) return;
    if (sent < 0) return end(Reason::kForwarded, true);
    replayed_ += static_cast<std::size_t>(sent);
  }
  std::string().swap(hello_);
  state_ = State::kMoving;
}

void Relay::move() {
  using Result = Splice::Result;
  const Result up = up_.done() ? Result::kDone : up_.move(client_.end, server_.end);
  const Result down = down_.done() ? Result::kDone : down_.move(server_.end, client_.end);
  if (up == Result::kBroken || down == Result::kBroken) return end(Reason::kForwarded, true);
  if (up == Result::kNoPipe || down == Result::kNoPipe) return end(Reason::kOutOfPipes, true);
  if (up == Result::kDone && down == Result::kDone) return end(Reason::kForwarded, false);
  if (up == Result::kYielded || down == Result::kYielded) loop_.arm(again_, 0ms);
}

void Relay::end(Reason reason, bool reset) {
  state_ = State::kEnded;
  timer_.cancel();
  again_.cancel();
  for (Side* side : {&client_, &server_}) {
    side->watch.reset();
    if (side->end.fd < 0) continue;
    if (reset) transport::reset_connection(side->end.fd);
    ::close(std::exchange(side->end.fd, -1));
  }
  owner_.on_relay_end(*this, reason, replayed_ + up_.moved(), down_.moved());
}

}  // namespace sluice::passthrough
