// Events are found in the stream of a watch however the network cuts it.
#include "controller/source/kubernetes/watch_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace sluice::kubernetes {
namespace {

using ::testing::ElementsAre;
using Error = WatchDecoder::Error;

/// All whole objects that are there now.
std::vector<std::string> drain(WatchDecoder& decoder) {
  std::vector<std::string> out;
  for (auto text = decoder.next(); text && *text; text = decoder.next()) out.emplace_back(**text);
  return out;
}

TEST(WatchDecoder, FindsTheSameEventsInOnePieceAndByteByByte) {
  const std::string stream = "{\"a\":\"}\\\"\\\\\"}\n\r {\"b\":[{},{\"c\":1}]}{\"d\":\"{\"}\n";
  WatchDecoder whole;
  whole.feed(stream);
  const auto events = drain(whole);
  EXPECT_THAT(events, ElementsAre(R"({"a":"}\"\\"})", R"({"b":[{},{"c":1}]})", R"({"d":"{"})"));
  EXPECT_FALSE(whole.is_inside());

  WatchDecoder cut;
  std::vector<std::string> found;
  for (const char c : stream) {
    cut.feed({&c, 1});
    for (auto& text : drain(cut)) found.push_back(text);
  }
  EXPECT_EQ(found, events);
}

TEST(WatchDecoder, KnowsThatItStandsInTheMiddleOfAnEvent) {
  WatchDecoder decoder;
  decoder.feed("{\"a\":1}\n{\"b\"");
  EXPECT_THAT(drain(decoder), ElementsAre("{\"a\":1}"));
  EXPECT_TRUE(decoder.is_inside());
  decoder.feed(":2}");
  EXPECT_THAT(drain(decoder), ElementsAre("{\"b\":2}"));
  EXPECT_FALSE(decoder.is_inside());
}

TEST(WatchDecoder, GarbageBetweenEventsEndsIt) {
  WatchDecoder decoder;
  decoder.feed("{} garbage {}");
  EXPECT_EQ(**decoder.next(), "{}");
  EXPECT_EQ(decoder.next(), std::unexpected(Error::kNoObject));
  decoder.feed("{}");
  EXPECT_EQ(decoder.next(), std::unexpected(Error::kNoObject)) << "for good";
}

TEST(WatchDecoder, AnEventHasABound) {
  WatchDecoder decoder(8);
  decoder.feed("{\"a\":12}");
  EXPECT_EQ(**decoder.next(), "{\"a\":12}");
  decoder.feed("{\"a\":123}");
  EXPECT_EQ(decoder.next(), std::unexpected(Error::kTooLong));
}

}  // namespace
}  // namespace sluice::kubernetes
