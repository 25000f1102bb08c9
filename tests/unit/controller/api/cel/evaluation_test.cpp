#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "controller/api/cel/rule.h"
#include "tests/unit/controller/api/cel/rule_builder.h"

namespace sluice::api::cel {
namespace {

using ::testing::HasSubstr;

TEST(CelEvaluation, FieldsItemsAndKeysAreFound) {
  const std::string_view self = R"({"a": {"b": [1, 2, 3]}, "m": {"k": "v"}})";
  EXPECT_EQ(verdict("self.a.b[1] == 2", self), "true");
  EXPECT_EQ(verdict("self.m['k'] == 'v'", self), "true");
  EXPECT_EQ(verdict("has(self.a.b) && !has(self.a.c)", self), "true");
  EXPECT_EQ(verdict("self.a.c == 1", self), "error: no such key: c");
  EXPECT_EQ(verdict("self.m['x'] == 'v'", self), "error: no such key: x");
  EXPECT_EQ(verdict("self.a.b[3] == 1", self), "error: index out of bounds");
  EXPECT_EQ(verdict("self.a.b[-1] == 1", self), "error: index out of bounds");
}

TEST(CelEvaluation, AnErrorCountsOnlyWhereTheOtherSideDoesNotDecide) {
  EXPECT_EQ(verdict("self.missing == 1 && false"), "false");
  EXPECT_EQ(verdict("false && self.missing == 1"), "false");
  EXPECT_EQ(verdict("self.missing == 1 || true"), "true");
  EXPECT_EQ(verdict("self.missing == 1 && true"), "error: no such key: missing");
  EXPECT_EQ(verdict("self.missing == 1 || false"), "error: no such key: missing");
  EXPECT_EQ(verdict("true ? true : self.missing"), "true");
  EXPECT_EQ(verdict("1 && true"), "error: no such overload: int where bool is meant");
}

TEST(CelEvaluation, AllAndExistsPassOverAnErrorWhereAnotherItemDecides) {
  const std::string_view self = R"([{}, {"a": 1}])";
  EXPECT_EQ(verdict("self.exists(x, x.a == 1)", self), "true");
  EXPECT_EQ(verdict("self.all(x, x.a == 2)", self), "false");
  EXPECT_EQ(verdict("self.all(x, x.a == 1)", self), "error: no such key: a");
  EXPECT_EQ(verdict("self.exists_one(x, x.a == 1)", self), "error: no such key: a");
}

TEST(CelEvaluation, MacrosOverNothing) {
  EXPECT_EQ(verdict("self.all(x, false)", "[]"), "true");
  EXPECT_EQ(verdict("self.exists(x, true)", "[]"), "false");
  EXPECT_EQ(verdict("self.exists_one(x, true)", "[]"), "false");
  EXPECT_EQ(verdict("self.filter(x, true).size() == 0", "[]"), "true");
}

TEST(CelEvaluation, ExistsOneMeansExactlyOne) {
  EXPECT_EQ(verdict("self.exists_one(x, x == 1)", "[1, 2]"), "true");
  EXPECT_EQ(verdict("self.exists_one(x, x == 1)", "[1, 1]"), "false");
}

TEST(CelEvaluation, FilterKeepsWhatMatchesInItsOrder) {
  EXPECT_EQ(verdict("self.filter(x, x > 1) == [3, 2]", "[3, 1, 2]"), "true");
  EXPECT_EQ(verdict("self.filter(x, x > 1).filter(y, y < 3).size() == 1", "[3, 1, 2]"), "true");
}

TEST(CelEvaluation, AMapIsGoneThroughByItsKeys) {
  EXPECT_EQ(verdict("self.all(k, k.startsWith('a'))", R"({"a1": 1, "a2": 2})"), "true");
  EXPECT_EQ(verdict("self.exists(k, k == 'b')", R"({"a1": 1})"), "false");
  EXPECT_EQ(verdict("self.all(k, true)", "1"), "error: no such overload: a macro over int");
}

TEST(CelEvaluation, InLooksIntoListsAndAmongKeys) {
  EXPECT_EQ(verdict("self in ['HTTP', 'HTTPS']", R"("HTTP")"), "true");
  EXPECT_EQ(verdict("'*' in self", R"(["a"])"), "false");
  EXPECT_EQ(verdict("'k' in self", R"({"k": null})"), "true");
  EXPECT_EQ(verdict("1 in 2"), "error: no such overload: in int");
}

TEST(CelEvaluation, EqualityIsDeepAndOfOtherTypesFalse) {
  EXPECT_EQ(verdict("self.a == self.b", R"({"a": {"x": [1, {"y": null}]}, "b": {"x": [1, {"y": null}]}})"), "true");
  EXPECT_EQ(verdict("self.a == self.b", R"({"a": [1, 2], "b": [2, 1]})"), "false");
  EXPECT_EQ(verdict("self.a != self.b", R"({"a": "1", "b": 1})"), "true");
  EXPECT_EQ(verdict("1 == 1.0 && null == null && [1] == [1.0]"), "true");
}

TEST(CelEvaluation, NumbersOverflowIntoErrorsNotIntoOtherNumbers) {
  EXPECT_EQ(verdict("9223372036854775807 + 1 > 0"), "error: integer overflow");
  EXPECT_EQ(verdict("-9223372036854775807 - 2 > 0"), "error: integer overflow");
  EXPECT_EQ(verdict("self * self > 0", "9223372036854775807"), "error: integer overflow");
  EXPECT_EQ(verdict("self / -1 > 0", "-9223372036854775808"), "error: integer overflow");
  EXPECT_EQ(verdict("-self > 0", "-9223372036854775808"), "error: integer overflow");
  EXPECT_EQ(verdict("1 / 0 == 1"), "error: division by zero");
  EXPECT_EQ(verdict("1 % 0 == 1"), "error: division by zero");
  EXPECT_EQ(verdict("7 / 2 == 3 && -7 / 2 == -3 && -7 % 2 == -1"), "true");
}

TEST(CelEvaluation, ComparisonNeedsTypesWithAnOrder) {
  EXPECT_EQ(verdict("1 < 1.5 && 'a' < 'b' && 2.5 >= 2 && false < true"), "true");
  EXPECT_EQ(verdict("duration('1s') < duration('1m')"), "true");
  EXPECT_THAT(verdict("1 < 'a'"), HasSubstr("no such overload"));
  EXPECT_THAT(verdict("[1] < [2]"), HasSubstr("no such overload"));
}

TEST(CelEvaluation, TextsAndListsAdd) {
  EXPECT_EQ(verdict("'a' + 'b' == 'ab' && [1] + [2] == [1, 2]"), "true");
  EXPECT_THAT(verdict("'a' + 1 == 'a1'"), HasSubstr("no such overload"));
  EXPECT_THAT(verdict("'a' - 'b' == ''"), HasSubstr("no such overload"));
}

TEST(CelEvaluation, ARuleMustGiveABool) {
  EXPECT_EQ(verdict("1 + 1"), "error: gives int, not bool");
}

TEST(CelEvaluation, TypeTellsNumbersFromText) {
  EXPECT_EQ(verdict("type(self) == int", "1"), "true");
  EXPECT_EQ(verdict("type(self) == string && type(self) != int", R"("1")"), "true");
}

TEST(CelEvaluation, WorkIsBoundedAndTheBudgetIsCountedDown) {
  boost::json::array items;
  for (int i = 0; i < 3000; ++i) items.emplace_back(i);
  const auto rule = Rule::compile("self.all(a, self.exists_one(b, a == b))");
  std::size_t budget = 3 * kMaxCost;
  const auto holds = rule->holds(items, nullptr, budget);
  ASSERT_FALSE(holds);
  EXPECT_EQ(holds.error(), "the rule costs too much on a value of this size");
  EXPECT_EQ(budget, 2 * kMaxCost);

  std::size_t little = 5;
  EXPECT_FALSE(rule->holds(items, nullptr, little));
  EXPECT_EQ(little, 0U);
}

TEST(CelEvaluation, GrowingTextsCostWhatTheyWeigh) {
  // Each level doubles the text: 16 MiB, if nothing stopped it.
  constexpr int kLevels = 20;
  const auto variable = [](int level) { return level == 0 ? std::string("self") : "x" + std::to_string(level); };
  std::string rule = variable(kLevels) + " != ''";
  for (int level = kLevels; level > 0; --level) {
    const std::string before = variable(level - 1);
    rule = "[" + before + " + " + before + "].all(" + variable(level) + ", " + rule + ")";
  }
  EXPECT_THAT(verdict(rule, R"("aaaaaaaaaaaaaaaa")"), HasSubstr("costs too much"));
}

}  // namespace
}  // namespace sluice::api::cel
