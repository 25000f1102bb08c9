// Requests that two readers could read differently: each is refused, the connection ends, and the backend sees none.
#include "http_harness.h"

namespace sluice::l7::test {
namespace {

struct Row {
  const char* name;
  std::string request;
  const char* status;
};

const std::string kHost = "Host: a.test\r\n";
const std::string kSmuggled = "GET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n";

class Smuggling : public testing::TestWithParam<Row> {};

TEST_P(Smuggling, IsRefusedAndNeverForwarded) {
  Origin origin(Origin::echo());
  Gateway gateway;
  gateway.start({origin.port()});
  Socket client = gateway.client();
  client.send(GetParam().request + kSmuggled);
  const std::string response = client.read_to_end();
  EXPECT_TRUE(response.starts_with(std::string("HTTP/1.1 ") + GetParam().status)) << response;
  EXPECT_EQ(response.find("Content-Length"), response.rfind("Content-Length")) << "a second response: " << response;
  EXPECT_EQ(gateway.counters().upstream_connects.value(), 0U);
}

std::string post(const std::string& fields, const std::string& body = "") {
  return "POST / HTTP/1.1\r\n" + kHost + fields + "\r\n" + body;
}

INSTANTIATE_TEST_SUITE_P(
    Heads, Smuggling,
    testing::Values(
        Row{"ClTe", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), "400"},
        Row{"TeCl", post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n"), "400"},
        Row{"TwoLengths", post("Content-Length: 0\r\nContent-Length: 5\r\n"), "400"},
        Row{"LengthList", post("Content-Length: 0, 5\r\n"), "400"},
        Row{"LengthSigned", post("Content-Length: +0\r\n"), "400"},
        Row{"LengthFolded", post("Content-Length:\r\n 5\r\n"), "400"},
        Row{"CodingFolded", post("Transfer-Encoding:\r\n chunked\r\n"), "400"},
        Row{"CodingSpaceBeforeColon", post("Transfer-Encoding : chunked\r\n"), "400"},
        Row{"CodingTwice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"), "400"},
        Row{"CodingUnknown", post("Transfer-Encoding: xchunked\r\n"), "501"},
        Row{"CodingList", post("Transfer-Encoding: chunked, chunked\r\n"), "400"},
        Row{"CodingInHttp10", "POST / HTTP/1.0\r\n" + kHost + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
        Row{"BareLf", "POST / HTTP/1.1\n" + kHost + "\r\n", "400"},
        Row{"BareCr", "GET / HTTP/1.1\r\n" + kHost + "A: b\rContent-Length: 5\r\n\r\n", "400"},
        Row{"NulInName", "GET / HTTP/1.1\r\n" + kHost + std::string("A\0: b\r\n\r\n", 9), "400"},
        Row{"TwoHosts", "GET / HTTP/1.1\r\n" + kHost + "Host: b.test\r\n\r\n", "400"},
        Row{"HostOfAnotherTarget", "GET http://b.test/ HTTP/1.1\r\n" + kHost + "\r\n", "400"},
        Row{"DotSegments", "GET /a/../smuggled HTTP/1.1\r\n" + kHost + "Connection: close\r\n\r\n", "400"},
        Row{"EncodedDotSegments", "GET /a/%2e%2E/x HTTP/1.1\r\n" + kHost + "Connection: close\r\n\r\n", "400"},
        Row{"Upgrade", "GET / HTTP/1.1\r\n" + kHost + "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n", "501"},
        Row{"Connect", "CONNECT a.test:443 HTTP/1.1\r\n" + kHost + "\r\n", "501"},
        Row{"Http2PrefaceAllBut", "PRI * HTTP/2.0\r\n\r\nSX\r\n\r\n", "505"},
        Row{"Expectation", post("Expect: 200-ok\r\n"), "417"}),
    [](const testing::TestParamInfo<Row>& row) { return std::string(row.param.name); });

// These bodies break in the middle, when the backend may have a part of them: it must see no end of a message.
class BrokenChunks : public testing::TestWithParam<Row> {};

TEST_P(BrokenChunks, EndBothSidesWithoutASecondRequest) {
  std::atomic<bool> saw_end{false};
  Origin origin([&](Socket& socket, int) {
    const std::string all = socket.read_to_end();
    if (all.find("0\r\n\r\n") != std::string::npos || all.find("smuggled") != std::string::npos) saw_end = true;
  });
  Gateway gateway;
  gateway.start({origin.port()});
  Socket client = gateway.client();
  client.send(post("Transfer-Encoding: chunked\r\n", GetParam().request) + kSmuggled);
  EXPECT_TRUE(client.read_to_end().starts_with("HTTP/1.1 400 "));
  client.close();
  EXPECT_FALSE(saw_end);
}

INSTANTIATE_TEST_SUITE_P(Sizes, BrokenChunks,
                         testing::Values(Row{"NotHex", "x\r\n", ""}, Row{"Negative", "-1\r\n", ""},
                                         Row{"Prefixed", "0x1\r\na\r\n", ""}, Row{"BareLf", "1\na\r\n", ""},
                                         Row{"Overflow", "10000000000000001\r\na\r\n", ""},
                                         Row{"SpaceBefore", " 1\r\na\r\n", ""}, Row{"DataTooLong", "1\r\nab\r\n", ""},
                                         Row{"BareLfAfterData", "1\r\na\n0\r\n\r\n", ""},
                                         Row{"EmptySize", "\r\na\r\n", ""}),
                         [](const testing::TestParamInfo<Row>& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace sluice::l7::test
