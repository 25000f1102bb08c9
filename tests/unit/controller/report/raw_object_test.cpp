#include "controller/report/raw_object.h"

#include <gtest/gtest.h>

namespace sluice::report {
namespace {

TEST(WithMember, ReplacesTheValueAndLeavesTheRestAsItWasWritten) {
  EXPECT_EQ(with_member(R"({ "a" : 1e2, "b":[ 1 ,2], "c":"é\u00e9" })", "b", "[]"),
            R"({ "a" : 1e2, "b":[], "c":"é\u00e9" })");
}

TEST(WithMember, AddsWhatIsNotThereBehindTheOthers) {
  EXPECT_EQ(with_member(R"({"a": 1 })", "b", "2"), R"({"a": 1 ,"b":2})");
  EXPECT_EQ(with_member("{ }", "b", "2"), R"({ "b":2})");
}

TEST(WithMember, IsNotMisledByBracesAndKeysInsideStrings) {
  EXPECT_EQ(with_member(R"({"a":"}\"b\":{"})", "b", "2"), R"({"a":"}\"b\":{","b":2})");
  EXPECT_EQ(with_member(R"({"a":{"b":1}})", "b", "2"), R"({"a":{"b":1},"b":2})");
}

TEST(WithMember, OfNoObjectMakesOne) {
  EXPECT_EQ(with_member("", "b", "2"), R"({"b":2})");
  EXPECT_EQ(with_member("null", "b", "2"), R"({"b":2})");
}

TEST(Says, ComparesWhatIsMeantNotHowItIsWritten) {
  EXPECT_TRUE(says(R"({ "b": "\u0041", "a": 1 })", boost::json::object{{"a", 1}, {"b", "A"}}));
  EXPECT_FALSE(says("[1,2]", boost::json::array{2, 1}));
  EXPECT_FALSE(says(std::nullopt, boost::json::value()));
}

}  // namespace
}  // namespace sluice::report
