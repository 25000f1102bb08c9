// What happens between the gateway and its backends: reuse, retries, failures, timeouts, exact shares.
#include <chrono>
#include <map>

#include "http_harness.h"

namespace sluice::l7::test {
namespace {

using std::chrono::milliseconds;

std::string status_of(const std::string& response) {
  return response.substr(0, 12);
}

void read_head(Socket& socket) {
  socket.read_until("\r\n\r\n");
}

TEST(HttpUpstream, ARefusedConnectGoesToAnotherEndpoint) {
  Origin origin(Origin::always(kOk));
  const RefusingPort refusing;
  Gateway gateway({.upstream = {.avoid = milliseconds(0)}});
  gateway.start({refusing.port(), origin.port()});
  Socket client = gateway.client();
  for (int i = 0; i < 10; ++i) {
    client.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 3\r\n\r\nabc");
    ASSERT_EQ(client.read_message(), kOk);
  }
  EXPECT_GE(gateway.counters().upstream_connect_failures.value(), 5U);
}

TEST(HttpUpstream, AnEndpointThatRefusedIsPassedOverForAWhile) {
  Origin origin(Origin::always(kOk));
  const RefusingPort refusing;
  Gateway gateway({.upstream = {.avoid = milliseconds(60'000)}});
  gateway.start({refusing.port(), origin.port()});
  Socket client = gateway.client();
  for (int i = 0; i < 10; ++i) {
    client.send(kGet);
    ASSERT_EQ(client.read_message(), kOk);
  }
  EXPECT_EQ(gateway.counters().upstream_connect_failures.value(), 1U);
}

TEST(HttpUpstream, WhenAllRefuseTheAnswerIs503) {
  const RefusingPort first;
  const RefusingPort second;
  Gateway gateway;
  gateway.start({first.port(), second.port()});
  Socket client = gateway.client();
  client.send(kGet);
  EXPECT_NE(client.read_message().find("connect_failed"), std::string::npos);
  EXPECT_EQ(gateway.counters().upstream_connects.value(), 2U);
}

TEST(HttpUpstream, AConnectThatIsNotAnsweredIs504) {
  // A full backlog drops SYNs.
  const int full = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto address = transport::Address::loopback(AF_INET, 0);
  ASSERT_EQ(::bind(full, address.raw(), address.raw_size()), 0);
  ASSERT_EQ(::listen(full, 0), 0);
  const std::uint16_t port = transport::Address::of_local(full).port();
  Socket filler = Socket::connect_to(port);

  Gateway gateway({.upstream = {.connect_timeout = milliseconds(100)}});
  gateway.start({port});
  Socket client = gateway.client();
  client.send(kGet);
  EXPECT_NE(client.read_message().find("connect_timeout"), std::string::npos);
  ::close(full);
}

// The backend takes the second request on a kept connection and closes it without an answer.
Origin::Serve stale_once() {
  return [](Socket& socket, int connection) {
    socket.read_message();
    socket.send(kOk);
    if (connection == 0) {
      socket.read_message();
      return;
    }
    while (!socket.read_message().empty()) socket.send(kOk);
  };
}

TEST(HttpUpstream, AStaleConnectionIsReplacedForWhatMayBeRepeated) {
  Origin origin(stale_once());
  Gateway gateway;
  gateway.start({origin.port()});
  Socket client = gateway.client();
  for (int i = 0; i < 2; ++i) {
    client.send(kGet);
    EXPECT_EQ(client.read_message(), kOk);
  }
  EXPECT_EQ(gateway.counters().upstream_retries.value(), 1U);
  EXPECT_EQ(origin.connections(), 2);
}

TEST(HttpUpstream, WhatMayNotBeRepeatedIsNot) {
  for (const std::string request : {"POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 0\r\n\r\n",
                                    "PUT / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1\r\n\r\nx"}) {
    Origin origin(stale_once());
    Gateway gateway;
    gateway.start({origin.port()});
    Socket client = gateway.client();
    client.send(kGet);
    EXPECT_EQ(client.read_message(), kOk);
    client.send(request);
    EXPECT_NE(client.read_message().find("upstream_reset"), std::string::npos) << request;
    EXPECT_EQ(origin.connections(), 1);
  }
}

TEST(HttpUpstream, AKeptConnectionThatTheBackendClosesIsNotUsedAgain) {
  Origin origin([](Socket& socket, int) {
    socket.read_message();
    socket.send(kOk);
  });
  Gateway gateway;
  gateway.start({origin.port()});
  Socket client = gateway.client();
  for (int i = 0; i < 3; ++i) {
    client.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(client.read_message(), kOk);
    ASSERT_TRUE(Gateway::eventually([&] { return gateway.counters().upstream_idle.value() == 0; }));
  }
}

struct BadResponse {
  const char* name;
  std::string response;
  const char* reason;
};

class BackendMisbehaves : public testing::TestWithParam<BadResponse> {};

TEST_P(BackendMisbehaves, IsAnsweredWith502) {
  Origin origin([](Socket& socket, int) {
    read_head(socket);
    socket.send(GetParam().response);
  });
  Gateway gateway;
  gateway.start({origin.port()});
  Socket client = gateway.client();
  client.send(kGet);
  const std::string response = client.read_message();
  EXPECT_EQ(status_of(response), "HTTP/1.1 502");
  EXPECT_NE(response.find(GetParam().reason), std::string::npos) << response;
  client.send("GET / HTTP/1.1\r\nHost: b.test\r\n\r\n");
  EXPECT_EQ(status_of(client.read_message()), "HTTP/1.1 404");  // the client's connection is none the worse
}

INSTANTIATE_TEST_SUITE_P(
    Responses, BackendMisbehaves,
    testing::Values(BadResponse{"Nothing", "", "upstream_reset"},
                    BadResponse{"HalfAHead", "HTTP/1.1 200 OK\r\nA: b\r\n", "upstream_reset"},
                    BadResponse{"NotHttp", "220 smtp.test\r\n\r\n", "upstream_invalid"},
                    BadResponse{"TwoLengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                                "upstream_invalid"},
                    BadResponse{"LengthAndCoding",
                                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                                "upstream_invalid"},
                    BadResponse{"HeadTooLarge", "HTTP/1.1 200 OK\r\nA: " + std::string(70'000, 'x') + "\r\n\r\n",
                                "upstream_invalid"},
                    BadResponse{"Switch", "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", "upstream_invalid"}),
    [](const testing::TestParamInfo<BadResponse>& row) { return std::string(row.param.name); });

TEST(HttpUpstream, ADeathInTheMiddleOfABodyIsSeenByTheClient) {
  struct Body {
    std::string begin;
    std::string then;
  };
  for (const auto& [begin, then] :
       {Body{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345", ""},
        Body{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n", ""},
        Body{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n", "z\r\n0\r\n\r\n"}}) {
    Origin origin([&](Socket& socket, int) {
      read_head(socket);
      socket.send(begin);
      std::this_thread::sleep_for(milliseconds(30));
      socket.send(then);
    });
    Gateway gateway;
    gateway.start({origin.port()});
    Socket client = gateway.client();
    client.send(kGet);
    const std::string all = client.read_to_end();
    EXPECT_NE(all.find("12345"), std::string::npos);
    EXPECT_FALSE(all.ends_with("0\r\n\r\n"));
    EXPECT_EQ(gateway.ended(Reason::kForwarded), 0U);
  }
}

TEST(HttpUpstream, OctetsBehindAResponseEndTheConnection) {
  Origin origin([](Socket& socket, int) {
    while (!socket.read_message().empty()) socket.send(kOk + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
  });
  Gateway gateway;
  gateway.start({origin.port()});
  Socket client = gateway.client();
  for (int i = 0; i < 3; ++i) {
    client.send(kGet);
    EXPECT_EQ(client.read_message(), kOk);
  }
  EXPECT_EQ(origin.connections(), 3);
}

TEST(HttpUpstream, TimeoutsAnswer504AndNameThemselves) {
  Origin origin([](Socket& socket, int) {
    read_head(socket);
    socket.read_to_end();
  });
  Gateway gateway;
  gateway.one_rule({origin.port()}).set_request_timeout_ms(50);
  gateway.start();
  Socket client = gateway.client();
  client.send(kGet);
  EXPECT_NE(client.read_message().find("request_timeout"), std::string::npos);
  gateway.one_rule({origin.port()}).set_backend_request_timeout_ms(50);
  gateway.start();
  client.send(kGet);
  const std::string response = client.read_message();
  EXPECT_EQ(status_of(response), "HTTP/1.1 504");
  EXPECT_NE(response.find("backend_timeout"), std::string::npos);
}

TEST(HttpUpstream, ABackendThatFallsSilentIsNotAwaitedForEver) {
  Origin origin([](Socket& socket, int) {
    if (socket.read_until("\r\n\r\n").starts_with("GET /part"))
      socket.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345");
    socket.read_to_end();
  });
  Gateway gateway({.backend_silence = milliseconds(500)});
  gateway.start({origin.port()});
  Socket client = gateway.client();
  for (const char* const request :
       {"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n", "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 2\r\n\r\nok"}) {
    client.send(request);
    const std::string response = client.read_message();
    EXPECT_EQ(status_of(response), "HTTP/1.1 504");
    EXPECT_NE(response.find("backend_silent"), std::string::npos);
  }
  client.send("GET /part HTTP/1.1\r\nHost: a.test\r\n\r\n");
  EXPECT_TRUE(client.read_to_end().ends_with("12345"));
  EXPECT_TRUE(Gateway::eventually([&] { return gateway.ended(Reason::kBackendSilent) == 3; }));
}

TEST(HttpUpstream, ABackendThatTakesNothingOfAnUploadIsNotAwaitedForEver) {
  std::atomic<bool> done{false};
  Origin origin([&](Socket& socket, int) {
    read_head(socket);
    while (!done) std::this_thread::sleep_for(milliseconds(5));
  });
  Gateway gateway({.backend_silence = milliseconds(100)});
  gateway.start({origin.port()});
  Socket client = gateway.client();
  std::thread upload([&] {
    client.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 100000000\r\n\r\n");
    client.send(std::string(100'000'000, 'x'));
  });
  EXPECT_TRUE(Gateway::eventually([&] { return gateway.ended(Reason::kBackendSilent) == 1; }));
  done = true;
  upload.join();
}

TEST(HttpUpstream, ABackendThatGoesOnSlowlyIsAwaited) {
  Origin origin([](Socket& socket, int) {
    read_head(socket);
    socket.send("HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n");
    for (int i = 0; i < 40; ++i) {
      std::this_thread::sleep_for(milliseconds(50));
      socket.send("x");
    }
    socket.read_to_end();
  });
  Gateway gateway({.backend_silence = milliseconds(1500)});
  gateway.start({origin.port()});
  Socket client = gateway.client();
  client.send(kGet);
  EXPECT_TRUE(client.read_message().ends_with("\r\n\r\n" + std::string(40, 'x')));
}

TEST(HttpUpstream, ATimeoutInTheMiddleOfABodyCutsTheResponse) {
  Origin origin([](Socket& socket, int) {
    read_head(socket);
    socket.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345");
    socket.read_to_end();
  });
  Gateway gateway;
  gateway.one_rule({origin.port()}).set_request_timeout_ms(500);
  gateway.start();
  Socket client = gateway.client();
  client.send(kGet);
  EXPECT_TRUE(client.read_to_end().ends_with("12345"));
  EXPECT_TRUE(Gateway::eventually([&] { return gateway.ended(Reason::kRequestTimeout) == 1; }));
}

TEST(HttpUpstream, AnEarlyAnswerEndsTheUpload) {
  Origin origin([](Socket& socket, int) {
    read_head(socket);
    socket.send("HTTP/1.1 413 Too Large\r\nDate: x\r\nContent-Length: 0\r\n\r\n");
    socket.read_to_end();
  });
  Gateway gateway;
  gateway.start({origin.port()});
  Socket client = gateway.client();
  client.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1000000000\r\n\r\nsome");
  EXPECT_EQ(client.read_to_end(),
            "HTTP/1.1 413 Too Large\r\nDate: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

// A server that has seen enough closes with octets unread, which is a RST behind its answer.
TEST(HttpUpstream, AnEarlyAnswerThatAResetFollowsReachesTheClient) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{100'000}}) {
    const std::string answer = "HTTP/1.1 413 Too Large\r\nDate: x\r\nContent-Length: " + std::to_string(size) + "\r\n";
    Origin origin([&](Socket& socket, int) {
      read_head(socket);
      std::this_thread::sleep_for(milliseconds(20));  // the rest of the request is on its way, and stays unread
      socket.send(answer + "\r\n" + std::string(size, 'b'));
      std::this_thread::sleep_for(milliseconds(20));
    });
    Gateway gateway;
    gateway.start({origin.port()});
    for (int i = 0; i < 5; ++i) {
      Socket client = gateway.client();
      std::thread sender([&] {
        client.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10000000\r\n\r\n");
        client.send(std::string(10'000'000, 'x'));
      });
      EXPECT_EQ(client.read_until("\r\n\r\n"), answer + "Connection: close\r\n\r\n");
      EXPECT_EQ(client.read_bytes(size).size(), size);
      sender.join();
    }
    EXPECT_EQ(gateway.ended(Reason::kUpstreamReset), 0U);
  }
}

// The request and the end of the kept connection come in one turn, the request first.
TEST(HttpUpstream, WhatCannotBeSentTwiceGoesOnNoConnectionThatHasEnded) {
  std::atomic<bool> end{false};
  std::atomic<bool> ended{false};
  Origin origin([&](Socket& socket, int connection) {
    do {
      if (socket.read_message().empty()) return;
      socket.send(kOk);
    } while (connection > 0);
    while (!end) std::this_thread::sleep_for(milliseconds(1));
    socket.close();
    ended = true;
  });
  Gateway gateway;
  gateway.start({origin.port()});
  Socket client = gateway.client();
  client.send(kGet);
  EXPECT_EQ(client.read_message(), kOk);
  gateway.on_loop([&] {
    client.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 2\r\n\r\nab");
    std::this_thread::sleep_for(milliseconds(20));
    end = true;
    while (!ended) std::this_thread::sleep_for(milliseconds(1));
    std::this_thread::sleep_for(milliseconds(20));
  });
  EXPECT_EQ(client.read_message(), kOk);
  EXPECT_EQ(origin.connections(), 2);
}

TEST(HttpUpstream, ABackendThatDoesNotReadHoldsTheClientBack) {
  std::atomic<bool> go{false};
  Origin origin([&](Socket& socket, int) {
    while (!go) std::this_thread::sleep_for(milliseconds(5));
    read_head(socket);
    EXPECT_EQ(socket.read_bytes(50'000'000).size(), 50'000'000U);
    socket.send(kOk);
    socket.read_to_end();
  });
  Gateway gateway;
  gateway.start({origin.port()});
  Socket client = gateway.client();
  std::thread sender([&] {
    client.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 50000000\r\n\r\n");
    client.send(std::string(50'000'000, 'x'));
  });
  std::this_thread::sleep_for(milliseconds(200));
  // Sockets' buffers on both sides and one queue of ours, but not the body.
  EXPECT_LT(gateway.counters().bytes_received.value(), 30'000'000U);
  go = true;
  EXPECT_EQ(client.read_message(), kOk);
  sender.join();
}

TEST(HttpUpstream, ARemovedEndpointLosesItsIdleConnections) {
  std::atomic<bool> ended{false};
  Origin old([&](Socket& socket, int) {
    while (!socket.read_message().empty()) socket.send(kOk);
    ended = true;
  });
  Origin fresh(Origin::always(kOk));
  Gateway gateway;
  gateway.start({old.port()});
  Socket client = gateway.client();
  client.send(kGet);
  EXPECT_EQ(client.read_message(), kOk);
  gateway.start({fresh.port()});
  EXPECT_TRUE(Gateway::eventually([&] { return ended.load(); }));
  client.send(kGet);
  EXPECT_EQ(client.read_message(), kOk);
  EXPECT_EQ(fresh.connections(), 1);
}

TEST(HttpUpstream, InvalidAndEmptyBackendsKeepExactlyTheirShare) {
  Origin origin(Origin::always(kOk));
  Gateway gateway;
  auto& action = gateway.one_rule({origin.port()});
  action.mutable_backends(0)->set_weight(70);
  const auto add = [&](const char* name, std::uint32_t weight) {
    auto& backend = *action.add_backends();
    backend.set_backend(std::string("backend/") + name);
    backend.set_weight(weight);
  };
  add("invalid", 17);
  add("unknown", 3);
  add("empty", 9);
  add("secure", 1);
  add("never", 0);
  ModelBuilder model;
  model.listen("gw", gateway.port()).host(gateway.host().build()).backend("b", {origin.port()});
  model.backend("empty", {}).invalid_backend("invalid").backend("never", {origin.port()});
  model.secure_backend("secure", {origin.port()});
  gateway.serve(model);

  Socket client = gateway.client();
  std::map<std::string, int> count;
  for (int batch = 0; batch < 100; ++batch) {
    std::string requests;
    for (int i = 0; i < 100; ++i) requests += kGet;
    client.send(requests);
    for (int i = 0; i < 100; ++i) ++count[status_of(client.read_message())];
  }
  EXPECT_EQ(count, (std::map<std::string, int>{{"HTTP/1.1 200", 7000}, {"HTTP/1.1 500", 2100}, {"HTTP/1.1 503", 900}}));
  EXPECT_TRUE(Gateway::eventually([&] { return gateway.ended(Reason::kTlsRequired) == 100; }));
  EXPECT_EQ(origin.connections(), 1);  // nothing was said in clear to the backend that wants TLS
}

}  // namespace
}  // namespace sluice::l7::test
