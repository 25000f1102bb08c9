// What the engine refuses of a request head, one rule a row, and what it must accept. Each row is parsed whole, and
// once more octet by octet: how the bytes arrive must change nothing.
#include <gtest/gtest.h>

#include <string>

#include "userspace/l7/http1_parser.h"

namespace sluice::l7 {
namespace {

struct Row {
  const char* name;
  std::string head;
  const char* expected;  ///< "ok", or the reason's name
};

std::string verdict(HeadState state, const RequestParser& parser) {
  if (state == HeadState::kNeedMore) return "incomplete";
  return state == HeadState::kComplete ? "ok" : std::string(name(parser.refusal().reason));
}

std::string parse_whole(const std::string& head) {
  RequestParser parser;
  parser.start();
  const HeadState state = parser.parse(head);
  return verdict(state, parser);
}

std::string parse_by_octets(const std::string& head) {
  RequestParser parser;
  parser.start();
  for (std::size_t n = 1; n <= head.size(); ++n) {
    const HeadState state = parser.parse(std::string_view(head).substr(0, n));
    if (state != HeadState::kNeedMore) return verdict(state, parser);
  }
  return "incomplete";
}

std::string request(const std::string& fields, const std::string& line = "GET / HTTP/1.1") {
  return line + "\r\n" + fields + "\r\n";
}
const std::string kHost = "Host: a.test\r\n";

class StrictRequest : public testing::TestWithParam<Row> {};

TEST_P(StrictRequest, WholeOrByOctets) {
  EXPECT_EQ(parse_whole(GetParam().head), GetParam().expected);
  EXPECT_EQ(parse_by_octets(GetParam().head), GetParam().expected);
}

const auto kName = [](const testing::TestParamInfo<Row>& row) { return std::string(row.param.name); };

INSTANTIATE_TEST_SUITE_P(Line, StrictRequest,
                         testing::Values(Row{"Plain", request(kHost), "ok"},
                                         Row{"UnknownMethod", request(kHost, "BREW /pot HTTP/1.1"), "ok"},
                                         Row{"EmptyLineBefore", "\r\n" + request(kHost), "ok"},
                                         Row{"MethodIsNoToken", request(kHost, "G(T / HTTP/1.1"), "bad_request"},
                                         Row{"EmptyMethod", request(kHost, " / HTTP/1.1"), "bad_request"},
                                         Row{"Http09", request(kHost, "GET /"), "bad_request"},
                                         Row{"Http09WithVersion", request(kHost, "GET / HTTP/0.9"), "bad_request"},
                                         Row{"Http2", request(kHost, "GET / HTTP/2.0"), "version_refused"},
                                         Row{"HigherMinor", request(kHost, "GET / HTTP/1.2"), "ok"},
                                         Row{"VersionOfTwoDigits", request(kHost, "GET / HTTP/1.10"), "bad_request"},
                                         Row{"LowerCaseVersion", request(kHost, "GET / http/1.1"), "bad_request"},
                                         Row{"TwoSpaces", request(kHost, "GET  / HTTP/1.1"), "bad_target"},
                                         Row{"TabAsSpace", request(kHost, "GET\t/ HTTP/1.1"), "bad_request"},
                                         Row{"SpaceInTarget", request(kHost, "GET /a b HTTP/1.1"), "bad_target"},
                                         Row{"NotAscii", request(kHost, "GET /\xc3\xa4 HTTP/1.1"), "bad_target"},
                                         Row{"Fragment", request(kHost, "GET /a#b HTTP/1.1"), "bad_target"},
                                         Row{"Backslash", request(kHost, "GET /a\\b HTTP/1.1"), "bad_target"},
                                         Row{"BareLf", "GET / HTTP/1.1\nHost: a.test\r\n\r\n", "bad_request"},
                                         Row{"BareCr", "GET / HTTP/1.1\rHost: a.test\r\n\r\n", "bad_request"},
                                         Row{"LeadingSpace", " GET / HTTP/1.1\r\nHost: a.test\r\n\r\n", "bad_request"},
                                         Row{"Connect", request(kHost, "CONNECT a.test:443 HTTP/1.1"),
                                             "connect_refused"}),
                         kName);

INSTANTIATE_TEST_SUITE_P(
    Target, StrictRequest,
    testing::Values(Row{"AbsoluteForm", request(kHost, "GET http://a.test/x HTTP/1.1"), "ok"},
                    Row{"AbsoluteFormDefaultPort", request(kHost, "GET http://A.test:80 HTTP/1.1"), "ok"},
                    Row{"AbsoluteFormOtherHost", request(kHost, "GET http://b.test/ HTTP/1.1"), "bad_host"},
                    Row{"AbsoluteFormUserinfo", request(kHost, "GET http://a.test@b.test/ HTTP/1.1"), "bad_host"},
                    Row{"AbsoluteFormOtherPort", request(kHost, "GET http://a.test:81/ HTTP/1.1"), "bad_host"},
                    Row{"AbsoluteFormWithoutHostName", request("", "GET http:///x HTTP/1.0"), "bad_host"},
                    Row{"OtherScheme", request(kHost, "GET ftp://a.test/ HTTP/1.1"), "bad_target"},
                    Row{"AuthorityForm", request(kHost, "GET a.test:80 HTTP/1.1"), "bad_target"},
                    Row{"AsteriskForOptions", request(kHost, "OPTIONS * HTTP/1.1"), "ok"},
                    Row{"AsteriskForGet", request(kHost, "GET * HTTP/1.1"), "bad_target"},
                    Row{"TooLong", request(kHost, "GET /" + std::string(8200, 'a') + " HTTP/1.1"), "uri_too_long"}),
    kName);

INSTANTIATE_TEST_SUITE_P(Host, StrictRequest,
                         testing::Values(Row{"Missing", request(""), "bad_host"},
                                         Row{"MissingInHttp10", request("", "GET / HTTP/1.0"), "ok"},
                                         Row{"Twice", request(kHost + kHost), "bad_host"},
                                         Row{"TwiceInHttp10", request(kHost + kHost, "GET / HTTP/1.0"), "bad_host"},
                                         Row{"Empty", request("Host:\r\n"), "bad_host"},
                                         Row{"List", request("Host: a.test, b.test\r\n"), "bad_host"},
                                         Row{"WithPort", request("Host: a.test:8080\r\n"), "ok"},
                                         Row{"BadPort", request("Host: a.test:x\r\n"), "bad_host"},
                                         Row{"Userinfo", request("Host: u@a.test\r\n"), "bad_host"},
                                         Row{"WithPath", request("Host: a.test/x\r\n"), "bad_host"},
                                         Row{"Ipv6", request("Host: [::1]:80\r\n"), "ok"}),
                         kName);

INSTANTIATE_TEST_SUITE_P(
    Fields, StrictRequest,
    testing::Values(Row{"SpaceBeforeColon", request(kHost + "X : y\r\n"), "bad_request"},
                    Row{"SpaceBeforeFirstField", request(" X: y\r\n" + kHost), "bad_request"},
                    Row{"Folded", request(kHost + "X: y\r\n z\r\n"), "bad_request"},
                    Row{"BareLfAfterValue", request(kHost + "X: y\n"), "bad_request"},
                    Row{"BareCrInValue", request(kHost + "X: y\rz\r\n"), "bad_request"},
                    Row{"NulInValue", request(kHost + std::string("X: y\0z\r\n", 8)), "bad_request"},
                    Row{"ControlInValue", request(kHost + "X: \x01\r\n"), "bad_request"},
                    Row{"NameIsNoToken", request(kHost + "X@: y\r\n"), "bad_request"},
                    Row{"EmptyName", request(kHost + ": y\r\n"), "bad_request"},
                    Row{"NoColon", request(kHost + "X\r\n"), "bad_request"},
                    Row{"EmptyValue", request(kHost + "X:\r\n"), "ok"},
                    Row{"Latin1Value", request(kHost + "X: \xe4\r\n"), "ok"},
                    Row{"BareLfAtTheEnd", "GET / HTTP/1.1\r\nHost: a.test\r\n\n", "bad_request"},
                    Row{"TooLarge", request(kHost + "X: " + std::string(16400, 'a') + "\r\n"), "head_too_large"},
                    Row{"TooMany",
                        request(kHost +
                                [] {
                                  std::string many;
                                  for (int i = 0; i < 100; ++i) many += "X: y\r\n";
                                  return many;
                                }()),
                        "head_too_large"}),
    kName);

INSTANTIATE_TEST_SUITE_P(
    Framing, StrictRequest,
    testing::Values(
        Row{"Length", request(kHost + "Content-Length: 5\r\n"), "ok"},
        Row{"LengthAndChunked", request(kHost + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), "bad_framing"},
        Row{"ChunkedAndLength", request(kHost + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), "bad_framing"},
        Row{"LengthTwiceAlike", request(kHost + "Content-Length: 5\r\nContent-Length: 5\r\n"), "bad_framing"},
        Row{"LengthTwice", request(kHost + "Content-Length: 5\r\nContent-Length: 6\r\n"), "bad_framing"},
        Row{"LengthList", request(kHost + "Content-Length: 5, 5\r\n"), "bad_framing"},
        Row{"LengthWithSign", request(kHost + "Content-Length: +5\r\n"), "bad_framing"},
        Row{"LengthNegative", request(kHost + "Content-Length: -5\r\n"), "bad_framing"},
        Row{"LengthHex", request(kHost + "Content-Length: 0x5\r\n"), "bad_framing"},
        Row{"LengthEmpty", request(kHost + "Content-Length:\r\n"), "bad_framing"},
        Row{"LengthOverflow", request(kHost + "Content-Length: 18446744073709551617\r\n"), "bad_framing"},
        Row{"Chunked", request(kHost + "Transfer-Encoding: Chunked\r\n"), "ok"},
        Row{"ChunkedInHttp10", request(kHost + "Transfer-Encoding: chunked\r\n", "POST / HTTP/1.0"), "bad_framing"},
        Row{"ChunkedTwice", request(kHost + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
            "bad_framing"},
        Row{"GzipChunked", request(kHost + "Transfer-Encoding: gzip, chunked\r\n"), "coding_unknown"},
        Row{"Identity", request(kHost + "Transfer-Encoding: identity\r\n"), "coding_unknown"},
        Row{"ChunkedByUnderscore", request(kHost + "Transfer_Encoding: chunked\r\n"), "ok"},
        Row{"ChunkedWithVerticalTab",
            request(kHost + "Transfer-Encoding: \x0b"
                            "chunked\r\n"),
            "bad_request"}),
    kName);

INSTANTIATE_TEST_SUITE_P(
    Intent, StrictRequest,
    testing::Values(Row{"ExpectContinue", request(kHost + "Expect: 100-Continue\r\nContent-Length: 1\r\n"), "ok"},
                    Row{"ExpectOther", request(kHost + "Expect: magic\r\n"), "unknown_expectation"},
                    Row{"Websocket", request(kHost + "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"),
                        "upgrade_refused"},
                    Row{"UpgradeThatConnectionDoesNotName", request(kHost + "Upgrade: websocket\r\n"), "ok"},
                    Row{"H2cIsLeftOut",
                        request(kHost + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n"),
                        "ok"}),
    kName);

TEST(RequestParser, SplitsTargetAndFlags) {
  const std::string text =
      "POST http://A.test:8080/p/q?x=1&y HTTP/1.1\r\nhost: a.test:8080\r\nConnection: close, X-Hop\r\n"
      "Content-Length: 12\r\nExpect: 100-continue\r\nA:   b \t\r\n\r\nrest";
  RequestParser parser;
  parser.start();
  ASSERT_EQ(parser.parse(text), HeadState::kComplete);
  const RequestHead& head = parser.head();
  EXPECT_EQ(text.substr(parser.head_size()), "rest");
  EXPECT_EQ(head.method, "POST");
  EXPECT_EQ(head.authority, "A.test:8080");
  EXPECT_EQ(head.path, "/p/q");
  EXPECT_EQ(head.query, "x=1&y");
  EXPECT_TRUE(head.close && head.nominates && head.expects_continue);
  EXPECT_TRUE(is_nominated(head, "x-hop"));
  EXPECT_EQ(head.framing.length, 12U);
  EXPECT_EQ(head.fields.back().value, "b");
  EXPECT_EQ(head.line(4), "A:   b \t\r\n");
}

struct ResponseRow {
  const char* name;
  const char* method;
  std::string head;
  BodyKind kind;
  bool ok;
};

class StrictResponse : public testing::TestWithParam<ResponseRow> {};

TEST_P(StrictResponse, FramingOrRefusal) {
  ResponseParser parser;
  parser.start(GetParam().method);
  const HeadState state = parser.parse(GetParam().head);
  ASSERT_EQ(state == HeadState::kComplete, GetParam().ok) << parser.refusal().rule;
  if (!GetParam().ok) return;
  EXPECT_EQ(parser.head().framing.kind, GetParam().kind);
}

INSTANTIATE_TEST_SUITE_P(
    Rfc9112, StrictResponse,
    testing::Values(
        ResponseRow{"Length", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", BodyKind::kLength, true},
        ResponseRow{"Chunked", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", BodyKind::kChunked,
                    true},
        ResponseRow{"UntilClose", "GET", "HTTP/1.1 200\r\n\r\n", BodyKind::kUntilClose, true},
        ResponseRow{"Head", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", BodyKind::kNone, true},
        ResponseRow{"NoContent", "GET", "HTTP/1.1 204 No\r\n\r\n", BodyKind::kNone, true},
        ResponseRow{"NotModified", "GET", "HTTP/1.1 304 No\r\nContent-Length: 9\r\n\r\n", BodyKind::kNone, true},
        ResponseRow{"NotModifiedChunked", "GET", "HTTP/1.1 304 No\r\nTransfer-Encoding: chunked\r\n\r\n",
                    BodyKind::kNone, true},
        ResponseRow{"NoContentChunked", "GET", "HTTP/1.1 204 No\r\nTransfer-Encoding: chunked\r\n\r\n", BodyKind::kNone,
                    false},
        ResponseRow{"Interim", "GET", "HTTP/1.1 103 Early\r\n\r\n", BodyKind::kNone, true},
        ResponseRow{"Switch", "GET", "HTTP/1.1 101 Switch\r\nUpgrade: x\r\n\r\n", BodyKind::kNone, false},
        ResponseRow{"LengthAndChunked", "GET",
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n", BodyKind::kNone,
                    false},
        ResponseRow{"TwoLengths", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n",
                    BodyKind::kNone, false},
        ResponseRow{"NotHttp", "GET", "SSH-2.0-x\r\n\r\n", BodyKind::kNone, false},
        ResponseRow{"StatusOfFourDigits", "GET", "HTTP/1.1 2000 OK\r\n\r\n", BodyKind::kNone, false},
        ResponseRow{"StatusBelow100", "GET", "HTTP/1.1 099 OK\r\n\r\n", BodyKind::kNone, false},
        ResponseRow{"BareLf", "GET", "HTTP/1.1 200 OK\nContent-Length: 2\r\n\r\n", BodyKind::kNone, false},
        ResponseRow{"Folded", "GET", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", BodyKind::kNone, false}),
    [](const testing::TestParamInfo<ResponseRow>& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace sluice::l7
