// HTTP/2 from clients that ask for what they must not, for too much, or too slowly.
#include <chrono>

#include "http2_peer.h"
#include "userspace/l7/http2_session.h"

namespace sluice::l7::test {
namespace {

using std::chrono::milliseconds;
using Client = Http2Client;

struct Malformed {
  const char* name;
  FieldList fields;
};

class Http2Refuses : public testing::TestWithParam<Malformed> {};

TEST_P(Http2Refuses, AMalformedRequestByResettingItsStream) {
  Origin origin(Origin::always(kOk));
  Gateway gateway;
  gateway.start({origin.port()});
  Client client(gateway);
  const auto id = client.peer.request(GetParam().fields);
  ASSERT_TRUE(client.peer.until([&] { return client.peer[id].closed; }));
  EXPECT_EQ(client.peer[id].code, static_cast<std::uint32_t>(NGHTTP2_PROTOCOL_ERROR));
  EXPECT_EQ(client.peer.whole(client.peer.request()).body, "ok");  // the connection is none the worse
  EXPECT_EQ(origin.connections(), 1);
}

INSTANTIATE_TEST_SUITE_P(
    Requests, Http2Refuses,
    testing::Values(Malformed{"NoPath", {{":path", "-"}}}, Malformed{"NoMethod", {{":method", "-"}}},
                    Malformed{"NoScheme", {{":scheme", "-"}}}, Malformed{"EmptyPath", {{":path", ""}}},
                    Malformed{"Connection", {{"connection", "close"}}},
                    Malformed{"TransferEncoding", {{"transfer-encoding", "chunked"}}},
                    Malformed{"Upgrade", {{"upgrade", "h2c"}}}, Malformed{"KeepAlive", {{"keep-alive", "1"}}},
                    Malformed{"TeOther", {{"te", "gzip"}}}, Malformed{"LateStatus", {{":status", "200"}}},
                    Malformed{"LineInAValue", {{"a", "b\r\nc: d"}}}, Malformed{"SpaceInAName", {{"a b", "c"}}},
                    Malformed{"LengthWithoutBody", {{"content-length", "5"}}}),
    [](const testing::TestParamInfo<Malformed>& row) { return std::string(row.param.name); });

TEST(Http2Limits, WhatWeRefuseOurselvesIsAnswered) {
  Origin origin(Origin::always(kOk));
  Gateway gateway;
  gateway.start({origin.port()});
  Client client(gateway);
  const auto status = [&](FieldList fields) {
    return client.peer.whole(client.peer.request(std::move(fields))).get(":status");
  };
  EXPECT_EQ(status({{"host", "b.test"}}), "400");
  EXPECT_EQ(status({{":path", "/a/../b"}}), "400");
  EXPECT_EQ(status({{":scheme", "https"}}), "400");
  EXPECT_EQ(status({{"x", std::string(20'000, 'x')}}), "431");
  EXPECT_EQ(status({{":path", "/" + std::string(9'000, 'x')}}), "414");
  FieldList many;
  for (int i = 0; i < 101; ++i) many.emplace_back("x-" + std::to_string(i), "y");
  EXPECT_EQ(status(many), "431");
  EXPECT_EQ(status({{"host", "a.test"}}), "200");
  EXPECT_EQ(status({{":authority", "-"}, {"host", "a.test"}}), "200");
}

/// A client whose every request we have to reset, so many times. How many were.
std::size_t provoke_resets(Client& client, std::size_t most) {
  std::size_t resets = 0;
  while (resets < most && !client.peer.saw_goaway()) {
    std::vector<std::int32_t> ids;
    for (int i = 0; i < 50; ++i) ids.push_back(client.peer.request({{"connection", "close"}}));
    for (const auto id : ids) {
      client.peer.until([&] { return client.peer[id].closed || client.peer.saw_goaway(); });
      if (client.peer[id].closed) ++resets;
    }
  }
  return resets;
}

TEST(Http2Limits, ResetsThatAClientProvokesAreLimited) {
  Origin origin(Origin::always(kOk));
  Gateway gateway;
  gateway.start({origin.port()});
  Client few(gateway);
  EXPECT_EQ(provoke_resets(few, 500), 500U);
  EXPECT_EQ(few.peer.whole(few.peer.request()).body, "ok");
  Client client(gateway);
  EXPECT_GE(provoke_resets(client, 1'000'000), 1000U);
  EXPECT_TRUE(client.peer.saw_goaway());
  EXPECT_EQ(client.peer.goaway_code(), static_cast<std::uint32_t>(NGHTTP2_ENHANCE_YOUR_CALM));
}

TEST(Http2Limits, AProxysClientsMayTakeBackManyRequestsAtOnce) {
  Origin origin([](Socket& socket, int) { socket.read_to_end(); });  // HTTP/2 is awaited: no request gets there
  Gateway gateway;
  gateway.app_protocol = "kubernetes.io/h2c";
  gateway.start({origin.port()});
  Client client(gateway);
  for (int i = 0; i < 1800; ++i) client.peer.reset(client.peer.request(), NGHTTP2_CANCEL);
  EXPECT_EQ(client.peer.whole(client.peer.request({{":authority", "b.test"}})).get(":status"), "404");
  EXPECT_FALSE(client.peer.saw_goaway());
}

TEST(Http2Limits, AHeadFarBeyondTheLimitsIsNotReadToItsEnd) {
  Origin origin(Origin::always(kOk));
  Gateway gateway;
  gateway.start({origin.port()});
  Client client(gateway);
  // Each field but the first is an octet on the wire.
  const auto large = client.peer.request(FieldList(30, {"x", std::string(2900, 'x')}));
  ASSERT_TRUE(client.peer.until([&] { return client.peer[large].closed; }));
  EXPECT_EQ(client.peer[large].code, static_cast<std::uint32_t>(NGHTTP2_INTERNAL_ERROR));
  EXPECT_FALSE(client.peer[large].has_head);
  const auto many = client.peer.request(FieldList(500, {"x", "y"}));
  ASSERT_TRUE(client.peer.until([&] { return client.peer[many].closed; }));
  EXPECT_EQ(client.peer[many].code, static_cast<std::uint32_t>(NGHTTP2_INTERNAL_ERROR));
  // Compression is still in step.
  EXPECT_EQ(client.peer.whole(client.peer.request({{"x", std::string(2900, 'x')}})).body, "ok");
}

TEST(Http2Limits, ItsSettingsAreThoseOfItsLimits) {
  Gateway gateway;
  gateway.start({1});
  Client client(gateway);
  ASSERT_TRUE(client.peer.until([&] { return client.peer.setting(NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE) == 16384; }));
  EXPECT_EQ(client.peer.setting(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS), 100U);
}

TEST(Http2Limits, SlowClientsAreLetGo) {
  Origin origin([](Socket& socket, int) { socket.read_to_end(); });
  const milliseconds soon(100);
  Gateway of_idle({.idle_timeout = 10 * soon});  // which is that of the preface as well
  of_idle.start({origin.port()});
  Client idle(of_idle);
  EXPECT_TRUE(idle.peer.until([&] { return idle.peer.saw_goaway(); }));
  EXPECT_EQ(idle.peer.goaway_code(), static_cast<std::uint32_t>(NGHTTP2_NO_ERROR));
  Gateway of_body({.body_timeout = soon});
  of_body.start({origin.port()});
  Client body(of_body);
  EXPECT_EQ(body.peer.whole(body.peer.request({{":method", "POST"}}, "x", false)).get(":status"), "408");
  Gateway of_head({.head_timeout = soon});
  of_head.start({origin.port()});
  Socket trickle = of_head.client();
  trickle.send(kHttp2Preface.substr(0, 10));
  EXPECT_TRUE(trickle.read_to_end().starts_with("HTTP/1.1 408 "));
  // A head whose CONTINUATION does not come holds up all the connection.
  Socket head = of_head.client();
  head.send(std::string(kHttp2Preface) + std::string("\0\0\0\4\0\0\0\0\0", 9) +
            std::string("\0\0\1\1\1\0\0\0\1\x82", 10));
  const std::string said = head.read_to_end();
  EXPECT_NE(said.find(std::string("\0\0\x08\7\0\0\0\0\0", 9)), std::string::npos);  // GOAWAY
}

}  // namespace
}  // namespace sluice::l7::test
