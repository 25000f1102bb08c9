// HTTP/2 towards backends: from clients of both protocols, many requests on one connection, and what a backend may say
// to be asked again, or not.
#include <chrono>
#include <set>

#include "http2_peer.h"

namespace sluice::l7::test {
namespace {

using std::chrono::milliseconds;

void ok(Http2Peer& peer, std::int32_t stream, Http2Message&, int) {
  peer.respond(stream, {{":status", "200"}, {"date", "x"}}, "ok");
}

/// A gateway whose backend speaks HTTP/2. Declared behind its origins: its end is that of their connections.
class Served : public Gateway {
 public:
  explicit Served(const std::vector<std::uint16_t>& ports, milliseconds connect_timeout = milliseconds(5000))
      : Gateway({.upstream = {.connect_timeout = connect_timeout, .avoid = milliseconds(0)}}) {
    app_protocol = "kubernetes.io/h2c";
    start(ports);
  }
};

TEST(Http2Upstream, ARequestOfHttp1ReachesItAndItsAnswerComesBack) {
  Origin origin(http2_origin(
      [](Http2Peer& peer, std::int32_t stream, Http2Message& request, int) { echo_http2(peer, stream, request); }));
  Served gateway({origin.port()});
  Socket client = gateway.client();
  client.send(
      "POST /x?y HTTP/1.1\r\nHost: a.test\r\nX-Mixed: Case\r\nConnection: x-hop\r\nX-Hop: 1\r\nTE: gzip\r\n"
      "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nX-Sum: 1\r\n\r\n");
  EXPECT_EQ(client.read_until("0\r\n\r\n"),
            "HTTP/1.1 200 \r\ndate: x\r\nTransfer-Encoding: chunked\r\n\r\n98\r\n"
            ":method: POST\n:scheme: http\n:authority: a.test\n:path: /x?y\nx-mixed: Case\n"
            "x-forwarded-for: 127.0.0.1\nx-forwarded-proto: http\nx-forwarded-host: a.test\n\nab\r\n0\r\n\r\n");
}

TEST(Http2Upstream, TrailersTravelBothWaysFromBothProtocols) {
  Origin origin(http2_origin([](Http2Peer& peer, std::int32_t stream, Http2Message& request, int) {
    EXPECT_EQ(request.trailer("x-sum"), "1");
    EXPECT_EQ(request.body, "ab");
    peer.respond(stream, {{":status", "200"}, {"date", "x"}}, "ok", true, {{"x-end", "2"}});
  }));
  Served gateway({origin.port()});
  Socket first = gateway.client();
  first.send("POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nX-Sum: 1\r\n\r\n");
  EXPECT_EQ(first.read_until("x-end: 2\r\n\r\n"),
            "HTTP/1.1 200 \r\ndate: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx-end: 2\r\n\r\n");
  Socket socket = gateway.client();
  Http2Peer second(socket, {});
  const auto id = second.request({{":method", "POST"}}, "", false);
  second.send_data(id, "ab", true, {{"x-sum", "1"}});
  EXPECT_EQ(second.whole(id).trailer("x-end"), "2");
  EXPECT_EQ(second[id].body, "ok");
  EXPECT_EQ(origin.connections(), 1);
}

TEST(Http2Upstream, OneConnectionCarriesAllRequestsAtOnce) {
  std::atomic<std::size_t> most{0};
  std::atomic<bool> answered{false};
  Origin origin(http2_origin([&](Http2Peer& peer, std::int32_t, Http2Message&, int) {
    // All answers wait for the last request.
    std::vector<std::int32_t> open;
    for (const auto& [id, message] : peer.all()) {
      if (message.ended && !message.closed) open.push_back(id);
    }
    most = std::max(most.load(), open.size());
    if (open.size() < 50 || answered.exchange(true)) return;
    for (const auto id : open) peer.respond(id, {{":status", "200"}}, "ok");
  }));
  Served gateway({origin.port()});
  Socket socket = gateway.client();
  Http2Peer client(socket, {});
  std::vector<std::int32_t> ids;
  for (int i = 0; i < 50; ++i) ids.push_back(client.request());
  for (const auto id : ids) ASSERT_EQ(client.whole(id).body, "ok");
  EXPECT_EQ(most, 50U);
  EXPECT_EQ(origin.connections(), 1);
}

TEST(Http2Upstream, WhereOneConnectionTakesNoMoreThereIsAnother) {
  std::atomic<int> served{0};
  Origin origin(http2_origin(
      [&](Http2Peer& peer, std::int32_t stream, Http2Message&, int) {
        ++served;
        Gateway::eventually([&] { return served == 6; });
        peer.respond(stream, {{":status", "200"}}, "ok");
      },
      {.streams = 1}));
  Served gateway({origin.port()});
  Socket socket = gateway.client();
  Http2Peer client(socket, {});
  std::vector<std::int32_t> ids;
  for (int i = 0; i < 6; ++i) ids.push_back(client.request());
  for (const auto id : ids) ASSERT_EQ(client.whole(id).body, "ok");
  EXPECT_EQ(origin.connections(), 6);
}

TEST(Http2Upstream, ConnectionsThatAreNeededAnywayOpenAtOnce) {
  std::atomic<int> connected{0};
  const auto answer = http2_origin(
      [&](Http2Peer& peer, std::int32_t stream, Http2Message&, int) {
        Gateway::eventually([&] { return connected >= 6; });
        peer.respond(stream, {{":status", "200"}}, "ok");
      },
      {.streams = 1});
  Origin origin([&](Socket& socket, int connection) {
    ++connected;
    // The first one says how many requests each takes; the others wait for each other.
    if (connection > 0) Gateway::eventually([&] { return connected >= 6; });
    answer(socket, connection);
  });
  Gateway gateway;
  gateway.app_protocol = "kubernetes.io/h2c";
  gateway.start({origin.port()});
  Socket socket = gateway.client();
  Http2Peer client(socket, {});
  std::vector<std::int32_t> ids;
  for (int i = 0; i < 6; ++i) ids.push_back(client.request());
  ASSERT_TRUE(Gateway::eventually([&] { return connected >= 6; }));
  for (const auto id : ids) EXPECT_EQ(client.whole(id).body, "ok");
}

TEST(Http2Upstream, EndpointsTakeTurnsStreamByStream) {
  std::atomic<int> first{0};
  std::atomic<int> second{0};
  const auto counting = [](std::atomic<int>& count) {
    return http2_origin([&](Http2Peer& peer, std::int32_t stream, Http2Message& request, int connection) {
      ++count;
      ok(peer, stream, request, connection);
    });
  };
  Origin one(counting(first));
  Origin two(counting(second));
  Served gateway({one.port(), two.port()});
  Socket socket = gateway.client();
  Http2Peer client(socket, {});
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client.whole(client.request()).body, "ok");
  EXPECT_EQ(first, 10);
  EXPECT_EQ(second, 10);
  EXPECT_EQ(one.connections() + two.connections(), 2);
}

TEST(Http2Upstream, WhatItRefusesUntouchedIsAskedAgainWhateverItIs) {
  std::atomic<int> refused{0};
  Origin origin(http2_origin([&](Http2Peer& peer, std::int32_t stream, Http2Message& request, int connection) {
    if (refused++ < 2) return peer.reset(stream, NGHTTP2_REFUSED_STREAM);
    ok(peer, stream, request, connection);
  }));
  Served gateway({origin.port()});
  Socket client = gateway.client();
  client.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(client.read_until("0\r\n\r\n").ends_with("ok\r\n0\r\n\r\n"));
  EXPECT_EQ(refused, 3);
}

TEST(Http2Upstream, ARefusalThatDoesNotEndIsAnswered) {
  Origin origin(http2_origin(
      [&](Http2Peer& peer, std::int32_t stream, Http2Message&, int) { peer.reset(stream, NGHTTP2_REFUSED_STREAM); }));
  Served gateway({origin.port()});
  Socket client = gateway.client();
  client.send(kGet);
  EXPECT_TRUE(client.read_message().starts_with("HTTP/1.1 502 "));
}

TEST(Http2Upstream, ARequestThatIsLostWithItsConnectionGoesAtOnceToAnotherEndpointsOpenOne) {
  std::atomic<bool> dies{false};
  Origin mortal([&](Socket& socket, int connection) {
    Http2Peer peer(socket, {.server = true});
    std::atomic<bool> asked{false};
    peer.on_request = [&](Http2Peer& self, std::int32_t stream, Http2Message& request) {
      asked = connection == 0 && dies;
      if (!asked) ok(self, stream, request, 0);
    };
    peer.until([&] { return asked.load(); });
  });
  Origin other(http2_origin(ok));
  Served gateway({mortal.port(), other.port()});
  Socket socket = gateway.client();
  Http2Peer client(socket, {});
  for (int i = 0; i < 4; ++i) EXPECT_EQ(client.whole(client.request()).body, "ok");
  dies = true;
  for (int i = 0; i < 4; ++i) EXPECT_EQ(client.whole(client.request()).body, "ok");
}

TEST(Http2Upstream, WhatItResetsHasBeenSeenAndIsNotAskedAgain) {
  std::atomic<int> asked{0};
  Origin origin(http2_origin([&](Http2Peer& peer, std::int32_t stream, Http2Message& request, int connection) {
    if (++asked == 1) return ok(peer, stream, request, connection);
    peer.reset(stream, NGHTTP2_INTERNAL_ERROR);
  }));
  Served gateway({origin.port()});
  Socket client = gateway.client();
  client.send(kGet);
  EXPECT_TRUE(client.read_until("0\r\n\r\n").ends_with("ok\r\n0\r\n\r\n"));
  client.send(kGet);
  EXPECT_TRUE(client.read_message().starts_with("HTTP/1.1 502 "));
  EXPECT_EQ(asked, 2);
}

TEST(Http2Upstream, RequestsBehindAGoawayGoToAnotherConnection) {
  Origin origin(http2_origin([](Http2Peer& peer, std::int32_t stream, Http2Message& request, int connection) {
    if (connection > 0) return ok(peer, stream, request, connection);
    // The second request of the first connection came too late.
    if (stream == 1) return;
    peer.goaway(1);
    peer.respond(1, {{":status", "200"}}, "first");
  }));
  Served gateway({origin.port()});
  Socket socket = gateway.client();
  Http2Peer client(socket, {});
  const auto one = client.request();
  ASSERT_TRUE(Gateway::eventually([&] { return gateway.counters().upstream_streams.value() == 1; }));
  const auto two = client.request({{":method", "POST"}});
  EXPECT_EQ(client.whole(one).body, "first");
  EXPECT_EQ(client.whole(two).body, "ok");
  EXPECT_EQ(origin.connections(), 2);
}

TEST(Http2Upstream, AResetInTheMiddleIsSeenByClientsOfBothProtocols) {
  Origin origin(http2_origin([](Http2Peer& peer, std::int32_t stream, Http2Message&, int) {
    peer.respond(stream, {{":status", "200"}, {"content-length", "10"}}, "12345", false);
    peer.flush();
    peer.reset(stream, NGHTTP2_INTERNAL_ERROR);
  }));
  Served gateway({origin.port()});
  Socket first = gateway.client();
  first.send(kGet);
  EXPECT_TRUE(first.read_to_end().ends_with("12345"));
  Socket socket = gateway.client();
  Http2Peer second(socket, {});
  const auto id = second.request();
  ASSERT_TRUE(second.until([&] { return second[id].closed; }));
  EXPECT_EQ(second[id].code, static_cast<std::uint32_t>(NGHTTP2_INTERNAL_ERROR));
  EXPECT_EQ(gateway.ended(Reason::kUpstreamReset), 2U);
}

TEST(Http2Upstream, AClientThatLeavesCancelsItsStreamAlone) {
  std::atomic<int> cancelled{0};
  Origin origin([&](Socket& socket, int) {
    Http2Peer peer(socket, {.server = true});
    peer.on_request = [](Http2Peer& to, std::int32_t stream, Http2Message& request) {
      if (request.get(":path") != "/hang") to.respond(stream, {{":status", "200"}}, "ok");
    };
    peer.until([&] {
      int count = 0;
      for (const auto& [id, message] : peer.all()) {
        count += message.closed && message.code == static_cast<std::uint32_t>(NGHTTP2_CANCEL) ? 1 : 0;
      }
      cancelled = count;
      return false;
    });
  });
  Served gateway({origin.port()});
  Socket leaves = gateway.client();
  leaves.send("GET /hang HTTP/1.1\r\nHost: a.test\r\n\r\n");
  ASSERT_TRUE(Gateway::eventually([&] { return gateway.counters().upstream_streams.value() == 1; }));
  leaves.reset();
  EXPECT_TRUE(Gateway::eventually([&] { return cancelled == 1; }));
  Socket client = gateway.client();
  client.send(kGet);
  EXPECT_TRUE(client.read_until("0\r\n\r\n").ends_with("ok\r\n0\r\n\r\n"));
  EXPECT_EQ(origin.connections(), 1);
}

TEST(Http2Upstream, AHeadFarBeyondTheLimitsIsInvalidAndNotReadToItsEnd) {
  std::atomic<std::uint32_t> code{0};
  Origin origin([&](Socket& socket, int connection) {
    Http2Peer peer(socket, {.server = true});
    peer.on_request = [&](Http2Peer& self, std::int32_t stream, Http2Message& request) {
      if (request.get(":path") != "/much") return ok(self, stream, request, connection);
      FieldList fields{{":status", "200"}};
      fields.insert(fields.end(), 100, {"x", std::string(2900, 'x')});
      self.respond(stream, fields, "", false);
    };
    peer.until([&] {
      code = peer[1].code;
      return false;
    });
  });
  Served gateway({origin.port()});
  Socket client = gateway.client();
  client.send("GET /much HTTP/1.1\r\nHost: a.test\r\n\r\n");
  EXPECT_NE(client.read_message().find("upstream_invalid"), std::string::npos);
  client.send(kGet);
  EXPECT_TRUE(client.read_until("0\r\n\r\n").ends_with("ok\r\n0\r\n\r\n"));
  EXPECT_EQ(origin.connections(), 1);
  EXPECT_TRUE(Gateway::eventually([&] { return code != 0; }));
  EXPECT_EQ(code, static_cast<std::uint32_t>(NGHTTP2_INTERNAL_ERROR));
}

TEST(Http2Upstream, OneThatSpeaksHttp1IsFoundOutBeforeItIsAsked) {
  Origin origin([](Socket& socket, int) {
    socket.read_bytes(24);
    socket.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    socket.read_to_end();
  });
  Served gateway({origin.port()});
  Socket client = gateway.client();
  client.send(kGet);
  const std::string response = client.read_message();
  EXPECT_TRUE(response.starts_with("HTTP/1.1 502 ")) << response;
  EXPECT_NE(response.find("upstream_invalid"), std::string::npos);
}

TEST(Http2Upstream, OneThatGreetsAndGoesIsNotAskedForEver) {
  Origin origin([](Socket& socket, int) {
    // SETTINGS and GOAWAY.
    socket.send(std::string("\0\0\0\4\0\0\0\0\0", 9) + std::string("\0\0\x08\7\0\0\0\0\0\0\0\0\0\0\0\0\0", 17));
    socket.read_to_end();
  });
  Served gateway({origin.port()});
  Socket client = gateway.client();
  client.send(kGet);
  EXPECT_NE(client.read_message().find("connect_failed"), std::string::npos);
  EXPECT_EQ(origin.connections(), 1);
}

TEST(Http2Upstream, OneThatDoesNotGreetIsNotAwaitedForEver) {
  Origin origin([](Socket& socket, int) { socket.read_to_end(); });
  Served gateway({origin.port()}, milliseconds(300));
  Socket client = gateway.client();
  client.send(kGet);
  EXPECT_NE(client.read_message().find("connect_timeout"), std::string::npos);
}

TEST(Http2Upstream, AConnectionThatOpensForNobodyEndsForWantOfUse) {
  std::atomic<bool> go{false};
  std::atomic<bool> ended{false};
  Origin origin([&](Socket& socket, int) {
    Gateway::eventually([&] { return go.load(); });
    Http2Peer peer(socket, {.server = true});
    peer.until([&] { return peer.saw_goaway(); });
    ended = peer.saw_goaway();
  });
  Gateway gateway({.upstream = {.idle_timeout = milliseconds(50)}});
  gateway.app_protocol = "kubernetes.io/h2c";
  gateway.start({origin.port()});
  Socket client = gateway.client();
  client.send(kGet);
  ASSERT_TRUE(Gateway::eventually([&] { return origin.connections() == 1; }));
  client.reset();
  ASSERT_TRUE(Gateway::eventually([&] { return gateway.ended(Reason::kClientGone) == 1; }));
  go = true;
  EXPECT_TRUE(Gateway::eventually([&] { return ended.load(); }));
}

TEST(Http2Upstream, AConnectionThatHasGoneSilentIsLeftByTheNextRequest) {
  Origin origin([](Socket& socket, int connection) {
    if (connection > 0) return http2_origin(ok)(socket, connection);
    socket.send(std::string("\0\0\0\4\0\0\0\0\0", 9));  // SETTINGS, and then nothing ever
    socket.read_to_end();
  });
  Gateway gateway({.upstream = {.connect_timeout = milliseconds(1000)}});
  gateway.app_protocol = "kubernetes.io/h2c";
  gateway.one_rule({origin.port()}).set_request_timeout_ms(1500);
  gateway.start();
  Socket socket = gateway.client();
  Http2Peer client(socket, {});
  EXPECT_EQ(client.whole(client.request()).get(":status"), "504");
  // Had connecting taken long, the first one was not asked for a second.
  bool answered = false;
  for (int i = 0; i < 5 && !answered; ++i) answered = client.whole(client.request()).body == "ok";
  EXPECT_TRUE(answered);
  EXPECT_GE(origin.connections(), 2);
}

TEST(Http2Upstream, AConnectionThatWasNotAskedHasNotGoneSilent) {
  std::atomic<int> hanging{0};
  Origin origin(http2_origin([&](Http2Peer& peer, std::int32_t stream, Http2Message& request, int connection) {
    if (request.get(":path") != "/hang") return ok(peer, stream, request, connection);
    ++hanging;
  }));
  const milliseconds patience(2000);
  Served gateway({origin.port()}, patience);
  Socket socket = gateway.client();
  Http2Peer client(socket, {});
  const auto ask_and_give_up = [&](int times) {
    const auto id = client.request({{":path", "/hang"}});
    ASSERT_TRUE(Gateway::eventually([&] { return hanging == times; }));
    client.reset(id, NGHTTP2_CANCEL);
    ASSERT_TRUE(
        Gateway::eventually([&] { return gateway.ended(Reason::kClientGone) == static_cast<std::uint64_t>(times); }));
  };
  EXPECT_EQ(client.whole(client.request()).body, "ok");
  ask_and_give_up(1);
  std::this_thread::sleep_for(patience + milliseconds(100));
  ask_and_give_up(2);
  EXPECT_EQ(client.whole(client.request()).body, "ok");
  EXPECT_EQ(origin.connections(), 1);
}

TEST(Http2Upstream, ARefusedConnectGoesToAnotherEndpoint) {
  Origin origin(http2_origin(ok));
  const RefusingPort refusing;
  Served gateway({refusing.port(), origin.port()});
  Socket socket = gateway.client();
  Http2Peer client(socket, {});
  for (int i = 0; i < 10; ++i) ASSERT_EQ(client.whole(client.request()).body, "ok");
  EXPECT_EQ(origin.connections(), 1);
}

TEST(Http2Upstream, LargeBodiesGoBothWays) {
  const std::string large(3'000'000, 'x');
  Origin origin(http2_origin([&](Http2Peer& peer, std::int32_t stream, Http2Message& request, int) {
    peer.respond(stream, {{":status", "200"}}, request.body);
  }));
  Served gateway({origin.port()});
  Socket socket = gateway.client();
  Http2Peer client(socket, {});
  EXPECT_TRUE(client.whole(client.request({{":method", "POST"}}, large)).body == large);
  Socket first = gateway.client();
  first.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 3000000\r\n\r\n" + large);
  const std::string response = first.read_until("\r\n0\r\n\r\n");
  EXPECT_EQ(std::ranges::count(response, 'x'), 3'000'000);
}

TEST(Http2Upstream, AClientThatDoesNotReadHoldsUpNoOther) {
  Origin origin(http2_origin([&](Http2Peer& peer, std::int32_t stream, Http2Message& request, int) {
    peer.respond(stream, {{":status", "200"}}, request.get(":path") == "/large" ? std::string(8'000'000, 'x') : "ok");
  }));
  Served gateway({origin.port()});
  std::vector<Socket> stuck;
  for (int i = 0; i < 4; ++i) {
    stuck.push_back(gateway.client(4096));
    stuck.back().send("GET /large HTTP/1.1\r\nHost: a.test\r\n\r\n");
    ASSERT_FALSE(stuck.back().read_bytes(10).empty());
  }
  Socket client = gateway.client();
  for (int i = 0; i < 20; ++i) {
    client.send(kGet);
    ASSERT_TRUE(client.read_until("0\r\n\r\n").ends_with("ok\r\n0\r\n\r\n"));
  }
  // And who reads in the end gets all of it.
  std::size_t size = 10;
  while (size < 8'000'000) {
    const std::string part = stuck[0].read_bytes(100'000);
    if (part.empty()) break;
    size += part.size();
  }
  EXPECT_GE(size, 8'000'000U);
}

TEST(Http2Upstream, UploadsThatABackendDoesNotTakeHoldUpNoOtherOfTheirConnection) {
  Origin origin(http2_origin(ok, {.window = 1000, .reads = false}));
  Served gateway({origin.port()});
  Socket socket = gateway.client();
  Http2Peer client(socket, {});
  std::vector<std::int32_t> stuck;
  for (int i = 0; i < 40; ++i) stuck.push_back(client.request({{":method", "POST"}}, std::string(400'000, 'x')));
  nghttp2_session* session = client.session();
  const auto is_full = [&](std::int32_t id) { return nghttp2_session_get_stream_remote_window_size(session, id) == 0; };
  ASSERT_TRUE(client.until([&] { return std::ranges::all_of(stuck, is_full); }));
  EXPECT_EQ(client.whole(client.request({{":method", "POST"}}, "small")).body, "ok");
}

TEST(Http2Upstream, HintsPassAndHeadHasNoBody) {
  Origin origin(http2_origin([](Http2Peer& peer, std::int32_t stream, Http2Message& request, int) {
    if (request.get(":method") == "HEAD") return peer.respond(stream, {{":status", "200"}, {"content-length", "5"}});
    peer.send_interim(stream, "103");
    peer.respond(stream, {{":status", "204"}, {"date", "x"}});
  }));
  Served gateway({origin.port()});
  Socket client = gateway.client();
  client.send(kGet);
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 103 \r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 204 \r\ndate: x\r\n\r\n");
  client.send("HEAD / HTTP/1.1\r\nHost: a.test\r\n\r\n");
  EXPECT_NE(client.read_until("\r\n\r\n").find("content-length: 5\r\n"), std::string::npos);
  client.send(kGet);
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 103 \r\n\r\n");
}

TEST(Http2Upstream, AnEndpointThatIsRemovedIsLeftWhenItsRequestsAreDone) {
  std::atomic<bool> go{false};
  Origin origin(http2_origin([&](Http2Peer& peer, std::int32_t stream, Http2Message& request, int connection) {
    Gateway::eventually([&] { return go.load(); });
    ok(peer, stream, request, connection);
  }));
  Origin other(http2_origin(ok));
  Served gateway({origin.port()});
  Socket client = gateway.client();
  client.send(kGet);
  ASSERT_TRUE(Gateway::eventually([&] { return gateway.counters().upstream_streams.value() == 1; }));
  gateway.start({other.port()});
  go = true;
  EXPECT_TRUE(client.read_until("0\r\n\r\n").ends_with("ok\r\n0\r\n\r\n"));
  client.send(kGet);
  EXPECT_TRUE(client.read_until("0\r\n\r\n").ends_with("ok\r\n0\r\n\r\n"));
  EXPECT_EQ(other.connections(), 1);
}

}  // namespace
}  // namespace sluice::l7::test
