#include "controller/compile/duration.h"

#include <gtest/gtest.h>

namespace sluice::compile {
namespace {

TEST(Duration, AddsItsPartsInMilliseconds) {
  EXPECT_EQ(parse_duration_ms("0s"), 0u);
  EXPECT_EQ(parse_duration_ms("250ms"), 250u);
  EXPECT_EQ(parse_duration_ms("1h30m"), 5'400'000u);
  EXPECT_EQ(parse_duration_ms("1h2m3s4ms"), 3'723'004u);
  EXPECT_EQ(parse_duration_ms("99999h"), 359'996'400'000u);
}

TEST(Duration, RefusesWhatGep2257DoesNotAllow) {
  for (const char* text : {"", "5", "s", "1.5s", "-1s", "+1s", "1d", "100000s", "1h1h1h1h1h", "1s ", " 1s", "1 s"}) {
    EXPECT_EQ(parse_duration_ms(text), std::nullopt) << '"' << text << '"';
  }
}

}  // namespace
}  // namespace sluice::compile
