// HTTP/2 from clients: the windows of streams and of their connection.
#include <algorithm>

#include "http2_peer.h"

namespace sluice::l7::test {
namespace {

using Client = Http2Client;

/// What the client may send of that body now.
std::int32_t room_of(Client& client, std::int32_t id) {
  return nghttp2_session_get_stream_remote_window_size(client.peer.session(), id);
}

TEST(Http2Windows, UploadsThatNoBackendTakesStopNoLargerOne) {
  Origin stuck(http2_origin([](Http2Peer&, std::int32_t, Http2Message&, int) {}, {.window = 1000, .reads = false}));
  const std::size_t size = 6'000'000;
  Origin reads([&](Socket& socket, int) {
    socket.read_until("\r\n\r\n");
    if (socket.read_bytes(size).size() == size) socket.send(kOk);
    socket.read_to_end();
  });
  Gateway gateway;
  HostBuilder host("a.test");
  const auto to = [&](const std::string& name) {
    host.prefix(name, "/" + name);
    auto& backend = *host.action().add_backends();
    backend.set_backend("backend/" + name);
    backend.set_weight(1);
  };
  to("stuck");
  to("reads");
  ModelBuilder model;
  model.listen("gw", gateway.port()).host(host.build());
  model.backend("stuck", {stuck.port()}, "kubernetes.io/h2c").backend("reads", {reads.port()});
  gateway.serve(model);
  Client client(gateway);
  std::vector<std::int32_t> waiting;
  for (int i = 0; i < 90; ++i) {
    waiting.push_back(client.peer.request({{":method", "POST"}, {":path", "/stuck"}}, std::string(400'000, 'x')));
  }
  const auto is_full = [&](std::int32_t id) { return room_of(client, id) == 0; };
  ASSERT_TRUE(client.peer.until([&] { return std::ranges::all_of(waiting, is_full); }));
  const auto id = client.peer.request({{":method", "POST"}, {":path", "/reads"}, {"content-length", "6000000"}},
                                      std::string(size, 'x'));
  EXPECT_EQ(client.peer.whole(id).body, "ok");
}

TEST(Http2Windows, ABodyThatHasComeWholeLeavesItsWideWindowToOthers) {
  std::atomic<int> taken{0};
  Origin origin([&](Socket& socket, int) {
    if (socket.read_until("\r\n\r\n").find("content-length: 64000\r\n") != std::string::npos) {
      taken += socket.read_bytes(64'000).size() == 64'000 ? 1 : 0;
    }
    socket.read_to_end();  // no answer ends the request
  });
  Gateway gateway;
  gateway.start({origin.port()});
  Client client(gateway);
  const FieldList fields{{":method", "POST"}, {"content-length", "64000"}};
  for (int i = 0; i < 16; ++i) client.peer.request(fields, std::string(64'000, 'x'));
  ASSERT_TRUE(client.peer.until([&] { return taken == 16; }));
  const auto id = client.peer.request({{":method", "POST"}}, std::string(48'000, 'x'), false);
  EXPECT_TRUE(client.peer.until([&] { return room_of(client, id) > 100'000; }));
}

}  // namespace
}  // namespace sluice::l7::test
