#include "userspace/l7/http2_connection.h"

#include <algorithm>
#include <utility>

#include "userspace/l7/http_worker.h"

namespace sluice::l7 {
namespace {

// Which resets are ours: an answer before the whole request, a timeout, a backend that died.
bool is_ours(std::uint32_t code) {
  return code == NGHTTP2_NO_ERROR || code == NGHTTP2_CANCEL || code == NGHTTP2_INTERNAL_ERROR;
}

}  // namespace

void Http2Connection::open(Accepted accepted, bool preface) {
  stream_ = std::move(accepted.stream);
  origin_.open(*stream_, std::move(accepted.server_name), accepted.tls);
  state_ = State::kOpen;
  goaway_ = draining_ = awaits_reader_ = idle_ = false;
  faults_left_ = kMostFaults;
  faults_counted_ = worker_.loop.now();
  wide_ = 0;
  begin_session(Side::kServer, {.streams = kStreams,
                                .stream_window = Http2Stream::kWindow,
                                .connection_window = 2 * kStreamsWindows,
                                .header_list = static_cast<std::uint32_t>(worker_.options.request.head_bytes)});
  if (preface) {
    nghttp2_session_mem_recv(session(), reinterpret_cast<const std::uint8_t*>(kHttp2Preface.data()),
                             kHttp2Preface.size());
  }
  stream_->set_handler(*this);
  worker_.counters.http2_connections.add();
  if (owner_.draining()) {
    drain();
  } else {
    pump();
  }
  if (state_ == State::kOpen) stream_->resume();
}

void Http2Connection::on_data(transport::Slice data) {
  worker_.counters.bytes_received.add(data.size());
  read(data);
}

void Http2Connection::read(const transport::Slice& data) {
  if (state_ != State::kOpen || data.empty()) return;
  while (free_.size() > kKeepStreams) free_.pop_back();  // here none of them is on the stack
  feed(data);
}

int Http2Connection::on_begin_headers(const nghttp2_frame& frame) {
  if (frame.headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
  Http2Stream& stream = take_stream();
  nghttp2_session_set_stream_user_data(session(), frame.hd.stream_id, &stream);
  stream.open(frame.hd.stream_id);
  worker_.counters.http2_streams.add();
  return 0;
}

int Http2Connection::on_header(const nghttp2_frame& frame, std::string_view name, std::string_view value) {
  Http2Stream* stream = find(frame.hd.stream_id);
  if (stream == nullptr || stream->on_field(name, value)) return 0;
  count_fault();
  return kNoMoreFields;
}

int Http2Connection::on_frame(const nghttp2_frame& frame) {
  if (frame.hd.type != NGHTTP2_HEADERS && frame.hd.type != NGHTTP2_DATA) return 0;
  Http2Stream* stream = find(frame.hd.stream_id);
  if (stream == nullptr) return 0;
  const bool ended = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  touch(*stream);
  if (frame.hd.type == NGHTTP2_HEADERS && frame.headers.cat == NGHTTP2_HCAT_REQUEST) {
    stream->on_head(ended);
  } else if (ended) {
    stream->on_request_end();
  }
  return 0;
}

int Http2Connection::on_body(std::int32_t id, transport::Slice data) {
  Http2Stream* stream = find(id);
  if (stream == nullptr) {
    consume_connection(data.size());
    return 0;
  }
  touch(*stream);
  stream->on_body(std::move(data));
  return 0;
}

void Http2Connection::on_frame_sent(const nghttp2_frame& frame) {
  if (frame.hd.type == NGHTTP2_RST_STREAM && !is_ours(frame.rst_stream.error_code)) count_fault();
  if (frame.hd.type != NGHTTP2_HEADERS && frame.hd.type != NGHTTP2_DATA) return;
  if ((frame.hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return;
  if (Http2Stream* stream = find(frame.hd.stream_id)) stream->on_end_sent();
}

void Http2Connection::on_stream_closed(std::int32_t id, std::uint32_t code) {
  Http2Stream* stream = find(id);
  if (stream == nullptr) return;
  stream->on_closed(code);
  std::erase(touched_, stream);
  std::erase(crowded_, stream);
  const auto place = std::ranges::find(open_, stream, &std::unique_ptr<Http2Stream>::get);
  std::swap(*place, open_.back());
  free_.push_back(std::move(open_.back()));
  open_.pop_back();
}

void Http2Connection::count_fault() {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(worker_.loop.now() - faults_counted_);
  if (seconds.count() > 0) {
    faults_counted_ += seconds;
    const auto more = std::min<std::int64_t>(seconds.count(), kMostFaults) * kFaultsASecond;
    faults_left_ = static_cast<std::uint32_t>(std::min<std::int64_t>(faults_left_ + more, kMostFaults));
  }
  if (faults_left_ > 0) {
    --faults_left_;
  } else {
    nghttp2_session_terminate_session(session(), NGHTTP2_ENHANCE_YOUR_CALM);
  }
}

Http2Stream* Http2Connection::find(std::int32_t stream) const {
  return static_cast<Http2Stream*>(nghttp2_session_get_stream_user_data(session(), stream));
}

Http2Stream& Http2Connection::take_stream() {
  if (free_.empty()) free_.push_back(std::make_unique<Http2Stream>(worker_, *this));
  open_.push_back(std::move(free_.back()));
  free_.pop_back();
  return *open_.back();
}

void Http2Connection::touch(Http2Stream& stream) {
  if (touched_.empty() || touched_.back() != &stream) touched_.push_back(&stream);
}

// None of these goes away meanwhile: nghttp2 closes streams only as it reads and writes.
void Http2Connection::on_fed() {
  for (std::size_t i = 0; i < touched_.size(); ++i) touched_[i]->settle();
  touched_.clear();
}

void Http2Connection::on_round() {
  // One that is told may be congested again at once: it stands behind the others then.
  for (std::size_t i = 0; i < crowded_.size(); ++i) {
    if (crowded_[i]->on_round()) crowded_[i] = nullptr;
  }
  std::erase(crowded_, nullptr);
}

void Http2Connection::submit_head(std::int32_t stream, std::string_view status, std::string_view lines,
                                  Http2Body* body) {
  fields_.clear();
  fields_.push_back(field_of(":status", status));
  append_fields(lines, fields_);
  const nghttp2_data_provider provider = body == nullptr ? nghttp2_data_provider{} : provider_of(*body);
  nghttp2_submit_response(session(), stream, fields_.data(), fields_.size(), body == nullptr ? nullptr : &provider);
}

void Http2Connection::submit_interim(std::int32_t stream, std::uint16_t status, std::string_view lines) {
  const std::string text = std::to_string(status);
  fields_.clear();
  fields_.push_back(field_of(":status", text));
  append_fields(lines, fields_);
  nghttp2_submit_headers(session(), NGHTTP2_FLAG_NONE, stream, nullptr, fields_.data(), fields_.size(), nullptr);
}

void Http2Connection::submit_reset(std::int32_t stream, std::uint32_t code) {
  nghttp2_submit_rst_stream(session(), NGHTTP2_FLAG_NONE, stream, code);
}

void Http2Connection::wake(std::int32_t stream) {
  nghttp2_session_resume_data(session(), stream);
}

void Http2Connection::consume(std::int32_t stream, std::size_t size) {
  nghttp2_session_consume(session(), stream, size);
}

bool Http2Connection::widen(std::int32_t stream) {
  if (wide_ == kMostWide) return false;
  ++wide_;
  nghttp2_session_set_local_window_size(session(), NGHTTP2_FLAG_NONE, stream, kWideWindow);
  return true;
}

void Http2Connection::consume_connection(std::size_t size) {
  if (size > 0) nghttp2_session_consume_connection(session(), size);
}

}  // namespace sluice::l7
