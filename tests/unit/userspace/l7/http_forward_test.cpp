// A request's way through the gateway, octet by octet on both sides.
#include "http_harness.h"

namespace sluice::l7::test {
namespace {

TEST(HttpForward, TheBackendSeesTheRequestAndWhoSentIt) {
  Origin origin(Origin::echo());
  Gateway gateway;
  gateway.start({origin.port()});
  Socket client = gateway.client();
  client.send(
      "GET /p/q?x=1 HTTP/1.1\r\nHost: a.test\r\nAccept: */*\r\nX-Forwarded-For: 1.2.3.4\r\nForwarded: for=x\r\n"
      "X-Real-IP: 1.2.3.4\r\nX_Forwarded_For: 1.2.3.4\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\n"
      "Keep-Alive: 5\r\nTE: trailers\r\nLast: yes\r\n\r\n");
  const std::string request =
      "GET /p/q?x=1 HTTP/1.1\r\nHost: a.test\r\nAccept: */*\r\nLast: yes\r\nX-Forwarded-For: 127.0.0.1\r\n"
      "X-Forwarded-Proto: http\r\nX-Forwarded-Host: a.test\r\n\r\n";
  EXPECT_EQ(client.read_message(),
            "HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: " + std::to_string(request.size()) + "\r\n\r\n" + request);
}

TEST(HttpForward, ARequestThatNamesNoHostIsForTheAddressItCameTo) {
  Origin origin(Origin::echo());
  Gateway gateway;
  HostBuilder any("");
  any.prefix("r", "/");
  auto& backend = *any.action().add_backends();
  backend.set_backend("backend/b");
  backend.set_weight(1);
  ModelBuilder model;
  model.listen("gw", gateway.port()).host(any.build()).backend("b", {origin.port()});
  gateway.serve(model);
  Socket client = gateway.client();
  client.send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(
      client.read_to_end().ends_with("\r\n\r\nGET / HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(gateway.port()) +
                                     "\r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\n\r\n"));
}

TEST(HttpForward, KeepAliveReusesBothConnections) {
  Origin origin(Origin::always(kOk));
  Gateway gateway;
  gateway.start({origin.port()});
  Socket client = gateway.client();
  for (int i = 0; i < 50; ++i) {
    client.send(kGet);
    ASSERT_EQ(client.read_message(), kOk);
  }
  EXPECT_EQ(origin.connections(), 1);
  EXPECT_EQ(gateway.counters().upstream_reuses.value(), 49U);
}

TEST(HttpForward, ARequestWithAnEmptyBodyKeepsItsConnection) {
  Origin origin(Origin::always(kOk));
  Gateway gateway;
  gateway.start({origin.port()});
  Socket client = gateway.client();
  for (const char* body : {"Content-Length: 0\r\n\r\n", "Content-Length: 2\r\n\r\nab",
                           "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "Content-Length: 0\r\n\r\n"}) {
    client.send(std::string("POST / HTTP/1.1\r\nHost: a.test\r\n") + body);
    ASSERT_EQ(client.read_message(), kOk);
  }
  EXPECT_EQ(origin.connections(), 1);
}

TEST(HttpForward, BodiesGoBothWays) {
  Origin origin(Origin::echo());
  Gateway gateway;
  gateway.start({origin.port()});
  Socket client = gateway.client();
  const std::string body(300'000, 'x');
  std::thread sender([&] { client.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 300000\r\n\r\n" + body); });
  const std::string response = client.read_message();
  sender.join();
  EXPECT_TRUE(response.ends_with(body));
}

}  // namespace
}  // namespace sluice::l7::test
