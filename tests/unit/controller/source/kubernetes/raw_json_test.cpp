// Parts of JSON come out byte for byte as they went in.
#include "controller/source/kubernetes/raw_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::kubernetes {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;

TEST(RawJson, AMemberIsWhatIsWritten) {
  const std::string_view text = R"( { "a" : [1.0, 2e3 ] , "b":{"c":"}\"{"},"d" :"\u003c" , "e":null } )";
  EXPECT_EQ(raw_member(text, "a"), "[1.0, 2e3 ]");
  EXPECT_EQ(raw_member(text, "b"), R"({"c":"}\"{"})");
  EXPECT_EQ(raw_member(text, "d"), R"("\u003c")");
  EXPECT_EQ(raw_member(text, "e"), "null");
  EXPECT_EQ(raw_member(text, "c"), std::nullopt) << "of the object itself, not of one in it";
  EXPECT_EQ(raw_member("{}", "a"), std::nullopt);
}

TEST(RawJson, OfAFieldThatIsGivenTwiceTheLastCounts) {
  EXPECT_EQ(raw_member(R"({"a":1,"a":2})", "a"), "2");
}

TEST(RawJson, ItemsAreCutAtTheCommasOfTheirOwnList) {
  EXPECT_THAT(raw_items(R"([ {"a":[1,2]} ,"x,]", [3,[4]],-1.50 ])"),
              Optional(ElementsAre(R"({"a":[1,2]})", R"("x,]")", "[3,[4]]", "-1.50")));
  EXPECT_THAT(raw_items("[ ]"), Optional(IsEmpty()));
}

TEST(RawJson, OfWhatIsBrokenThereAreNoParts) {
  for (const char* text : {"", "null", "[1]", "{", R"({"a")", R"({"a":)", R"({"a":1)", R"({"a":1,})", R"({"a":"x)",
                           R"({"a":"x\)", R"({"a":[1})", "{a:1}", R"({"a" 1})"}) {
    EXPECT_EQ(raw_member(text, "a"), std::nullopt) << text;
  }
  for (const char* text : {"", "{}", "[", "[1", "[1,", "[1,]", "[\"]", "[{]"}) {
    EXPECT_EQ(raw_items(text), std::nullopt) << text;
  }
}

TEST(RawJson, TextIsQuotedWithWhatItNeeds) {
  EXPECT_EQ(quoted("a\"b\\c\n"), R"("a\"b\\c\n")");
}

}  // namespace
}  // namespace sluice::kubernetes
