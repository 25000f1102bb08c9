#include "userspace/l7/http2_session.h"

#include <algorithm>
#include <utility>

#include "userspace/l7/http2_fields.h"

namespace sluice::l7 {

struct Http2Callbacks {
  static Http2Session& self(void* user) { return *static_cast<Http2Session*>(user); }
  static std::string_view view(const std::uint8_t* at, std::size_t size) {
    return {reinterpret_cast<const char*>(at), size};
  }

  static int on_begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    return self(user).on_begin_headers(*frame);
  }
  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                       const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user) {
    return self(user).on_header(*frame, view(name, name_size), view(value, value_size));
  }
  // RFC 9113 8.2.1: a message with a field that no field can be is malformed, not shortened.
  static int on_invalid_header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t*, std::size_t,
                               const std::uint8_t*, std::size_t, std::uint8_t, void*) {
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }
  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) { return self(user).on_frame(*frame); }
  static int on_data(nghttp2_session*, std::uint8_t, std::int32_t stream, const std::uint8_t* at, std::size_t size,
                     void* user) {
    const transport::Slice& input = *self(user).input_;
    const auto* begin = reinterpret_cast<const char*>(at);
    return self(user).on_body(stream, input.part(static_cast<std::size_t>(begin - input.data()), size));
  }
  static int on_frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    self(user).on_frame_sent(*frame);
    return 0;
  }
  static int on_stream_closed(nghttp2_session*, std::int32_t stream, std::uint32_t code, void* user) {
    self(user).on_stream_closed(stream, code);
    return 0;
  }

  static ssize_t read_body(nghttp2_session* session, std::int32_t stream, std::uint8_t*, std::size_t most,
                           std::uint32_t* flags, nghttp2_data_source* source, void*) {
    Http2Body& body = *static_cast<Http2Body*>(source->ptr);
    if (body.queue.empty() && !body.ended) {
      body.waits = true;
      return NGHTTP2_ERR_DEFERRED;
    }
    const std::size_t size = std::min(most, body.queue.size());
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (!body.ended || size < body.queue.size()) return static_cast<ssize_t>(size);
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (!body.trailers.empty()) {
      *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
      std::vector<nghttp2_nv> fields;
      append_fields(body.trailers, fields);
      nghttp2_submit_trailer(session, stream, fields.data(), fields.size());
    }
    return static_cast<ssize_t>(size);
  }

  static int send_body(nghttp2_session*, nghttp2_frame*, const std::uint8_t* head, std::size_t size,
                       nghttp2_data_source* source, void* user) {
    constexpr std::size_t kFrameHead = 9;
    Http2Body& body = *static_cast<Http2Body*>(source->ptr);
    SendQueue& queue = self(user).queue_;
    queue.text().append(view(head, kFrameHead));
    body.sent += size;
    while (size > 0) {
      transport::Slice part = body.take(size);
      size -= part.size();
      queue.add(std::move(part));
    }
    return queue.congested() ? NGHTTP2_ERR_PAUSE : 0;  // else all DATA that the windows allow goes into one write
  }

  static const nghttp2_session_callbacks* all() {
    static const nghttp2_session_callbacks* const made = [] {
      nghttp2_session_callbacks* callbacks = nullptr;
      nghttp2_session_callbacks_new(&callbacks);
      nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
      nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
      nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, on_invalid_header);
      nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
      nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
      nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_sent);
      nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_closed);
      nghttp2_session_callbacks_set_send_data_callback(callbacks, send_body);
      return callbacks;
    }();
    return made;
  }

  static const nghttp2_option* options() {
    constexpr std::size_t kMostHead = 512UL * 1024;  // what we send was received within limits of our own
    // Requests that one client takes back, at once and a second: a proxy in front of us does so for all of its clients.
    constexpr std::uint64_t kMostResets = 2000;
    constexpr std::uint64_t kResetsASecond = 500;
    static const nghttp2_option* const made = [] {
      nghttp2_option* option = nullptr;
      nghttp2_option_new(&option);
      nghttp2_option_set_no_auto_window_update(option, 1);
      nghttp2_option_set_no_closed_streams(option, 1);
      nghttp2_option_set_max_send_header_block_length(option, kMostHead);
      nghttp2_option_set_stream_reset_rate_limit(option, kMostResets, kResetsASecond);
      return option;
    }();
    return made;
  }
};

void Http2Body::add(transport::Slice data) {
  if (total != nullptr) *total += data.size();
  queue.add(std::move(data));
}

void Http2Body::add_copy(std::string_view data) {
  if (total != nullptr) *total += data.size();
  queue.add_copy(data);
}

transport::Slice Http2Body::take(std::size_t most) {
  transport::Slice taken = queue.take(most);
  if (total != nullptr) *total -= taken.size();
  return taken;
}

void Http2Body::clear() {
  if (total != nullptr) *total -= queue.size();
  queue.clear();
  trailers.clear();
  sent = 0;
  ended = waits = false;
}

nghttp2_data_provider provider_of(Http2Body& body) {
  return {.source = {.ptr = &body}, .read_callback = Http2Callbacks::read_body};
}

void Http2Session::begin_session(Side side, const Http2Settings& settings) {
  if (side == Side::kServer) {
    nghttp2_session_server_new2(&session_, Http2Callbacks::all(), this, Http2Callbacks::options());
  } else {
    nghttp2_session_client_new2(&session_, Http2Callbacks::all(), this, Http2Callbacks::options());
  }
  broken_ = busy_ = again_ = false;
  most_queued_ = settings.most_queued;
  std::vector<nghttp2_settings_entry> entries{{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, settings.stream_window},
                                              {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, settings.header_list}};
  if (side == Side::kServer) {
    entries.push_back({NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, settings.streams});
  } else {
    entries.push_back({NGHTTP2_SETTINGS_ENABLE_PUSH, 0});
  }
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, entries.data(), entries.size());
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0,
                                        static_cast<std::int32_t>(settings.connection_window));
}

void Http2Session::end_session() {
  nghttp2_session_del(std::exchange(session_, nullptr));
}

// A peer that provokes frames and reads none would have them gather for ever: nghttp2 counts only some of their kinds.
void Http2Session::feed(const transport::Slice& data) {
  if (broken_) return;
  busy_ = true;
  input_ = &data;
  const ssize_t used =
      nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(data.data()), data.size());
  input_ = nullptr;
  if (used < 0 || nghttp2_session_get_outbound_queue_size(session_) > most_queued_) broken_ = true;
  on_fed();
  busy_ = false;
  pump();
}

void Http2Session::pump() {
  again_ = true;
  if (busy_ || session_ == nullptr) return;
  busy_ = true;
  while (std::exchange(again_, false)) {
    send_round();
    on_round();
  }
  busy_ = false;
  on_rest();
}

// What is flushed may be sent at once: nobody tells, and nobody but us knows that there is more.
void Http2Session::send_round() {
  for (bool full = true; full;) {
    full = fill_queue();
    if (!queue_.flush(*stream_)) return;
  }
}

// true: it is full, and there may be more.
bool Http2Session::fill_queue() {
  while (!broken_ && !queue_.congested()) {
    const std::uint8_t* bytes = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_, &bytes);
    if (size < 0) broken_ = true;
    if (size <= 0) break;
    queue_.text().append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  }
  return !broken_ && queue_.congested();
}

void Http2Session::on_sent() {
  queue_.on_written(*stream_);
  pump();
}

bool Http2Session::is_over() const {
  return broken_ || (nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0);
}

}  // namespace sluice::l7
