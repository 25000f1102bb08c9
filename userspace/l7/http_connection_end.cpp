// How a client's connection ends: by either side, by a timeout, in the middle of a response.
#include <algorithm>
#include <utility>

#include "userspace/l7/http_connection.h"
#include "userspace/l7/http_worker.h"

namespace sluice::l7 {

void HttpConnection::on_end() {
  ended_ = true;
  switch (state_) {
    case State::kExchange:
      // Half-closed behind a whole request: the response still goes out.
      if (body_.complete() || response_ended_) return;
      end_exchange(Reason::kClientGone);
      break;
    case State::kHead:
    case State::kDiscard:
    case State::kLinger:
    case State::kClosed:
      break;
  }
  close();
}

void HttpConnection::on_error(int) {
  if (exchange_ != nullptr) end_exchange(Reason::kClientGone);
  close();
}

void HttpConnection::cut(Reason) {
  if (exchange_ != nullptr) end_exchange(Reason::kForwarded);
  // Where the end of the connection is the end of the body, only an RST says that it was not.
  if (framing_ == BodyKind::kUntilClose) {
    stream_->abort();
  } else {
    queue_.flush(*stream_);
  }
  close();
}

void HttpConnection::drain() {
  if (state_ != State::kHead || !head_buffer_.empty()) return;
  // Its next request may be on the way: ending now would leave that without an answer.
  const auto idle_since = deadline_.at() - worker_.options.idle_timeout;
  const auto left = std::min(deadline_.at(), idle_since + worker_.options.drain_idle) - worker_.loop.now();
  if (left.count() <= 0) return begin_linger();
  set_deadline(std::chrono::ceil<std::chrono::milliseconds>(left));
}

void HttpConnection::abort() {
  if (state_ == State::kClosed) return;
  if (exchange_ != nullptr) end_exchange(Reason::kDraining);
  stream_->abort();
  close();
}

void HttpConnection::begin_linger() {
  if (ended_) return close();
  state_ = State::kLinger;
  ahead_.reset();
  stream_->shutdown();
  if (std::exchange(paused_, false)) stream_->resume();
  set_deadline(worker_.options.linger_timeout);
}

void HttpConnection::close() {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  deadline_.cancel();
  stream_.reset();
  queue_.clear();
  head_buffer_.clear();
  ahead_.reset();
  owner_.on_connection_closed(*this);
}

void HttpConnection::set_deadline(std::chrono::milliseconds after) {
  deadline_.set(worker_.loop, after);
}

void HttpConnection::on_deadline() {
  switch (state_) {
    case State::kHead:
      if (head_buffer_.empty()) return begin_linger();
      refuse(Reason::kClientTimeout);
      return settle();
    case State::kExchange:
      if (!queue_.writing()) {
        if (awaits_backend_) return exchange_->fail(Reason::kBackendSilent);
        broken_ = true;
        return exchange_->fail(Reason::kClientTimeout);
      }
      end_exchange(Reason::kClientSlow);
      stream_->abort();
      return close();
    case State::kDiscard:
      return begin_linger();
    case State::kLinger:
    case State::kClosed:
      return close();
  }
}

}  // namespace sluice::l7
