#include "userspace/l7/upstream_connection.h"

#include <cerrno>
#include <utility>

#include "userspace/l7/http1_body_writer.h"
#include "userspace/l7/upstream_pool.h"

namespace sluice::l7 {

void UpstreamConnection::lend(UpstreamUser& user) {
  user_ = &user;
  idle_ = false;
}

void UpstreamConnection::send_head(const OutgoingRequest& request) {
  method_ = request.head.method;
  request_framing_ = request.head.framing.kind;
  request_sent_ = head_done_ = keep_alive_ = answered_ = false;
  interim_ = 0;
  parser_.start(method_);
  append_request_head(request, queue_.text());
}

void UpstreamConnection::send_body(transport::Slice data) {
  append_body(queue_, request_framing_, std::move(data));
}

void UpstreamConnection::send_end(std::string_view trailers) {
  append_body_end(queue_, request_framing_, trailers);
  request_sent_ = true;
}

void UpstreamConnection::flush() {
  queue_.flush(*stream_);
}

void UpstreamConnection::drop() {
  pool_.drop(*this);
}

void UpstreamConnection::on_connected() {
  state_ = State::kOpen;
  pool_.connected(*endpoint_, since_);
  stream_->resume();
  user_->on_upstream_ready();
}

void UpstreamConnection::on_data(transport::Slice data) {
  if (user_ == nullptr) return pool_.drop(*this);  // octets that nobody asked for
  answered_ = true;
  while (!head_done_) {
    if (!read_head(data)) return;
    if (user_ == nullptr) return;
  }
  read_body(std::move(data));
}

// true: a head was handed over, and `data` begins behind it; or the user is gone.
bool UpstreamConnection::read_head(transport::Slice& data) {
  if (head_buffer_.empty()) {
    const HeadState state = parser_.parse(data.view());
    if (state == HeadState::kComplete) {
      const std::size_t size = parser_.head_size();
      take_head();
      data.remove_prefix(size);
      return true;
    }
    if (state == HeadState::kRefused) return fail(UpstreamFailure::kNotHttp), false;
    parser_.start(method_);  // it goes on in a buffer of our own
  }
  while (!data.empty()) {
    const std::size_t taken = head_buffer_.append(data.view());
    if (head_buffer_.moved()) parser_.start(method_);
    const HeadState state = parser_.parse(head_buffer_.view());
    if (state == HeadState::kRefused) return fail(UpstreamFailure::kNotHttp), false;
    if (state == HeadState::kComplete) {
      data.remove_prefix(taken - (head_buffer_.size() - parser_.head_size()));
      take_head();
      head_buffer_.clear();
      return true;
    }
    data.remove_prefix(taken);
  }
  return false;
}

bool UpstreamConnection::take_head() {
  const ResponseHead& head = parser_.head();
  if (head.status < 200) {
    if (++interim_ > kMostInterim) return fail(UpstreamFailure::kNotHttp), false;
    user_->on_interim(head);
    if (user_ != nullptr) parser_.start(method_);
    return user_ != nullptr;
  }
  head_done_ = true;
  keep_alive_ = !head.close && head.framing.kind != BodyKind::kUntilClose;
  body_.start(head.framing);
  user_->on_response_head(head);
  return user_ != nullptr;
}

void UpstreamConnection::read_body(transport::Slice data) {
  BodyRun run;
  std::size_t used = 0;
  const BodyState state = body_.feed(data.view(), used, run);
  if (state == BodyState::kRefused) return fail(UpstreamFailure::kNotHttp);
  if (transport::Slice part = run.of(data); !part.empty()) {
    user_->on_response_body(std::move(part));
    if (user_ == nullptr) return;
  }
  if (state == BodyState::kComplete) return finish(used == data.size(), body_.trailers());
  user_->on_response_flush();
}

void UpstreamConnection::finish(bool reusable, std::string_view trailers) {
  keep_alive_ = keep_alive_ && reusable && request_sent_;
  UpstreamUser& user = *std::exchange(user_, nullptr);
  pool_.give_back(*this);  // first: the next request of a pipelining client finds it
  user.on_response_end(trailers);
}

void UpstreamConnection::fail(UpstreamFailure failure) {
  UpstreamUser* user = std::exchange(user_, nullptr);
  pool_.drop(*this);
  if (user != nullptr) user->on_upstream_failed(failure);
}

void UpstreamConnection::on_end() {
  if (user_ == nullptr) return pool_.drop(*this);
  if (head_done_ && body_.finish() == BodyState::kComplete) return finish(false, {});
  fail(UpstreamFailure::kReset);
}

void UpstreamConnection::on_written() {
  if (!queue_.on_written(*stream_)) return;
  if (user_ != nullptr) {
    user_->on_upstream_drained();
  } else if (!idle_) {
    pool_.give_back(*this);
  }
}

void UpstreamConnection::on_error(int error) {
  if (state_ == State::kConnecting) {
    pool_.connect_failed(*endpoint_);
    return fail(error == ETIMEDOUT ? UpstreamFailure::kTimeout : UpstreamFailure::kRefused);
  }
  fail(UpstreamFailure::kReset);
}

void UpstreamConnection::close() {
  stream_.reset();
  queue_.clear();
  head_buffer_.clear();
  user_ = nullptr;
  endpoint_ = nullptr;
  state_ = State::kClosed;
  idle_ = false;
}

}  // namespace sluice::l7
