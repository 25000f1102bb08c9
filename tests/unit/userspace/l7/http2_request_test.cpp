// A request to a backend by HTTP/2, from its user's side.
#include "http2_peer.h"
#include "userspace/transport/buffer_pool.h"

namespace sluice::l7::test {
namespace {

/// Sends a body and gives the request up.
struct GivesUp final : UpstreamUser {
  transport::Loop* loop = nullptr;
  transport::HeapBuffers* buffers = nullptr;
  Upstream* upstream = nullptr;
  std::size_t lent = 0;
  std::size_t lent_after = 1;

  void on_upstream_ready() override {
    for (int i = 0; i < 4; ++i) {
      transport::Buffer& buffer = buffers->take();
      upstream->send_body({buffer, {buffer.bytes, transport::kBufferSize}});
    }
    lent = buffers->lent();
    upstream->drop();
    lent_after = buffers->lent();
    loop->stop();
  }
  void on_upstream_failed(UpstreamFailure) override { loop->stop(); }
  void on_interim(const ResponseHead&) override {}
  void on_response_head(const ResponseHead&) override {}
  void on_response_body(transport::Slice) override {}
  void on_response_flush() override {}
  void on_response_end(std::string_view) override {}
  void on_upstream_drained() override {}
};

TEST(Http2Request, ThatIsGivenUpHoldsNoReceiveBuffers) {
  Origin origin(http2_origin([](Http2Peer&, std::int32_t, Http2Message&, int) {}));
  transport::HeapBuffers buffers;
  const auto loop = transport::Loop::make(default_io()).value();
  const UpstreamLimits limits;
  WorkerCounters counters;
  Endpoint endpoint;
  endpoint.backends = 1;
  endpoint.address = transport::Address::loopback(AF_INET, origin.port());
  UpstreamPool pool(*loop, limits, counters);
  GivesUp user;
  user.loop = loop.get();
  user.buffers = &buffers;
  user.upstream = &pool.lend(endpoint, user, UpstreamProtocol::kHttp2, Reuse::kNone);
  loop->run();
  EXPECT_EQ(user.lent, 4U);
  EXPECT_EQ(user.lent_after, 0U);
}

}  // namespace
}  // namespace sluice::l7::test
