// Heads of HTTP/2 as lines of HTTP/1.1, and back.
#include "userspace/l7/http2_fields.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace sluice::l7 {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Read {
  bool accepted = false;
  RequestHead head;
  Refusal refusal;
};

class Http2Head : public testing::Test {
 protected:
  Read& read(const Pairs& fields, bool ended = true) {
    reader_.start();
    if (std::ranges::find(fields, ":scheme", &Pairs::value_type::first) == fields.end()) reader_.add(":scheme", "http");
    for (const auto& [name, value] : fields) reader_.add(name, value);
    read_.accepted = reader_.finish(read_.head, ended, read_.refusal);
    return read_;
  }
  const Pairs get_{{":method", "GET"}, {":scheme", "http"}, {":authority", "a.test"}, {":path", "/x?y"}};
  Pairs with(const Pairs& more) const {
    Pairs all = get_;
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  HeadLimits limits_{.head_bytes = 200, .target_bytes = 20, .fields = 4};
  Http2HeadReader reader_{limits_};
  Read read_;
};

TEST_F(Http2Head, IsTheHeadThatHttp1WouldHaveHad) {
  const Read& got = read(with({{"accept", "a"}, {"te", "trailers"}}));
  ASSERT_TRUE(got.accepted);
  EXPECT_EQ(got.head.method, "GET");
  EXPECT_EQ(got.head.path, "/x");
  EXPECT_EQ(got.head.query, "y");
  EXPECT_EQ(got.head.authority, "a.test");
  EXPECT_EQ(got.head.lines, "accept: a\r\nte: trailers\r\nhost: a.test\r\n");
  EXPECT_TRUE(got.head.http2);
  EXPECT_TRUE(got.head.bodiless());
  EXPECT_FALSE(got.head.grpc);
}

TEST_F(Http2Head, ABodyWithoutALengthIsChunkedAndOneWithIsNot) {
  EXPECT_EQ(read(get_, false).head.framing.kind, BodyKind::kChunked);
  const Read& got = read(with({{"content-length", "5"}}), false);
  EXPECT_EQ(got.head.framing.kind, BodyKind::kLength);
  EXPECT_EQ(got.head.framing.length, 5U);
}

TEST_F(Http2Head, CrumbsAreOneCookie) {
  EXPECT_EQ(read(with({{"cookie", "a=1"}, {"x", "y"}, {"cookie", "b=2"}})).head.lines,
            "x: y\r\nhost: a.test\r\ncookie: a=1; b=2\r\n");
}

TEST_F(Http2Head, HostAndAuthorityAreOne) {
  EXPECT_TRUE(read(with({{"host", "A.test"}})).accepted);
  EXPECT_FALSE(read(with({{"host", "b.test"}})).accepted);
  EXPECT_EQ(read_.refusal.reason, Reason::kBadHost);
  EXPECT_FALSE(read(with({{"host", "a.test"}, {"host", "a.test"}})).accepted);
  EXPECT_TRUE(read({{":method", "GET"}, {":path", "/"}, {"host", "a.test"}}).accepted);
  EXPECT_EQ(read_.head.authority, "a.test");
  EXPECT_FALSE(read({{":method", "GET"}, {":path", "/"}}).accepted);
  EXPECT_FALSE(read({{":method", "GET"}, {":authority", "user@a.test"}, {":path", "/"}}).accepted);
}

TEST_F(Http2Head, LimitsAreHttp1s) {
  EXPECT_FALSE(read(with({{"a", std::string(200, 'x')}})).accepted);
  EXPECT_EQ(read_.refusal.reason, Reason::kHeadTooLarge);
  EXPECT_FALSE(read(with({{"a", ""}, {"b", ""}, {"c", ""}, {"d", ""}, {"e", ""}})).accepted);
  EXPECT_EQ(read_.refusal.reason, Reason::kHeadTooLarge);
  EXPECT_FALSE(read({{":method", "GET"}, {":authority", "a.test"}, {":path", "/" + std::string(20, 'x')}}).accepted);
  EXPECT_EQ(read_.refusal.reason, Reason::kUriTooLong);
}

TEST_F(Http2Head, WhatHttp1RefusesIsRefused) {
  const auto reason = [&](const std::string& method, const std::string& path) {
    return read({{":method", method}, {":authority", "a.test"}, {":path", path}}).refusal.reason;
  };
  EXPECT_EQ(reason("CONNECT", ""), Reason::kConnectRefused);
  EXPECT_EQ(reason("GE T", "/"), Reason::kBadRequest);
  EXPECT_EQ(reason("GET", "/a b"), Reason::kBadTarget);
  EXPECT_EQ(reason("GET", "/a\\b"), Reason::kBadTarget);
  EXPECT_EQ(reason("GET", "*"), Reason::kBadTarget);
}

TEST_F(Http2Head, OnlyPathsOfHttpAreTargets) {
  const auto accepted = [&](const std::string& scheme, const std::string& path) {
    return read({{":method", "OPTIONS"}, {":scheme", scheme}, {":authority", "a.test"}, {":path", path}}).accepted;
  };
  EXPECT_TRUE(accepted("http", "/"));
  EXPECT_TRUE(accepted("HTTP", "*"));
  EXPECT_FALSE(accepted("ftp", "/"));
  EXPECT_EQ(read_.refusal.reason, Reason::kBadTarget);
  EXPECT_FALSE(accepted("http", "http://a.test/"));
  EXPECT_EQ(read_.refusal.reason, Reason::kBadTarget);
  EXPECT_FALSE(accepted("ftp", "http://a.test/"));
}

TEST(Http2Fields, LinesAreFieldsAgain) {
  std::vector<nghttp2_nv> fields;
  const std::string lines = "A: b\r\nC-D:  e: f \r\ng:\r\n";
  append_fields(lines, fields);
  Pairs got;
  for (const nghttp2_nv& field : fields) {
    got.emplace_back(std::string(reinterpret_cast<char*>(field.name), field.namelen),
                     std::string(reinterpret_cast<char*>(field.value), field.valuelen));
  }
  EXPECT_EQ(got, (Pairs{{"A", "b"}, {"C-D", "e: f"}, {"g", ""}}));
}

TEST(Http2Fields, TrailersAreWhatMayStandThere) {
  std::string lines;
  for (const auto* name :
       {"grpc-status", "host", "content-length", "cookie", "authorization", "x-sum", "x_forwarded_for"})
    append_trailer(name, "1", lines);
  append_trailer("large", std::string(9000, 'x'), lines);
  EXPECT_EQ(lines, "grpc-status: 1\r\nx-sum: 1\r\n");
}

TEST(Http2Fields, AResponseEndsWithItsStream) {
  const HeadLimits limits;
  Http2HeadReader reader(limits);
  const auto read = [&](const Pairs& fields, std::string_view method) {
    reader.start();
    for (const auto& [name, value] : fields) reader.add(name, value);
    ResponseHead head;
    Refusal refusal;
    return reader.finish(head, method, refusal) ? head.framing.kind : BodyKind::kChunked;
  };
  EXPECT_EQ(read({{":status", "200"}}, "GET"), BodyKind::kUntilClose);
  EXPECT_EQ(read({{":status", "200"}, {"content-length", "1"}}, "GET"), BodyKind::kLength);
  EXPECT_EQ(read({{":status", "200"}, {"content-length", "1"}}, "HEAD"), BodyKind::kNone);
  EXPECT_EQ(read({{":status", "304"}}, "GET"), BodyKind::kNone);
  for (const auto* refused : {"101", "000", "099"}) EXPECT_EQ(read({{":status", refused}}, "GET"), BodyKind::kChunked);
}

}  // namespace
}  // namespace sluice::l7
