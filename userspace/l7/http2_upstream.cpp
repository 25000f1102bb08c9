#include "userspace/l7/http2_upstream.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "userspace/l7/http2_pool.h"
#include "userspace/l7/upstream_pool.h"

namespace sluice::l7 {

void Http2Upstream::open(Endpoint& endpoint) {
  endpoint_ = &endpoint;
  state_ = State::kConnecting;
  most_ = 0;
  served_ = 0;
  leaving_ = goodbye_ = false;
  unheard_since_ = {};
  since_ = pool_.loop().now();
  // TCP's own, and then once more for the greeting.
  const auto patience = pool_.limits().connect_timeout;
  stream_ = pool_.loop().connect(endpoint.address, *this, patience);
  pool_.loop().arm(timer_, 2 * patience);
}

void Http2Upstream::on_connected() {
  state_ = State::kGreeting;
  pool_.loop().arm(timer_, pool_.limits().connect_timeout);
  begin_session(Side::kClient, {.header_list = static_cast<std::uint32_t>(pool_.limits().response.head_bytes),
                                .most_queued = 4 * kMostStreams});
  stream_->resume();
  pump();
}

// Nothing is asked before: a backend that does not speak HTTP/2 is found out while every request can go elsewhere.
void Http2Upstream::on_settings() {
  constexpr auto kConcurrent = NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS;
  most_ = std::min<std::size_t>(nghttp2_session_get_remote_settings(session(), kConcurrent), kMostStreams);
  endpoint_->http2.most = most_;
  if (state_ != State::kGreeting) return;
  state_ = State::kOpen;
  timer_.cancel();
  pool_.connected(*this);
  since_ = pool_.loop().now();
  pool_.watch_idle();  // those that it was opened for may be gone
}

void Http2Upstream::attach(Http2Request& request) {
  if (requests_.empty() && is_unheard()) unheard_since_ += pool_.loop().now() - since_;
  request.attached(*this, requests_.size());
  requests_.push_back(&request);
  pool_.counters().upstream_streams.add();
  if (served_++ > 0) pool_.counters().upstream_reuses.add();
}

void Http2Upstream::detach(Http2Request& request, std::int32_t stream) {
  if (stream != 0) nghttp2_session_set_stream_user_data(session(), stream, nullptr);
  requests_.back()->set_place(request.place());
  requests_[request.place()] = requests_.back();
  requests_.pop_back();
  // Either list may be in use further up the stack.
  std::ranges::replace(touched_, &request, nullptr);
  std::ranges::replace(crowded_, &request, nullptr);
  if (!requests_.empty()) return;
  since_ = pool_.loop().now();
  pool_.watch_idle();
}

std::int32_t Http2Upstream::submit(Http2Request& request, Http2Body* body) {
  const nghttp2_data_provider provider = body == nullptr ? nghttp2_data_provider{} : provider_of(*body);
  const std::int32_t stream = nghttp2_submit_request(session(), nullptr, fields_.data(), fields_.size(),
                                                     body == nullptr ? nullptr : &provider, &request);
  if (stream < 0) leaving_ = true;  // its numbers are used up
  if (!is_unheard()) unheard_since_ = pool_.loop().now();
  return stream;
}

void Http2Upstream::submit_reset(std::int32_t stream, std::uint32_t code) {
  nghttp2_submit_rst_stream(session(), NGHTTP2_FLAG_NONE, stream, code);
}

void Http2Upstream::wake(std::int32_t stream) {
  nghttp2_session_resume_data(session(), stream);
}

void Http2Upstream::consume(std::int32_t stream, std::size_t size) {
  nghttp2_session_consume_stream(session(), stream, size);
}

Http2Request* Http2Upstream::find(std::int32_t stream) const {
  return static_cast<Http2Request*>(nghttp2_session_get_stream_user_data(session(), stream));
}

int Http2Upstream::on_begin_headers(const nghttp2_frame& frame) {
  if (Http2Request* request = find(frame.hd.stream_id)) request->on_begin_fields();
  return 0;
}

int Http2Upstream::on_header(const nghttp2_frame& frame, std::string_view name, std::string_view value) {
  Http2Request* request = find(frame.hd.stream_id);
  return request == nullptr || request->on_field(name, value) ? 0 : kNoMoreFields;
}

int Http2Upstream::on_frame(const nghttp2_frame& frame) {
  const bool acknowledges = (frame.hd.flags & NGHTTP2_FLAG_ACK) != 0;
  if (frame.hd.type == NGHTTP2_SETTINGS && !acknowledges) on_settings();
  if (frame.hd.type == NGHTTP2_GOAWAY) leaving_ = true;
  if (frame.hd.type != NGHTTP2_HEADERS && frame.hd.type != NGHTTP2_DATA) return 0;
  Http2Request* request = find(frame.hd.stream_id);
  if (request == nullptr) return 0;
  const bool ended = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  touched_.push_back(request);
  if (frame.hd.type == NGHTTP2_HEADERS) {
    request->on_fields_end(ended);
  } else if (ended) {
    request->on_response_end();
  }
  return 0;
}

// What one client does not take must not hold up the others: the connection's window is given back at once, the
// stream's as it is taken.
int Http2Upstream::on_body(std::int32_t stream, transport::Slice data) {
  nghttp2_session_consume_connection(session(), data.size());
  Http2Request* request = find(stream);
  if (request == nullptr) return 0;
  if (touched_.empty() || touched_.back() != request) touched_.push_back(request);
  request->on_body(std::move(data));
  return 0;
}

void Http2Upstream::on_frame_sent(const nghttp2_frame& frame) {
  if (frame.hd.type != NGHTTP2_HEADERS && frame.hd.type != NGHTTP2_DATA) return;
  if ((frame.hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return;
  if (Http2Request* request = find(frame.hd.stream_id)) request->on_request_sent();
}

void Http2Upstream::on_stream_closed(std::int32_t stream, std::uint32_t code) {
  Http2Request* request = find(stream);
  if (request == nullptr) return;
  nghttp2_session_set_stream_user_data(session(), stream, nullptr);
  request->on_closed(code);
}

void Http2Upstream::on_fed() {
  for (std::size_t i = 0; i < touched_.size(); ++i) {
    if (touched_[i] != nullptr) touched_[i]->settle();
  }
  touched_.clear();
}

void Http2Upstream::on_round() {
  // One that is told may be congested again at once: it stands behind the others then.
  for (std::size_t i = 0; i < crowded_.size(); ++i) {
    if (crowded_[i] != nullptr && crowded_[i]->on_round()) crowded_[i] = nullptr;
  }
  std::erase(crowded_, nullptr);
  if (has_room()) pool_.serve_waiting(*this);
}

}  // namespace sluice::l7
