#include "userspace/l7/http2_request.h"

#include <utility>

#include "userspace/l7/http2_pool.h"
#include "userspace/l7/http2_upstream.h"

namespace sluice::l7 {

void Http2Request::open(Endpoint& endpoint, UpstreamUser& user) {
  endpoint_ = &endpoint;
  user_ = &user;
  waiting_ = true;
  connection_ = nullptr;
  out_.clear();
  ahead_.clear();
  request_head_.clear();
  trailers_.clear();
  id_ = 0;
  interim_ = 0;
  head_waits_ = sent_ = request_sent_ = answered_ = head_done_ = response_done_ = paused_ = flush_due_ = crowded_ =
      excessive_ = lost_ = false;
}

void Http2Request::attached(Http2Upstream& connection, std::size_t place) {
  connection_ = &connection;
  waiting_ = false;
  place_ = place;
  reused_ = connection.reused();
}

void Http2Request::send_head(const OutgoingRequest& request) {
  method_.assign(request.head.method);
  target_.assign(request.target);
  host_.assign(request.host);
  append_request_fields(request, request_head_);
  head_waits_ = true;
}

void Http2Request::send_body(transport::Slice data) {
  if (connection_ != nullptr) out_.add(std::move(data));
}

void Http2Request::send_end(std::string_view trailers) {
  out_.trailers.assign(trailers);
  out_.ended = true;
}

void Http2Request::submit() {
  head_waits_ = false;
  std::vector<nghttp2_nv>& fields = connection_->fields();
  fields.clear();
  fields.push_back(field_of(":method", method_));
  fields.push_back(field_of(":scheme", "http"));
  fields.push_back(field_of(":authority", host_));
  fields.push_back(field_of(":path", target_));
  append_fields(request_head_, fields);
  const bool whole = out_.ended && out_.queue.empty() && out_.trailers.empty();
  const std::int32_t id = connection_->submit(*this, whole ? nullptr : &out_);
  if (id > 0) {
    id_ = id;
    sent_ = true;
  } else {
    fail(UpstreamFailure::kUnprocessed);  // it takes no more: its numbers are used up, or it is going
  }
}

void Http2Request::flush() {
  if (connection_ == nullptr) return;
  if (head_waits_) {
    submit();
    if (connection_ == nullptr) return;
  } else if (id_ != 0 && out_.waits && (out_.ended || !out_.queue.empty())) {
    out_.waits = false;
    connection_->wake(id_);
  }
  if (congested() && !std::exchange(crowded_, true)) connection_->await_drain(*this);
  connection_->send();
}

bool Http2Request::on_round() {
  if (user_ != nullptr && congested()) return false;
  crowded_ = false;
  if (user_ != nullptr) user_->on_upstream_drained();
  return true;
}

void Http2Request::on_begin_fields() {
  answered_ = true;
  if (!head_done_) reader_.start();
}

bool Http2Request::on_field(std::string_view name, std::string_view value) {
  excessive_ = !reader_.admits(name, value);
  if (excessive_) return false;
  if (head_done_) {
    append_trailer(name, value, trailers_);
  } else {
    reader_.add(name, value);
  }
  return true;
}

void Http2Request::on_fields_end(bool ended) {
  response_done_ = response_done_ || ended;
  if (head_done_ || user_ == nullptr) return;
  Refusal refusal;
  if (!reader_.finish(head_, method_, refusal)) return refuse();
  if (head_.status < 200) {
    if (++interim_ > kMostInterim) return refuse();
    return user_->on_interim(head_);
  }
  head_done_ = flush_due_ = true;
  user_->on_response_head(head_);
}

void Http2Request::on_body(transport::Slice data) {
  const std::size_t size = data.size();
  if (user_ == nullptr) return;  // what is given up is not read on: its window may fill
  if (paused_ || !ahead_.empty()) return ahead_.add(std::move(data));
  flush_due_ = true;
  user_->on_response_body(std::move(data));
  if (connection_ != nullptr) connection_->consume(id_, size);
}

void Http2Request::settle() {
  const bool whole = response_done_ && ahead_.empty() && !paused_;
  if (std::exchange(flush_due_, false) && !whole && user_ != nullptr) user_->on_response_flush();
  deliver();
}

void Http2Request::deliver() {
  while (user_ != nullptr && !paused_ && !ahead_.empty()) {
    transport::Slice data = ahead_.take(ahead_.size());
    const std::size_t size = data.size();
    user_->on_response_body(std::move(data));
    if (connection_ != nullptr && id_ != 0) connection_->consume(id_, size);
    if (user_ != nullptr && !(response_done_ && ahead_.empty())) user_->on_response_flush();
  }
  if (user_ != nullptr && !paused_ && ahead_.empty() && head_done_ && response_done_) finish();
}

void Http2Request::resume() {
  paused_ = false;
  deliver();
  if (connection_ != nullptr) connection_->send();  // the window that has become free
}

void Http2Request::finish() {
  UpstreamUser& user = *std::exchange(user_, nullptr);
  let_go();
  user.on_response_end(trailers_);
}

// A request whose answer is whole, or of no interest any more, is not sent on.
void Http2Request::let_go() {
  Http2Upstream* connection = std::exchange(connection_, nullptr);
  if (connection != nullptr) {
    const bool cancel = id_ != 0 && !(request_sent_ && response_done_);
    connection->detach(*this, id_);
    if (cancel) connection->submit_reset(id_, NGHTTP2_CANCEL);
    connection->send();
  }
  id_ = 0;
  out_.clear();  // it may be long until the next request; RST_STREAM goes before any DATA
  ahead_.clear();
  pool_.retire(*this);
}

void Http2Request::refuse() {
  fail(UpstreamFailure::kNotHttp);
}

void Http2Request::fail(UpstreamFailure failure) {
  UpstreamUser* user = std::exchange(user_, nullptr);
  waiting_ = false;
  if (user == nullptr) return;
  let_go();
  user->on_upstream_failed(failure);
}

void Http2Request::drop() {
  user_ = nullptr;
  if (std::exchange(waiting_, false)) pool_.stop_waiting(*this);
  if (connection_ != nullptr && sent_ && !answered_) connection_->doubt();
  let_go();
}

// By nghttp2, and so from within it. What came before is still the user's.
void Http2Request::on_closed(std::uint32_t code) {
  id_ = 0;
  if (excessive_) return refuse();
  if (response_done_ && head_done_) return;  // settle(), or resume(), finishes
  fail(code == NGHTTP2_REFUSED_STREAM ? UpstreamFailure::kUnprocessed : UpstreamFailure::kReset);
}

void Http2Request::fail_lost(UpstreamFailure failure) {
  if (response_done_ && head_done_) return;  // it came whole: resume() finishes
  lost_ = true;
  fail(sent_ ? failure : UpstreamFailure::kUnprocessed);
}

}  // namespace sluice::l7
