// What a client's connection is held to: order, framing, keep-alive, limits and patience.
#include <chrono>

#include "http_harness.h"

namespace sluice::l7::test {
namespace {

using std::chrono::milliseconds;

TEST(HttpConnection, PipelinedRequestsAreAnsweredInTheirOrder) {
  Origin origin(Origin::echo());
  Gateway gateway;
  gateway.start({origin.port()});
  Socket client = gateway.client();
  std::string all;
  for (int i = 0; i < 200; ++i) {
    const std::string path = i % 3 == 0 ? "/../bad" : "/" + std::to_string(i);  // some are answered by the engine
    all += "GET " + path + " HTTP/1.1\r\nHost: a.test\r\n\r\n";
  }
  client.send(all);
  for (int i = 0; i < 200; ++i) {
    const std::string response = client.read_message();
    const std::string wanted = i % 3 == 0 ? "bad_target" : "GET /" + std::to_string(i) + " ";
    ASSERT_NE(response.find(wanted), std::string::npos) << i << response;
  }
}

TEST(HttpConnection, ARequestCutAnywhereIsTheSameRequest) {
  Origin origin(Origin::always(kOk));
  Gateway gateway;
  gateway.start({origin.port()});
  const std::string request =
      "POST /x HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n";
  Socket client = gateway.client();
  for (std::size_t cut = 1; cut < request.size(); ++cut) {
    client.send(request.substr(0, cut));
    std::this_thread::sleep_for(milliseconds(1));
    client.send(request.substr(cut));
    ASSERT_EQ(client.read_message(), kOk) << cut;
  }
}

TEST(HttpConnection, Http10IsClosedUnlessItAsksToStay) {
  Origin origin(Origin::always(kOk));
  Gateway gateway;
  gateway.start({origin.port()});
  Socket stays = gateway.client();
  stays.send("GET / HTTP/1.0\r\nHost: a.test\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(stays.read_message(),
            "HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nok");
  Socket goes = gateway.client();
  goes.send("GET / HTTP/1.0\r\nHost: a.test\r\n\r\n");
  EXPECT_EQ(goes.read_to_end(), "HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
}

TEST(HttpConnection, Http10GetsAChunkedResponseUntilTheEnd) {
  Origin origin(Origin::always("HTTP/1.1 200 OK\r\nDate: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"));
  Gateway gateway;
  gateway.start({origin.port()});
  Socket client = gateway.client();
  client.send("GET / HTTP/1.0\r\nHost: a.test\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(client.read_to_end(), "HTTP/1.1 200 OK\r\nDate: x\r\nConnection: close\r\n\r\nok");
}

TEST(HttpConnection, HeadHasTheLengthAndNoBody) {
  Origin origin(Origin::always("HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 5\r\n\r\n"));
  Gateway gateway;
  gateway.start({origin.port()});
  Socket client = gateway.client();
  for (int i = 0; i < 2; ++i) {
    client.send("HEAD / HTTP/1.1\r\nHost: a.test\r\n\r\n");
    EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 5\r\n\r\n");
  }
  EXPECT_EQ(origin.connections(), 1);
}

TEST(HttpConnection, TheBackendDecidesOn100Continue) {
  Origin origin([](Socket& socket, int) {
    const std::string head = socket.read_until("\r\n\r\n");
    EXPECT_NE(head.find("Expect: 100-continue"), std::string::npos);
    EXPECT_TRUE(socket.silent_for(50));  // the body waits for it
    socket.send("HTTP/1.1 100 Continue\r\n\r\n");
    EXPECT_EQ(socket.read_bytes(4), "body");
    socket.send(kOk);
    socket.read_to_end();
  });
  Gateway gateway;
  gateway.start({origin.port()});
  Socket client = gateway.client();
  client.send("PUT / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("body");
  EXPECT_EQ(client.read_message(), kOk);
}

TEST(HttpConnection, EarlyHintsPassAndAnUnasked100DoesNot) {
  Origin origin(Origin::always("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + kOk));
  Gateway gateway;
  gateway.start({origin.port()});
  Socket client = gateway.client();
  client.send(kGet);
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n");
  EXPECT_EQ(client.read_message(), kOk);
}

TEST(HttpConnection, TrailersTravelBothWays) {
  Origin origin([](Socket& socket, int) {
    socket.read_until("\r\n\r\n");
    EXPECT_EQ(socket.read_until("\r\n\r\n"), "2\r\nab\r\n0\r\nX-Sum: 1\r\n\r\n");
    socket.send(
        "HTTP/1.1 200 OK\r\nDate: x\r\nTransfer-Encoding: chunked\r\nTrailer: X-End\r\n\r\n"
        "2\r\nok\r\n0\r\nX-End: 2\r\nSet-Cookie: a=b\r\n\r\n");
    socket.read_to_end();
  });
  Gateway gateway;
  gateway.start({origin.port()});
  Socket client = gateway.client();
  client.send(
      "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n"
      "1;ext=1\r\na\r\n1\r\nb\r\n0\r\nX-Sum: 1\r\nHost: b.test\r\n\r\n");
  EXPECT_EQ(client.read_until("X-End: 2\r\n\r\n"),
            "HTTP/1.1 200 OK\r\nDate: x\r\nTransfer-Encoding: chunked\r\nTrailer: X-End\r\n\r\n"
            "2\r\nok\r\n0\r\nX-End: 2\r\n\r\n");
}

TEST(HttpConnection, AResponseThatEndsWithItsConnectionIsChunkedAndTheClientStays) {
  Origin origin([](Socket& socket, int) {
    socket.read_until("\r\n\r\n");
    socket.send("HTTP/1.0 200 OK\r\nDate: x\r\n\r\nall of it");
  });
  Gateway gateway;
  gateway.start({origin.port()});
  Socket client = gateway.client();
  for (int i = 0; i < 2; ++i) {
    client.send(kGet);
    const std::string response = client.read_message();
    EXPECT_TRUE(response.starts_with("HTTP/1.1 200 OK\r\nDate: x\r\nTransfer-Encoding: chunked\r\n\r\n")) << response;
    EXPECT_NE(response.find("all of it"), std::string::npos);
  }
}

TEST(HttpConnection, AHalfClosedClientGetsItsResponse) {
  Origin origin([](Socket& socket, int) {
    socket.read_until("\r\n\r\n");
    std::this_thread::sleep_for(milliseconds(50));
    socket.send(kOk);
    socket.read_to_end();
  });
  Gateway gateway;
  gateway.start({origin.port()});
  Socket client = gateway.client();
  client.send(kGet);
  client.finish();
  EXPECT_EQ(client.read_to_end(), kOk);
}

TEST(HttpConnection, AClientThatLeavesEndsItsRequest) {
  std::atomic<bool> ended{false};
  Origin origin([&](Socket& socket, int) {
    socket.read_until("\r\n\r\n");
    socket.read_to_end();
    ended = true;
  });
  Gateway gateway;
  gateway.start({origin.port()});
  Socket client = gateway.client();
  client.send(kGet);
  ASSERT_TRUE(Gateway::eventually([&] { return origin.connections() == 1; }));
  client.reset();
  EXPECT_TRUE(Gateway::eventually([&] { return ended.load() && gateway.ended(Reason::kClientGone) == 1; }));
}

TEST(HttpConnection, AnIdleClientIsLetGoWithoutAWord) {
  Gateway gateway({.idle_timeout = milliseconds(50)});
  gateway.start({1});
  Socket client = gateway.client();
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_FALSE(client.was_reset());
}

TEST(HttpConnection, AHeadThatTricklesIsAnsweredWith408) {
  Gateway gateway({.head_timeout = milliseconds(100)});
  gateway.start({1});
  Socket client = gateway.client();
  for (int i = 0; i < 20 && client.silent_for(20); ++i) client.send("G");
  const std::string response = client.read_to_end();
  EXPECT_TRUE(response.starts_with("HTTP/1.1 408 Request Timeout\r\n")) << response;
  EXPECT_NE(response.find("Connection: close\r\n"), std::string::npos);
}

TEST(HttpConnection, AnEmptyLineBetweenRequestsBeginsNone) {
  Origin origin(Origin::always(kOk));
  Gateway gateway({.head_timeout = milliseconds(50)});
  gateway.start({origin.port()});
  Socket client = gateway.client();
  client.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 2\r\n\r\nab\r\n");
  EXPECT_EQ(client.read_message(), kOk);
  EXPECT_TRUE(client.silent_for(150));
  client.send("\r\n" + kGet);
  EXPECT_EQ(client.read_message(), kOk);
}

TEST(HttpConnection, ABodyThatStopsIsAnsweredWith408) {
  Origin origin([](Socket& socket, int) { socket.read_to_end(); });
  Gateway gateway({.body_timeout = milliseconds(50)});
  gateway.start({origin.port()});
  Socket client = gateway.client();
  client.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_TRUE(client.read_to_end().starts_with("HTTP/1.1 408 "));
  EXPECT_TRUE(Gateway::eventually([&] { return gateway.ended(Reason::kClientTimeout) == 1; }));
}

TEST(HttpConnection, AReaderThatStopsIsCutAndCostsBoundedMemory) {
  std::atomic<std::size_t> sent{0};
  Origin origin([&](Socket& socket, int) {
    socket.read_until("\r\n\r\n");
    socket.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
    const std::string block(100'000, 'x');
    while (sent < 100'000'000 && socket.send(block)) sent += block.size();
  });
  Gateway gateway({.write_timeout = milliseconds(300)});
  gateway.start({origin.port()});
  Socket client = gateway.client(4096);
  client.send(kGet);
  ASSERT_TRUE(Gateway::eventually([&] { return gateway.ended(Reason::kClientSlow) == 1; }));
  // What the kernel's socket buffers on both sides hold, and no more than a queue of ours.
  EXPECT_LT(sent.load(), 30'000'000U);
}

TEST(HttpConnection, AnHttpsTargetIsRefusedInTheClear) {
  Origin origin(Origin::always(kOk));
  Gateway gateway;
  gateway.start({origin.port()});
  Socket client = gateway.client();
  client.send("GET HTTPS://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n");
  EXPECT_TRUE(client.read_message().starts_with("HTTP/1.1 400 "));
  EXPECT_EQ(origin.connections(), 0);
  client.send("GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n");
  EXPECT_EQ(client.read_message(), kOk);
}

TEST(HttpConnection, AReaderThatStopsIsCutThoughItGoesOnSending) {
  Origin origin([](Socket& socket, int) {
    socket.read_until("\r\n\r\n");
    std::thread answer([&] {
      socket.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
      socket.send(std::string(100'000'000, 'x'));
    });
    socket.read_to_end();
    answer.join();
  });
  Gateway gateway({.write_timeout = milliseconds(300)});
  gateway.start({origin.port()});
  Socket client = gateway.client(4096);
  client.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 100000000\r\n\r\n");
  ASSERT_TRUE(Gateway::eventually([&] {
    client.send("x");
    return gateway.ended(Reason::kClientSlow) == 1;
  }));
}

TEST(HttpConnection, DrainingAnswersWithCloseAndEndsIdleConnections) {
  std::atomic<bool> go{false};
  Origin origin([&](Socket& socket, int) {
    socket.read_until("\r\n\r\n");
    Gateway::eventually([&] { return go.load(); });
    socket.send(kOk);
    socket.read_to_end();
  });
  Gateway gateway({.drain_idle = milliseconds(50)});
  gateway.start({origin.port()});
  Socket idle = gateway.client();
  Socket busy = gateway.client();
  busy.send(kGet);
  ASSERT_TRUE(Gateway::eventually([&] { return origin.connections() == 1; }));
  gateway.on_loop([&] { gateway.service().drain(); });
  EXPECT_EQ(idle.read_to_end(), "");
  go = true;
  EXPECT_EQ(busy.read_to_end(), "HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
  busy.close();
  idle.close();
  std::size_t left = 1;
  EXPECT_TRUE(Gateway::eventually([&] {
    gateway.on_loop([&] { left = gateway.service().connections(); });
    return left == 0;
  }));
}

TEST(HttpConnection, DrainingAnswersTheNextRequestOfABusyClientBeforeItEndsTheConnection) {
  Origin origin(Origin::always(kOk));
  Gateway gateway({.drain_idle = milliseconds(1500)});
  gateway.start({origin.port()});
  Socket busy = gateway.client();
  Socket idle = gateway.client();
  idle.send(kGet);
  EXPECT_EQ(idle.read_message(), kOk);
  std::this_thread::sleep_for(milliseconds(1700));
  busy.send(kGet);
  EXPECT_EQ(busy.read_message(), kOk);
  gateway.on_loop([&] { gateway.service().drain(); });
  EXPECT_EQ(idle.read_to_end(), "");  // at once: in drain_idle from here on, the busy one would be gone as well
  std::this_thread::sleep_for(milliseconds(100));
  busy.send(kGet);
  EXPECT_EQ(busy.read_to_end(), "HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
}

TEST(HttpConnection, TheRestOfAnUnwantedBodyIsThrownAwayAndTheConnectionStays) {
  Gateway gateway;
  gateway.start({1});
  Socket client = gateway.client();
  client.send("POST / HTTP/1.1\r\nHost: b.test\r\nContent-Length: 5\r\n\r\nab");
  EXPECT_TRUE(client.read_message().starts_with("HTTP/1.1 404 "));
  client.send("cdeGET / HTTP/1.1\r\nHost: b.test\r\n\r\n");
  EXPECT_TRUE(client.read_message().starts_with("HTTP/1.1 404 "));
  client.send("POST / HTTP/1.1\r\nHost: b.test\r\nContent-Length: 1000000\r\n\r\n");
  EXPECT_NE(client.read_message().find("Connection: close\r\n"), std::string::npos);
}

}  // namespace
}  // namespace sluice::l7::test
