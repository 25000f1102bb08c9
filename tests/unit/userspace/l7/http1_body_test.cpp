#include "userspace/l7/http1_body.h"

#include <gtest/gtest.h>

namespace sluice::l7 {
namespace {

struct Collector final : BodySink {
  std::string data;
  void on_body(std::string_view part) override { data.append(part); }
};

struct Outcome {
  BodyState state;
  std::string data;
  std::string rest;
  std::string trailers;
};

Outcome read(const Framing& framing, std::string_view bytes, std::size_t step) {
  BodyReader reader;
  Collector sink;
  reader.start(framing);
  BodyState state = reader.complete() ? BodyState::kComplete : BodyState::kNeedMore;
  std::size_t at = 0;
  while (state == BodyState::kNeedMore && at < bytes.size()) {
    std::size_t used = 0;
    state = reader.feed(bytes.substr(at, step), used, sink);
    at += used;
  }
  return {state, sink.data, std::string(bytes.substr(at)), std::string(reader.trailers())};
}

constexpr Framing kChunked{.kind = BodyKind::kChunked};

TEST(BodyReader, ALengthEndsWhereItSaysAndLeavesTheNextMessage) {
  for (const std::size_t step : {1U, 3U, 100U}) {
    const Outcome out = read({.kind = BodyKind::kLength, .length = 5}, "helloGET /", step);
    EXPECT_EQ(out.state, BodyState::kComplete);
    EXPECT_EQ(out.data, "hello");
    EXPECT_EQ(out.rest, "GET /");
  }
}

TEST(BodyReader, ChunksAreDecodedHoweverTheyAreCut) {
  for (std::size_t step = 1; step < 60; ++step) {
    const Outcome out =
        read(kChunked, "5\r\nhello\r\nA;x=\"y\"\r\n0123456789\r\n0\r\nX-T: 1\r\nTrailer: no\r\n\r\nGET /", step);
    EXPECT_EQ(out.state, BodyState::kComplete) << step;
    EXPECT_EQ(out.data, "hello0123456789");
    EXPECT_EQ(out.rest, "GET /");
    EXPECT_EQ(out.trailers, "X-T: 1\r\n");
  }
}

class BadChunks : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Rfc9112, BadChunks,
                         testing::Values("\r\n", "x\r\n", "-5\r\n", "0x5\r\n", "5 \r\nhello\r\n", " 5\r\nhello\r\n",
                                         "5\nhello\r\n", "5\r\nhelloX\r\n", "5\r\nhello\n0\r\n\r\n",
                                         "fffffffffffffffff\r\n", "5;\nhello\r\n", "0\r\nA: b\r\n c\r\n\r\n",
                                         "0\r\nA : b\r\n\r\n", "0\r\n\n"));
TEST_P(BadChunks, AreRefusedAtAnyCut) {
  for (const std::size_t step : {1U, 100U}) EXPECT_EQ(read(kChunked, GetParam(), step).state, BodyState::kRefused);
}

TEST(BodyReader, TheEndOfTheConnectionEndsOnlyABodyWithoutLength) {
  BodyReader reader;
  reader.start({.kind = BodyKind::kUntilClose});
  EXPECT_EQ(reader.finish(), BodyState::kComplete);
  reader.start(kChunked);
  EXPECT_EQ(reader.finish(), BodyState::kRefused);
  reader.start({.kind = BodyKind::kLength, .length = 1});
  EXPECT_EQ(reader.finish(), BodyState::kRefused);
}

TEST(BodyReader, TrailersAreBounded) {
  const Outcome out = read(kChunked, "0\r\nX: " + std::string(9000, 'a') + "\r\n\r\n", 100000);
  EXPECT_EQ(out.state, BodyState::kRefused);
}

}  // namespace
}  // namespace sluice::l7
