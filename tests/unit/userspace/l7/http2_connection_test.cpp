// HTTP/2 from clients: what reaches a backend of HTTP/1.1, what comes back, and what a connection is held to.
#include <chrono>

#include "http2_peer.h"
#include "userspace/l7/http2_session.h"

namespace sluice::l7::test {
namespace {

using std::chrono::milliseconds;

using Client = Http2Client;

TEST(Http2Connection, ARequestIsTheSameAsByHttp1) {
  Origin origin(Origin::echo());
  Gateway gateway;
  gateway.start({origin.port()});
  Client client(gateway);
  const auto id = client.peer.request({{":path", "/x?y=1"}, {"accept", "a/b"}, {"cookie", "a=1"}, {"cookie", "b=2"}});
  const Http2Message& response = client.peer.whole(id);
  EXPECT_EQ(response.get(":status"), "200");
  EXPECT_EQ(response.get("date"), "x");
  EXPECT_EQ(response.body,
            "GET /x?y=1 HTTP/1.1\r\nHost: a.test\r\naccept: a/b\r\ncookie: a=1; b=2\r\n"
            "X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: a.test\r\n\r\n");
  EXPECT_EQ(gateway.counters().http2_connections.value(), 1U);
  EXPECT_EQ(gateway.counters().connections.value(), 1U);
}

TEST(Http2Connection, ThePrefaceMayComeInAnyPiecesAndHttp1LosesNothingToIt) {
  Origin origin(Origin::always(kOk));
  Gateway gateway;
  gateway.start({origin.port()});
  const std::string settings("\0\0\0\4\0\0\0\0\0", 9);
  for (std::size_t cut = 1; cut < kHttp2Preface.size(); ++cut) {
    Socket socket = gateway.client();
    socket.send(kHttp2Preface.substr(0, cut));
    std::this_thread::sleep_for(milliseconds(1));
    socket.send(std::string(kHttp2Preface.substr(cut)) + settings);
    EXPECT_EQ(socket.read_bytes(5)[3], 4) << cut;  // SETTINGS
  }
  for (const std::string request : {"P", "PR", "PRI"}) {
    Socket socket = gateway.client();
    socket.send(request);
    std::this_thread::sleep_for(milliseconds(5));
    socket.send("X / HTTP/1.1\r\nHost: a.test\r\n\r\n");  // methods of nobody, and so of the backend
    EXPECT_EQ(socket.read_message(), kOk) << request;
  }
}

TEST(Http2Connection, ManyStreamsShareAConnectionAndNoneWaitsForAnother) {
  std::atomic<bool> go{false};
  Origin origin([&](Socket& socket, int) {
    for (std::string request; !(request = socket.read_message()).empty();) {
      if (request.starts_with("GET /slow")) Gateway::eventually([&] { return go.load(); });
      if (!socket.send(kOk)) return;
    }
  });
  Gateway gateway;
  gateway.start({origin.port()});
  Client client(gateway);
  const auto slow = client.peer.request({{":path", "/slow"}});
  std::vector<std::int32_t> quick;
  for (int i = 0; i < 50; ++i) quick.push_back(client.peer.request());
  for (const auto id : quick) ASSERT_EQ(client.peer.whole(id).body, "ok");
  EXPECT_FALSE(client.peer[slow].has_head);
  go = true;
  EXPECT_EQ(client.peer.whole(slow).body, "ok");
}

TEST(Http2Connection, BodiesAndTrailersTravelBothWays) {
  Origin origin([](Socket& socket, int) {
    const std::string head = socket.read_until("\r\n\r\n");
    EXPECT_NE(head.find("\r\nTransfer-Encoding: chunked\r\n"), std::string::npos);
    EXPECT_EQ(socket.read_until("\r\n\r\n"), "5\r\nhello\r\n0\r\nx-sum: 1\r\n\r\n");
    socket.send(
        "HTTP/1.1 200 OK\r\nDate: x\r\nTransfer-Encoding: chunked\r\nTrailer: X-End\r\n\r\n"
        "2\r\nok\r\n0\r\nX-End: 2\r\nSet-Cookie: a=b\r\n\r\n");
    socket.read_to_end();
  });
  Gateway gateway;
  gateway.start({origin.port()});
  Client client(gateway);
  const auto id = client.peer.request({{":method", "POST"}}, "hello", false);
  client.peer.send_data(id, "", true, {{"x-sum", "1"}, {"cookie", "no"}});
  const Http2Message& response = client.peer.whole(id);
  EXPECT_EQ(response.body, "ok");
  EXPECT_EQ(response.get("transfer-encoding"), "");
  EXPECT_EQ(response.trailer("x-end"), "2");
  EXPECT_EQ(response.trailers.size(), 1U);
}

TEST(Http2Connection, ALengthIsKept) {
  Origin origin(Origin::echo());
  Gateway gateway;
  gateway.start({origin.port()});
  Client client(gateway);
  const auto id = client.peer.request({{":method", "PUT"}, {"content-length", "3"}}, "abc");
  const std::string body = client.peer.whole(id).body;
  EXPECT_NE(body.find("\r\ncontent-length: 3\r\n"), std::string::npos);
  EXPECT_EQ(body.find("chunked"), std::string::npos);
}

TEST(Http2Connection, LargeBodiesGoBothWaysThroughSmallWindows) {
  const std::string large = [] {
    std::string text;
    for (int i = 0; i < 40'000; ++i) text += std::to_string(i);
    return text;
  }();
  Origin origin([&](Socket& socket, int) {
    socket.read_until("\r\n\r\n");
    const std::string body = socket.read_bytes(large.size());
    socket.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    socket.read_to_end();
  });
  Gateway gateway;
  gateway.start({origin.port()});
  Client client(gateway, {.window = 10'000});
  const auto id = client.peer.request({{":method", "POST"}, {"content-length", std::to_string(large.size())}}, large);
  EXPECT_TRUE(client.peer.whole(id).body == large);
}

TEST(Http2Connection, HeadNoContentAndNotModifiedHaveNoBody) {
  Origin origin([](Socket& socket, int) {
    for (std::string request; !(request = socket.read_message()).empty();) {
      if (request.starts_with("HEAD")) socket.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
      if (request.starts_with("GET /204")) socket.send("HTTP/1.1 204 No Content\r\n\r\n");
      if (request.starts_with("GET /304")) socket.send("HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n");
    }
  });
  Gateway gateway;
  gateway.start({origin.port()});
  Client client(gateway);
  const Http2Message& head = client.peer.whole(client.peer.request({{":method", "HEAD"}}));
  EXPECT_TRUE(head.head_ended);
  EXPECT_EQ(head.get("content-length"), "5");
  EXPECT_EQ(client.peer.whole(client.peer.request({{":path", "/204"}})).get(":status"), "204");
  EXPECT_TRUE(client.peer.whole(client.peer.request({{":path", "/304"}})).head_ended);
}

TEST(Http2Connection, TheBackendDecidesOn100ContinueAndHintsPass) {
  Origin origin([](Socket& socket, int) {
    EXPECT_NE(socket.read_until("\r\n\r\n").find("expect: 100-continue"), std::string::npos);
    EXPECT_TRUE(socket.silent_for(50));
    socket.send("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n");
    EXPECT_EQ(socket.read_until("0\r\n\r\n"), "4\r\nbody\r\n0\r\n\r\n");
    socket.send(kOk);
    socket.read_to_end();
  });
  Gateway gateway;
  gateway.start({origin.port()});
  Client client(gateway);
  const auto id = client.peer.request({{":method", "PUT"}, {"expect", "100-continue"}}, "", false);
  ASSERT_TRUE(client.peer.until([&] { return client.peer[id].interim.size() == 2; }));
  client.peer.send_data(id, "body", true);
  EXPECT_EQ(client.peer.whole(id).body, "ok");
  EXPECT_EQ(client.peer[id].interim, (std::vector<std::string>{"100", "103"}));
}

TEST(Http2Connection, WhoeverIsSilentBefore100ContinueIsTheOneThatIsLate) {
  Origin origin([](Socket& socket, int) {
    const std::string head = socket.read_until("\r\n\r\n");
    if (head.starts_with("PUT /continues")) socket.send("HTTP/1.1 100 Continue\r\n\r\n");
    socket.read_to_end();
  });
  Gateway gateway({.body_timeout = milliseconds(100), .backend_silence = milliseconds(2000)});
  gateway.start({origin.port()});
  const auto ask = [](Client& client, const std::string& path) {
    return client.peer.request({{":method", "PUT"}, {":path", path}, {"expect", "100-continue"}}, "", false);
  };
  const auto ask_by_http1 = [](Socket& socket, const std::string& path) {
    socket.send("PUT " + path + " HTTP/1.1\r\nHost: a.test\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  };
  Client client(gateway);
  Socket silent = gateway.client();
  Socket continues = gateway.client();
  const auto silent_id = ask(client, "/is-silent");
  const auto continues_id = ask(client, "/continues");
  ask_by_http1(silent, "/is-silent");
  ask_by_http1(continues, "/continues");
  client.peer.until([&] { return client.peer[silent_id].has_head && client.peer[continues_id].has_head; });
  EXPECT_EQ(client.peer[silent_id].get(":status"), "504");
  EXPECT_EQ(client.peer[continues_id].get(":status"), "408");
  EXPECT_EQ(silent.read_until("\r\n").substr(0, 13), "HTTP/1.1 504 ");
  EXPECT_EQ(continues.read_until("\r\n\r\n").substr(0, 13), "HTTP/1.1 100 ");
  EXPECT_EQ(continues.read_until("\r\n").substr(0, 13), "HTTP/1.1 408 ");
}

TEST(Http2Connection, AnAnswerBeforeTheWholeRequestEndsTheStreamAlone) {
  Origin origin(Origin::always(kOk));
  Gateway gateway;
  gateway.start({origin.port()});
  Client client(gateway);
  const auto refused = client.peer.request({{":method", "POST"}, {":authority", "b.test"}}, "part", false);
  ASSERT_TRUE(client.peer.until([&] { return client.peer[refused].closed; }));
  EXPECT_EQ(client.peer[refused].get(":status"), "404");
  EXPECT_NE(client.peer[refused].body.find("no_host"), std::string::npos);
  EXPECT_EQ(client.peer[refused].code, static_cast<std::uint32_t>(NGHTTP2_NO_ERROR));
  EXPECT_EQ(client.peer.whole(client.peer.request()).body, "ok");
}

TEST(Http2Connection, AClientThatCancelsEndsItsRequestAndNoOther) {
  std::atomic<bool> hanging{false};
  std::atomic<int> ended{0};
  Origin origin([&](Socket& socket, int) {
    const std::string request = socket.read_message();
    if (request.starts_with("GET /hang")) {
      hanging = true;
      socket.read_to_end();
      ++ended;
      return;
    }
    socket.send(kOk);
    socket.read_to_end();
  });
  Gateway gateway;
  gateway.start({origin.port()});
  Client client(gateway);
  const auto hangs = client.peer.request({{":path", "/hang"}});
  ASSERT_TRUE(Gateway::eventually([&] { return hanging.load(); }));
  client.peer.reset(hangs, NGHTTP2_CANCEL);
  EXPECT_TRUE(Gateway::eventually([&] { return ended == 1 && gateway.ended(Reason::kClientGone) == 1; }));
  EXPECT_EQ(client.peer.whole(client.peer.request()).body, "ok");
}

TEST(Http2Connection, AClientThatEndsItsConnectionEndsItsRequests) {
  std::atomic<int> ended{0};
  Origin origin([&](Socket& socket, int) {
    socket.read_message();
    socket.read_to_end();
    ++ended;
  });
  Gateway gateway;
  gateway.start({origin.port()});
  Client client(gateway);
  client.peer.request();
  client.peer.request();
  ASSERT_TRUE(Gateway::eventually([&] { return origin.connections() == 2; }));
  client.socket.finish();
  EXPECT_TRUE(Gateway::eventually([&] { return ended == 2 && gateway.ended(Reason::kClientGone) == 2; }));
}

TEST(Http2Connection, WhatAClientLeftBehindReachesNobodyElsesBackend) {
  std::atomic<bool> go{false};
  Origin origin([&](Socket& socket, int) {
    for (std::string head; !(head = socket.read_until("\r\n\r\n")).empty();) {
      if (head.starts_with("POST")) {
        Gateway::eventually([&] { return go.load(); });
        return;
      }
      EXPECT_EQ(head.substr(0, 16), "GET / HTTP/1.1\r\n");
      if (!socket.send(kOk)) return;
    }
  });
  Gateway gateway;
  gateway.start({origin.port()});
  {
    Client first(gateway);
    first.peer.request({{":method", "POST"}, {"content-length", "20000000"}}, std::string(20'000'000, 'x'));
    // Its backend does not read: once buffers are full, what has come stays with its stream.
    const auto full = std::chrono::steady_clock::now() + milliseconds(500);
    ASSERT_TRUE(first.peer.until([&] { return std::chrono::steady_clock::now() > full; }));
  }
  ASSERT_TRUE(Gateway::eventually([&] { return gateway.ended(Reason::kClientGone) == 1; }));
  {
    Client second(gateway);
    std::vector<std::int32_t> ids;
    for (int i = 0; i < 8; ++i) ids.push_back(second.peer.request());
    for (const auto id : ids) EXPECT_EQ(second.peer.whole(id).body, "ok");
  }
  go = true;
}

TEST(Http2Connection, ABackendThatDiesInTheMiddleResetsTheStream) {
  Origin origin([](Socket& socket, int) {
    socket.read_message();
    socket.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345");
  });
  Gateway gateway;
  gateway.start({origin.port()});
  Client client(gateway);
  const auto id = client.peer.request();
  ASSERT_TRUE(client.peer.until([&] { return client.peer[id].closed; }));
  EXPECT_EQ(client.peer[id].code, static_cast<std::uint32_t>(NGHTTP2_INTERNAL_ERROR));
  EXPECT_FALSE(client.peer[id].ended);
  EXPECT_TRUE(Gateway::eventually([&] { return gateway.ended(Reason::kUpstreamReset) == 1; }));
}

TEST(Http2Connection, AReaderThatStopsPausesItsStreamAloneAndIsCutInTheEnd) {
  std::atomic<std::size_t> sent{0};
  Origin origin([&](Socket& socket, int) {
    const std::string request = socket.read_message();
    if (!request.starts_with("GET /large")) {
      socket.send(kOk);
      socket.read_to_end();
      return;
    }
    socket.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
    const std::string block(100'000, 'x');
    while (sent < 100'000'000 && socket.send(block)) sent += block.size();
  });
  Gateway gateway({.write_timeout = milliseconds(400)});
  gateway.start({origin.port()});
  Client client(gateway, {.reads = false});
  const auto large = client.peer.request({{":path", "/large"}});
  ASSERT_TRUE(client.peer.until([&] { return client.peer[large].body.size() == 65535; }));
  client.peer.window_update(0, 1 << 20);
  EXPECT_EQ(client.peer.whole(client.peer.request()).body, "ok");
  ASSERT_TRUE(client.peer.until([&] { return client.peer[large].closed; }));
  EXPECT_EQ(client.peer[large].code, static_cast<std::uint32_t>(NGHTTP2_CANCEL));
  EXPECT_EQ(gateway.ended(Reason::kClientSlow), 1U);
  EXPECT_LT(sent.load(), 30'000'000U);  // the kernel's buffers, and a queue of ours
}

TEST(Http2Connection, ABackendThatDoesNotReadStopsItsStreamAlone) {
  std::atomic<bool> go{false};
  Origin origin([&](Socket& socket, int) {
    const std::string head = socket.read_until("\r\n\r\n");
    if (head.starts_with("POST")) {
      Gateway::eventually([&] { return go.load(); });
      socket.read_bytes(20'000'000);
    }
    socket.send(kOk);
    socket.read_to_end();
  });
  Gateway gateway;
  gateway.start({origin.port()});
  Client client(gateway);
  const auto id =
      client.peer.request({{":method", "POST"}, {"content-length", "20000000"}}, std::string(20'000'000, 'x'));
  EXPECT_EQ(client.peer.whole(client.peer.request()).body, "ok");
  go = true;
  EXPECT_EQ(client.peer.whole(id).body, "ok");
}

TEST(Http2Connection, ManyResponsesThatAreNotReadComeWholeWhenTheyAre) {
  const std::string large(300'000, 'x');
  Origin origin(Origin::always("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + large));
  Gateway gateway;
  gateway.start({origin.port()});
  Client client(gateway, {.window = 1000, .reads = false});
  std::vector<std::int32_t> ids;
  for (int i = 0; i < 60; ++i) ids.push_back(client.peer.request());
  for (const auto id : ids) ASSERT_TRUE(client.peer.until([&] { return client.peer[id].body.size() == 1000; }));
  client.peer.window_update(0, 1 << 25);
  for (const auto id : ids) client.peer.window_update(id, 1 << 20);
  for (const auto id : ids) EXPECT_EQ(client.peer.whole(id).body.size(), large.size());
}

TEST(Http2Connection, DrainingEndsItWhenItsRequestsAreDone) {
  std::atomic<bool> go{false};
  Origin origin([&](Socket& socket, int) {
    socket.read_message();
    Gateway::eventually([&] { return go.load(); });
    socket.send(kOk);
    socket.read_to_end();
  });
  Gateway gateway({.drain_idle = milliseconds(50), .linger_timeout = milliseconds(50)});
  gateway.start({origin.port()});
  Client client(gateway);
  const auto id = client.peer.request();
  ASSERT_TRUE(Gateway::eventually([&] { return origin.connections() == 1; }));
  gateway.on_loop([&] { gateway.service().drain(); });
  ASSERT_TRUE(client.peer.until([&] { return client.peer.goaway_last() == id; }));
  EXPECT_FALSE(client.peer[id].ended);
  go = true;
  EXPECT_EQ(client.peer.whole(id).body, "ok");
  EXPECT_FALSE(client.peer.until([] { return false; }));
  EXPECT_TRUE(Gateway::eventually([&] {
    std::size_t left = 1;
    gateway.on_loop([&] { left = gateway.service().connections(); });
    return left == 0;
  }));
}

TEST(Http2Connection, WhatIsNotHttp2BehindThePrefaceEndsIt) {
  Gateway gateway;
  gateway.start({1});
  Socket socket = gateway.client();
  socket.send(std::string(kHttp2Preface) + std::string(100, 'x'));
  EXPECT_NE(socket.read_to_end().find(std::string("\7\0\0\0\0\0", 6)), std::string::npos);  // GOAWAY
}

TEST(Http2Connection, AHostnameOfAnotherListenerIsMisdirected) {
  Origin origin(Origin::always(kOk));
  Gateway gateway;
  const auto host = [](const std::string& hostname) {
    HostBuilder made(hostname);
    made.prefix("r", "/");
    auto& backend = *made.action().add_backends();
    backend.set_backend("backend/b");
    backend.set_weight(1);
    return made.build();
  };
  ModelBuilder model;
  model.backend("b", {origin.port()});
  model.listen("a", gateway.port(), "a.test").host(host("a.test"));
  model.listen("wild", gateway.port(), "*.test").host(host("*.test"));
  gateway.serve(model);
  gateway.terminate_tls("a.test");
  Client own(gateway);
  const auto status = [](Client& client, const std::string& authority) {
    return client.peer.whole(client.peer.request({{":scheme", "https"}, {":authority", authority}})).get(":status");
  };
  EXPECT_EQ(status(own, "a.test"), "200");
  EXPECT_EQ(status(own, "b.test"), "421");
  EXPECT_EQ(status(own, "b.example"), "404");  // nobody's
  EXPECT_EQ(gateway.ended(Reason::kMisdirected), 1U);
  gateway.terminate_tls("b.test");
  Client other(gateway);
  EXPECT_EQ(status(other, "c.test"), "200");  // its own listener's, too
  EXPECT_EQ(status(other, "a.test"), "421");
}

TEST(Http2Connection, RedirectsAndFiltersAreTheSame) {
  Origin origin(Origin::always("HTTP/1.1 200 OK\r\nX-Secret: 1\r\nContent-Length: 0\r\n\r\n"));
  Gateway gateway;
  auto& action = gateway.one_rule({origin.port()});
  auto& edits = *action.add_filters()->mutable_response_headers();
  edits.add_remove("x-secret");
  auto& set = *edits.add_set();
  set.set_name("X-Set");
  set.set_value("yes");
  gateway.start();
  Client client(gateway);
  const Http2Message& response = client.peer.whole(client.peer.request());
  EXPECT_EQ(response.get("x-set"), "yes");
  EXPECT_EQ(response.get("x-secret"), "");
  EXPECT_TRUE(response.head_ended);
}

}  // namespace
}  // namespace sluice::l7::test
