// HTTP/2's session on a stream that takes as much as the test says: what it sends at once, and what it keeps.
#include <nghttp2/nghttp2.h>

#include <array>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "userspace/l7/http2_session.h"
#include "userspace/transport/buffer_pool.h"

namespace sluice::l7::test {
namespace {

class FakeStream final : public transport::Stream {
 public:
  bool takes = true;  ///< each write at once; else it stays pending
  std::size_t written = 0;

  transport::WriteResult write(std::span<const iovec> parts) override {
    for (const iovec& part : parts) written += part.iov_len;
    return takes ? transport::WriteResult::kDone : transport::WriteResult::kPending;
  }
  void resume() override {}
  void pause() override {}
  void shutdown() override {}
  [[nodiscard]] bool is_quiet() const override { return true; }
  void abort() override {}
  [[nodiscard]] const transport::Address& local() const override { return address_; }
  [[nodiscard]] const transport::Address& peer() const override { return address_; }

 protected:
  void release() override {}

 private:
  transport::Address address_ = transport::Address::loopback(AF_INET, 1);
};

class Server final : public Http2Session {
 public:
  explicit Server(FakeStream& stream) {
    stream_.reset(&stream);
    begin_session(Side::kServer, {});
    pump();
  }
  void read(std::string_view bytes) {
    while (!bytes.empty()) {
      transport::Buffer& buffer = buffers_.take();
      const std::size_t size = std::min(bytes.size(), transport::kBufferSize);
      std::memcpy(buffer.bytes, bytes.data(), size);
      feed(transport::Slice(buffer, {buffer.bytes, size}));
      bytes.remove_prefix(size);
    }
  }
  void respond(std::int32_t stream, Http2Body& body) {
    const std::string name = ":status";
    const std::string value = "200";
    const nghttp2_nv status{reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
                            reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())), name.size(), value.size(),
                            NGHTTP2_NV_FLAG_NONE};
    const nghttp2_data_provider provider = provider_of(body);
    nghttp2_submit_response(session(), stream, &status, 1, &provider);
  }
  void send() { pump(); }
  [[nodiscard]] bool over() const { return is_over(); }
  [[nodiscard]] std::size_t queued() const { return nghttp2_session_get_outbound_queue_size(session()); }
  std::vector<std::int32_t> asked;

 private:
  int on_begin_headers(const nghttp2_frame&) override { return 0; }
  int on_header(const nghttp2_frame&, std::string_view, std::string_view) override { return 0; }
  int on_frame(const nghttp2_frame& frame) override {
    if (frame.hd.type == NGHTTP2_HEADERS) asked.push_back(frame.hd.stream_id);
    return 0;
  }
  int on_body(std::int32_t, transport::Slice) override { return 0; }
  void on_frame_sent(const nghttp2_frame&) override {}
  void on_stream_closed(std::int32_t, std::uint32_t) override {}
  void on_fed() override {}
  void on_round() override {}
  void on_rest() override {}

  transport::HeapBuffers buffers_;
};

/// What a client sends that reads nothing, acknowledges nothing, and is told of no limit.
class Sender {
 public:
  explicit Sender(std::uint32_t window = 65535) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_option* option = nullptr;
    nghttp2_option_new(&option);
    nghttp2_option_set_peer_max_concurrent_streams(option, 1U << 20);
    nghttp2_session_client_new2(&session_, callbacks, nullptr, option);
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry entry{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, &entry, 1);
    nghttp2_submit_window_update(session_, NGHTTP2_FLAG_NONE, 0, 1 << 24);
  }
  ~Sender() { nghttp2_session_del(session_); }
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  std::string requests(std::size_t count) {
    const std::vector<std::pair<std::string, std::string>> fields{
        {":method", "GET"}, {":scheme", "http"}, {":authority", "a"}, {":path", "/"}};
    std::vector<nghttp2_nv> nv;
    for (const auto& [name, value] : fields) {
      nv.push_back({reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
                    reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())), name.size(), value.size(),
                    NGHTTP2_NV_FLAG_NONE});
    }
    for (std::size_t i = 0; i < count; ++i) {
      nghttp2_submit_request(session_, nullptr, nv.data(), nv.size(), nullptr, nullptr);
    }
    std::string out;
    for (const std::uint8_t* bytes = nullptr;;) {
      const ssize_t size = nghttp2_session_mem_send(session_, &bytes);
      if (size <= 0) return out;
      out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    }
  }

 private:
  nghttp2_session* session_ = nullptr;
};

TEST(Http2Session, FramesThatAPeerProvokesAndDoesNotReadAreBounded) {
  FakeStream stream;
  Server server(stream);
  stream.takes = false;
  Sender sender;
  // Its SETTINGS are never acknowledged: beyond 100 streams each request is refused by a RST_STREAM of its own.
  for (int i = 0; i < 100 && !server.over(); ++i) {
    server.read(sender.requests(1000));
    ASSERT_LT(server.queued(), 5000U);
  }
  EXPECT_TRUE(server.over());
  const std::size_t queued = server.queued();
  server.read(sender.requests(1000));
  EXPECT_EQ(server.queued(), queued);
}

/// Three whole responses of 200 KB, into windows that take all of them.
struct ThreeResponses {
  explicit ThreeResponses(FakeStream& stream) : server(stream) {
    server.read(Sender(1U << 20).requests(bodies.size()));
    for (std::size_t i = 0; i < bodies.size(); ++i) {
      bodies[i].queue.add_copy(std::string(kSize, 'x'));
      bodies[i].trailers = "x-end: 1\r\n";
      bodies[i].ended = true;
      server.respond(server.asked.at(i), bodies[i]);
    }
    server.send();
  }
  [[nodiscard]] std::size_t sent() const {
    std::size_t sum = 0;
    for (const Http2Body& body : bodies) sum += body.sent;
    return sum;
  }
  static constexpr std::size_t kSize = 200'000;
  std::array<Http2Body, 3> bodies;
  Server server;
};

TEST(Http2Session, WhatIsSentAtOnceMakesRoomForTheRest) {
  FakeStream stream;
  const ThreeResponses responses(stream);
  EXPECT_EQ(responses.sent(), 3 * ThreeResponses::kSize);
  EXPECT_GT(stream.written, 3 * ThreeResponses::kSize);
}

TEST(Http2Session, WhatAPeerDoesNotReadStaysInItsBodies) {
  FakeStream stream;
  stream.takes = false;
  const ThreeResponses responses(stream);
  EXPECT_LE(responses.sent(), SendQueue::kHighWater + 16384);
}

TEST(Http2Body, BodiesOfOneConnectionShareABoundAndNoneWaitsForAnother) {
  std::size_t total = 0;
  std::array<Http2Body, 30> bodies;
  for (Http2Body& body : bodies) body.total = &total;
  std::size_t held = 0;
  for (Http2Body& body : bodies) {
    while (!body.congested()) body.add_copy(std::string(4096, 'x'));
    held += body.queue.size();
  }
  EXPECT_EQ(total, held);
  EXPECT_GT(bodies.front().queue.size(), SendQueue::kHighWater);
  EXPECT_LE(total, Http2Body::kMostOfAll + bodies.size() * (Http2Body::kShare + 4096) + SendQueue::kHighWater);
  Http2Body& last = bodies.back();
  EXPECT_TRUE(last.congested());
  while (!last.queue.empty()) last.take(4096);
  EXPECT_FALSE(last.congested());
  for (Http2Body& body : bodies) body.clear();
  EXPECT_EQ(total, 0U);
}

}  // namespace
}  // namespace sluice::l7::test
