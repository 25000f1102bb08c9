#include <gtest/gtest.h>

#include "controller/api/cel/functions.h"
#include "tests/unit/controller/api/cel/rule_builder.h"

namespace sluice::api::cel {
namespace {

TEST(CelDuration, ReadsEveryUnitAndTheirSums) {
  EXPECT_EQ(parse_duration("1h30m")->nanoseconds, 5400'000'000'000);
  EXPECT_EQ(parse_duration("1.5s")->nanoseconds, 1'500'000'000);
  EXPECT_EQ(parse_duration("250ms")->nanoseconds, 250'000'000);
  EXPECT_EQ(parse_duration("-2us")->nanoseconds, -2000);
  EXPECT_EQ(parse_duration("3µs1ns")->nanoseconds, 3001);
  EXPECT_EQ(parse_duration("0")->nanoseconds, 0);
}

TEST(CelDuration, RefusesWhatHasNoUnitOrNoNumber) {
  for (const auto* text :
       {"", "1", "s", "1x", "1 s", "--1s", "+-1s", "1s ", "9999999999h", "1e3s", "0x1s", "inf s", ".s"}) {
    EXPECT_FALSE(parse_duration(text).has_value()) << text;
  }
}

TEST(CelDuration, ComparesInRules) {
  EXPECT_EQ(verdict("duration(self) <= duration('1h') && duration('60s') == duration('1m')", R"("3600s")"), "true");
  EXPECT_EQ(verdict("duration(self) > duration('1h')", R"("soon")"), "error: \"soon\" is no duration");
}

}  // namespace
}  // namespace sluice::api::cel
