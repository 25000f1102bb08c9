#include "controller/compile/hostname.h"

#include <gtest/gtest.h>

namespace sluice::compile {
namespace {

TEST(Hostname, ExactIsMoreSpecificThanAnyWildcardAndLongerThanShorter) {
  EXPECT_GT(specificity("a.b"), specificity("*.very.long.example.com"));
  EXPECT_GT(specificity("*.b.example.com"), specificity("*.example.com"));
  EXPECT_GT(specificity("*.com"), specificity(""));
}

TEST(Hostname, WideningTakesOneLabelAwayAtATime) {
  EXPECT_EQ(wider("a.b.com"), "*.b.com");
  EXPECT_EQ(wider("*.b.com"), "*.com");
  EXPECT_EQ(wider("*.com"), "");
  EXPECT_EQ(wider("localhost"), "");
}

}  // namespace
}  // namespace sluice::compile
