#include "controller/api/cel/parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/controller/api/cel/rule_builder.h"

namespace sluice::api::cel {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(CelParser, MultiplicationBindsTighterThanAdditionAndThatTighterThanComparison) {
  EXPECT_EQ(verdict("1 + 2 * 3 == 7"), "true");
  EXPECT_EQ(verdict("(1 + 2) * 3 == 9"), "true");
  EXPECT_EQ(verdict("10 - 3 - 2 == 5"), "true");
  EXPECT_EQ(verdict("7 % 4 * 2 == 6"), "true");
}

TEST(CelParser, AndBindsTighterThanOrAndNotTighterThanBoth) {
  EXPECT_EQ(verdict("true || false && false"), "true");
  EXPECT_EQ(verdict("!true || true"), "true");
  EXPECT_EQ(verdict("!(true || true)"), "false");
}

TEST(CelParser, TheConditionalBindsLoosestAndToTheRight) {
  EXPECT_EQ(verdict("false ? true : false ? false : true"), "true");
  EXPECT_EQ(verdict("1 == 1 ? 2 == 2 : false"), "true");
}

TEST(CelParser, RawStringsKeepTheirBackslashesOthersReadEscapes) {
  EXPECT_EQ(verdict(R"(size(r'\d') == 2 && size('\\d') == 2 && size('\n') == 1)"), "true");
  EXPECT_EQ(verdict(R"cel(r"""a"b\.""" == 'a"b\\.')cel"), "true");
  EXPECT_EQ(verdict(R"('\u00e9' == 'é' && '\x41\101' == 'AA')"), "true");
}

TEST(CelParser, CommentsAndLineBreaksAreSpace) {
  EXPECT_EQ(verdict("true // so it is\n && true"), "true");
}

TEST(CelParser, ReservedNamesOfFieldsAreEscaped) {
  EXPECT_EQ(verdict("self.__namespace__ == 'a'", R"({"namespace": "a"})"), "true");
  EXPECT_EQ(verdict("has(self.a__dash__b) && self.a__dash__b == 1", R"({"a-b": 1})"), "true");
  EXPECT_EQ(verdict("self.a__dot__b__slash__c == 1", R"({"a.b/c": 1})"), "true");
  EXPECT_EQ(verdict("self.__underscores__x == 1", R"({"__x": 1})"), "true");
}

TEST(CelParser, AnInnerVariableHidesAnOuterOne) {
  EXPECT_EQ(verdict("[1].all(x, [2].all(x, x == 2) && x == 1)"), "true");
}

TEST(CelParser, WhatCannotBeReadIsNamedWithItsPlace) {
  EXPECT_EQ(verdict("self.a ="), "unreadable: unexpected character at byte 7");
  EXPECT_THAT(verdict("self.all(x)"), StartsWith("unreadable: "));
  EXPECT_THAT(verdict("unknown == 1"), HasSubstr("unknown name \"unknown\""));
  EXPECT_THAT(verdict("self.frobnicate()"), HasSubstr("no function frobnicate"));
  EXPECT_THAT(verdict("size(self, self)"), HasSubstr("no function size of 2"));
  EXPECT_THAT(verdict("has(self)"), HasSubstr("has() takes a field"));
  EXPECT_THAT(verdict("'open"), HasSubstr("string without an end"));
  EXPECT_THAT(verdict("(true"), HasSubstr("\")\" is missing"));
  EXPECT_THAT(verdict("[1, 2"), HasSubstr("\"]\" is missing"));
  EXPECT_THAT(verdict("true true"), HasSubstr("unexpected \"true\""));
  EXPECT_THAT(verdict("self.matches('[')"), HasSubstr("bad pattern"));
  EXPECT_THAT(verdict("99999999999999999999 == 1"), HasSubstr("out of range"));
  EXPECT_THAT(verdict(""), HasSubstr("ends early"));
}

TEST(CelParser, DeepTreesAreRefusedHoweverTheyAreSpelt) {
  const auto repeat = [](std::string_view text, int times) {
    std::string out;
    for (int i = 0; i < times; ++i) out += text;
    return out;
  };
  for (const std::string& rule :
       {repeat("(", 10000), repeat("!", 10000) + "true", repeat("[", 10000), "true" + repeat(" && true", 10000),
        "self" + repeat(".a", 10000), "self" + repeat("[0]", 10000), repeat("true ? true : ", 10000) + "true",
        repeat("size(", 10000), repeat("self.all(x, ", 10000)}) {
    EXPECT_THAT(verdict(rule), HasSubstr("nested too deep")) << rule.substr(0, 20);
  }
}

TEST(CelParser, RulesThatLookAtOldSelfAreTransitionRules) {
  EXPECT_TRUE(parse_rule("self == oldSelf")->uses_old_self);
  EXPECT_FALSE(parse_rule("self == self")->uses_old_self);
}

}  // namespace
}  // namespace sluice::api::cel
