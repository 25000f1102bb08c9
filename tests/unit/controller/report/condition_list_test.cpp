// Conditions of several writers in one list.
#include "controller/report/condition_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "controller/report/raw_object.h"

namespace sluice::report {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kNow = "2026-03-01T00:00:00Z";

boost::json::array wanted(std::string_view text) {
  return boost::json::parse(boost::json::string_view(text.data(), text.size())).as_array();
}

const std::string kAccepted = R"([{"type":"Accepted","status":"True","reason":"Accepted","message":"accepted"}])";

std::string stored(const std::string& type, const std::string& status, int generation, const std::string& message) {
  return R"({"type":")" + type + R"(","status":")" + status + R"(","reason":"Accepted","message":")" + message +
         R"(","lastTransitionTime":"2025-01-01T00:00:00Z","observedGeneration":)" + std::to_string(generation) + "}";
}

MergedConditions merged(const std::string& before, std::string_view want, std::int64_t generation = 2) {
  return merge_conditions(before, wanted(want), {.generation = generation, .now = kNow});
}

TEST(Conditions, AreMadeWhereThereAreNone) {
  const auto out = merge_conditions(std::nullopt, wanted(kAccepted), {.generation = 2, .now = kNow});
  EXPECT_TRUE(out.differs);
  EXPECT_THAT(out.items,
              ElementsAre(R"({"lastTransitionTime":"2026-03-01T00:00:00Z","message":"accepted",)"
                          R"("observedGeneration":2,"reason":"Accepted","status":"True","type":"Accepted"})"));
}

TEST(Conditions, KeepTheirTimeWhileTheirStatusStays) {
  const auto out = merged("[" + stored("Accepted", "True", 1, "was so") + "]", kAccepted);
  EXPECT_TRUE(out.differs);
  EXPECT_EQ(parsed(out.items.at(0)).at("lastTransitionTime"), "2025-01-01T00:00:00Z");
  EXPECT_EQ(parsed(out.items.at(0)).at("message"), "accepted");
  EXPECT_EQ(parsed(out.items.at(0)).at("observedGeneration"), 2);
}

TEST(Conditions, GetANewTimeWhenTheirStatusChanges) {
  const auto out = merged("[" + stored("Accepted", "False", 2, "accepted") + "]", kAccepted);
  EXPECT_EQ(parsed(out.items.at(0)).at("lastTransitionTime"), kNow);
}

TEST(Conditions, ThatSayTheSameAreLeftAsTheyAreWritten) {
  const std::string text = R"({ "type": "Accepted", "observedGeneration": 2, "reason": "\u0041ccepted",
    "status": "True", "message": "accepted", "lastTransitionTime": "2025-01-01T00:00:00Z" })";
  const auto out = merged("[" + text + "]", kAccepted);
  EXPECT_FALSE(out.differs);
  EXPECT_THAT(out.items, ElementsAre(text));
}

TEST(Conditions, OfOtherTypesStayInTheirPlaceByteForByte) {
  const std::string foreign = R"({ "type":"example.com/Scanned" , "status":"True","observedGeneration":1 })";
  const auto out = merged("[" + foreign + "," + stored("Accepted", "False", 1, "no") + "," + foreign + "]", kAccepted);
  ASSERT_THAT(out.items, SizeIs(3));
  EXPECT_EQ(out.items[0], foreign);
  EXPECT_EQ(out.items[2], foreign);
  EXPECT_EQ(parsed(out.items[1]).at("status"), "True");
}

TEST(Conditions, OfOursThatAreWantedNoMoreGo) {
  const std::string overlap = stored("OverlappingTLSConfig", "True", 1, "two listeners");
  const auto out = merged("[" + overlap + "," + stored("Accepted", "True", 2, "accepted") + "]", kAccepted);
  EXPECT_TRUE(out.differs);
  EXPECT_THAT(out.items, ElementsAre(stored("Accepted", "True", 2, "accepted")));
}

TEST(Conditions, OfALaterGenerationAreNotTouched) {
  const std::string newer = stored("Accepted", "False", 3, "of a newer spec");
  const std::string gone = stored("Conflicted", "True", 3, "of a newer spec");
  const auto out = merged("[" + newer + "," + gone + "]", kAccepted);
  EXPECT_FALSE(out.differs);
  EXPECT_THAT(out.items, ElementsAre(newer, gone));
  EXPECT_TRUE(is_newer("[" + newer + "]", 2));
  EXPECT_FALSE(is_newer("[" + newer + "]", 3));
}

TEST(Conditions, OfOthersSayNothingAboutOurGenerations) {
  EXPECT_FALSE(is_newer("[" + stored("example.com/Scanned", "True", 9, "") + "]", 2));
}

TEST(Conditions, OfOneTypeStandOnce) {
  const auto out = merged(
      "[" + stored("Accepted", "True", 2, "accepted") + "," + stored("Accepted", "False", 2, "no") + "]", kAccepted);
  EXPECT_TRUE(out.differs);
  EXPECT_THAT(out.items, ElementsAre(stored("Accepted", "True", 2, "accepted")));
}

TEST(Conditions, AreNoMoreThanEightAndTheVitalOnesGoInFirst) {
  std::string foreign;
  for (int i = 0; i < 6; ++i) foreign += (i > 0 ? "," : "") + stored("example.com/" + std::to_string(i), "True", 1, "");
  const auto out = merged("[" + foreign + "]", R"([
    {"type":"Accepted","status":"True","reason":"Accepted","message":""},
    {"type":"AddressesAssigned","status":"True","reason":"AddressesAssigned","message":""},
    {"type":"Programmed","status":"True","reason":"Programmed","message":""}])");
  ASSERT_THAT(out.items, SizeIs(8));
  EXPECT_EQ(parsed(out.items[6]).at("type"), "Accepted");
  EXPECT_EQ(parsed(out.items[7]).at("type"), "Programmed");
  EXPECT_THAT(out.left_out, ElementsAre("AddressesAssigned"));
}

TEST(Conditions, HaveNoLongerMessageThanTheSchemaTakes) {
  std::string long_text;
  while (long_text.size() < 40'000) long_text += "ä";
  const auto out =
      merged("[]", R"([{"type":"Accepted","status":"True","reason":"Accepted","message":")" + long_text + "\"}]");
  const std::string message(parsed(out.items.at(0)).at("message").as_string());
  EXPECT_LE(message.size(), 32'768U);
  EXPECT_TRUE(message.ends_with("ä…"));
  EXPECT_FALSE(merge_conditions(list_of(out.items),
                                wanted(R"([{"type":"Accepted","status":"True","reason":"Accepted","message":")" +
                                       long_text + "\"}]"),
                                {.generation = 2, .now = "2027-01-01T00:00:00Z"})
                   .differs);
}

TEST(Conditions, OfWhatIsNoListAreMadeAnew) {
  EXPECT_THAT(merged("null", kAccepted).items, SizeIs(1));
  EXPECT_FALSE(merged("null", "[]").differs);
  EXPECT_THAT(merged("[]", "[]").items, IsEmpty());
}

}  // namespace
}  // namespace sluice::report
