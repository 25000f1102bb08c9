#include "http2_peer.h"

#include <algorithm>
#include <chrono>
#include <cstring>

namespace sluice::l7::test {
namespace {

std::vector<nghttp2_nv> to_nv(const FieldList& fields) {
  std::vector<nghttp2_nv> out;
  for (const auto& [name, value] : fields) {
    out.push_back({reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
                   reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())), name.size(), value.size(),
                   NGHTTP2_NV_FLAG_NONE});
  }
  return out;
}

}  // namespace

std::string Http2Message::find(const FieldList& fields, const std::string& name) {
  const auto found = std::ranges::find(fields, name, &FieldList::value_type::first);
  return found == fields.end() ? "" : found->second;
}

struct PeerCallbacks {
  static Http2Peer& self(void* user) { return *static_cast<Http2Peer*>(user); }

  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                       const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user) {
    Http2Message& message = self(user).messages_[frame->hd.stream_id];
    FieldList& into = message.has_head ? message.trailers : message.fields;
    into.emplace_back(std::string(reinterpret_cast<const char*>(name), name_size),
                      std::string(reinterpret_cast<const char*>(value), value_size));
    return 0;
  }
  static int on_data(nghttp2_session*, std::uint8_t, std::int32_t stream, const std::uint8_t* data, std::size_t size,
                     void* user) {
    self(user).messages_[stream].body.append(reinterpret_cast<const char*>(data), size);
    return 0;
  }
  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    Http2Peer& peer = self(user);
    if (frame->hd.type == NGHTTP2_GOAWAY) {
      ++peer.goaways_;
      peer.goaway_last_ = frame->goaway.last_stream_id;
      peer.goaway_code_ = frame->goaway.error_code;
    }
    if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) return 0;
    Http2Message& message = peer.messages_[frame->hd.stream_id];
    const bool ended = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (frame->hd.type == NGHTTP2_DATA) ++message.data_frames;
    if (frame->hd.type == NGHTTP2_HEADERS && !message.has_head) {
      const std::string status = message.get(":status");
      if (status.starts_with('1')) {
        message.interim.push_back(status);
        message.fields.clear();
        return 0;
      }
      message.has_head = true;
      message.head_ended = ended;
    }
    if (!ended) return 0;
    message.ended = true;
    peer.requests_.push_back(frame->hd.stream_id);
    return 0;
  }
  static int on_close(nghttp2_session*, std::int32_t stream, std::uint32_t code, void* user) {
    Http2Message& message = self(user).messages_[stream];
    message.closed = true;
    message.code = code;
    return 0;
  }
  static ssize_t read(nghttp2_session* session, std::int32_t stream, std::uint8_t* to, std::size_t most,
                      std::uint32_t* flags, nghttp2_data_source*, void* user) {
    Http2Peer::Outgoing& out = self(user).outgoing_[stream];
    const std::size_t left = out.data.size() - out.at;
    if (left == 0 && !out.ends) return NGHTTP2_ERR_DEFERRED;
    const std::size_t size = std::min(most, left);
    std::memcpy(to, out.data.data() + out.at, size);
    out.at += size;
    if (!out.ends || size < left) return static_cast<ssize_t>(size);
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (!out.trailers.empty()) {
      *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
      const auto fields = to_nv(out.trailers);
      nghttp2_submit_trailer(session, stream, fields.data(), fields.size());
    }
    return static_cast<ssize_t>(size);
  }
};

Http2Peer::Http2Peer(Socket& socket, Options options) : socket_(socket) {
  transport::set_no_delay(socket.fd());
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_header_callback(callbacks, PeerCallbacks::on_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, PeerCallbacks::on_data);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, PeerCallbacks::on_frame);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, PeerCallbacks::on_close);
  nghttp2_option* option = nullptr;
  nghttp2_option_new(&option);
  if (!options.reads) nghttp2_option_set_no_auto_window_update(option, 1);
  // A test may send what a peer must not.
  nghttp2_option_set_no_http_messaging(option, 1);
  nghttp2_option_set_max_send_header_block_length(option, 16U << 20);
  if (options.server) {
    nghttp2_session_server_new2(&session_, callbacks, this, option);
  } else {
    nghttp2_session_client_new2(&session_, callbacks, this, option);
  }
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(callbacks);
  std::vector<nghttp2_settings_entry> settings{{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, options.window}};
  if (options.server) settings.push_back({NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, options.streams});
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, 1 << 24);
}

Http2Peer::~Http2Peer() {
  nghttp2_session_del(session_);
}

std::int32_t Http2Peer::request(FieldList fields, const std::string& body, bool ends) {
  FieldList all{{":method", "GET"}, {":scheme", "http"}, {":authority", "a.test"}, {":path", "/"}};
  for (auto& [name, value] : fields) {
    const auto found = std::ranges::find(all, name, &FieldList::value_type::first);
    if (name.starts_with(':') && found != all.end()) {
      found->second = value;
    } else {
      all.emplace_back(name, value);
    }
  }
  std::erase_if(all, [](const auto& field) { return field.first.starts_with(':') && field.second == "-"; });
  const auto nv = to_nv(all);
  const bool bodiless = body.empty() && ends;
  const nghttp2_data_provider provider{.source = {}, .read_callback = PeerCallbacks::read};
  const std::int32_t id =
      nghttp2_submit_request(session_, nullptr, nv.data(), nv.size(), bodiless ? nullptr : &provider, nullptr);
  if (!bodiless) outgoing_[id] = {body, ends, {}, 0};
  flush();
  return id;
}

std::int32_t Http2Peer::call(const std::string& path, FieldList more, const std::string& body, bool ends) {
  FieldList fields{{":method", "POST"}, {":path", path}, {"content-type", "application/grpc"}, {"te", "trailers"}};
  fields.insert(fields.end(), more.begin(), more.end());
  return request(std::move(fields), body, ends);
}

void Http2Peer::send_data(std::int32_t stream, const std::string& data, bool ends, FieldList trailers) {
  Outgoing& out = outgoing_[stream];
  out.data += data;
  out.ends = ends;
  out.trailers = std::move(trailers);
  nghttp2_session_resume_data(session_, stream);
  flush();
}

void Http2Peer::respond(std::int32_t stream, FieldList fields, const std::string& body, bool ends, FieldList trailers) {
  const auto nv = to_nv(fields);
  const bool bodiless = body.empty() && ends && trailers.empty();
  const nghttp2_data_provider provider{.source = {}, .read_callback = PeerCallbacks::read};
  if (!bodiless) outgoing_[stream] = {body, ends, std::move(trailers), 0};
  nghttp2_submit_response(session_, stream, nv.data(), nv.size(), bodiless ? nullptr : &provider);
}

void Http2Peer::send_interim(std::int32_t stream, const std::string& status) {
  const FieldList fields{{":status", status}};
  const auto nv = to_nv(fields);
  nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, stream, nullptr, nv.data(), nv.size(), nullptr);
}

void Http2Peer::reset(std::int32_t stream, std::uint32_t code) {
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream, code);
  flush();
}

void Http2Peer::goaway(std::int32_t last_stream) {
  if (std::exchange(said_goaway_, true)) return;  // a second one must not name a later stream
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, last_stream, NGHTTP2_NO_ERROR, nullptr, 0);
}

void Http2Peer::window_update(std::int32_t stream, std::int32_t size) {
  nghttp2_submit_window_update(session_, NGHTTP2_FLAG_NONE, stream, size);
  flush();
}

std::uint32_t Http2Peer::setting(std::int32_t id) const {
  return nghttp2_session_get_remote_settings(session_, static_cast<nghttp2_settings_id>(id));
}

void Http2Peer::flush() {
  for (;;) {
    const std::uint8_t* bytes = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_, &bytes);
    if (size <= 0) return;
    if (!socket_.send({reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)})) over_ = true;
  }
}

bool Http2Peer::step(int milliseconds) {
  flush();
  pollfd wait{.fd = socket_.fd(), .events = POLLIN, .revents = 0};
  if (::poll(&wait, 1, milliseconds) <= 0) return true;
  char bytes[65536];
  const ssize_t got = ::recv(socket_.fd(), bytes, sizeof bytes, 0);
  if (got <= 0 ||
      nghttp2_session_mem_recv(session_, reinterpret_cast<std::uint8_t*>(bytes), static_cast<std::size_t>(got)) < 0) {
    over_ = true;
    return false;
  }
  // Not from within nghttp2, which may not be made to send there.
  for (const std::int32_t stream : std::exchange(requests_, {})) {
    if (on_request) on_request(*this, stream, messages_[stream]);
  }
  flush();
  return true;
}

bool Http2Peer::until(const std::function<bool()>& holds) {
  const auto limit = std::chrono::steady_clock::now() + kPatience;
  while (!holds()) {
    if (over_ || std::chrono::steady_clock::now() > limit || !step(20)) return holds();
  }
  return true;
}

const Http2Message& Http2Peer::whole(std::int32_t stream) {
  until([&] { return messages_[stream].ended || messages_[stream].closed; });
  return messages_[stream];
}

Origin::Serve http2_origin(std::function<void(Http2Peer&, std::int32_t, Http2Message&, int)> serve,
                           Http2Peer::Options options) {
  options.server = true;
  return [serve = std::move(serve), options](Socket& socket, int connection) {
    Http2Peer peer(socket, options);
    peer.on_request = [&](Http2Peer& to, std::int32_t stream, Http2Message& request) {
      serve(to, stream, request, connection);
    };
    peer.serve();
  };
}

void echo_http2(Http2Peer& peer, std::int32_t stream, Http2Message& request) {
  std::string text;
  for (const auto& [name, value] : request.fields) text += name + ": " + value + "\n";
  peer.respond(stream, {{":status", "200"}, {"date", "x"}}, text + "\n" + request.body);
}

}  // namespace sluice::l7::test
