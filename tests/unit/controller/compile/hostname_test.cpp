#include "controller/compile/hostname.h"

#include <gtest/gtest.h>

namespace sluice::compile {
namespace {

TEST(Hostname, AWildcardCoversOneLabelOrMoreButNotItsParent) {
  EXPECT_TRUE(covers("*.example.com", "a.example.com"));
  EXPECT_TRUE(covers("*.example.com", "a.b.example.com"));
  EXPECT_TRUE(covers("*.example.com", "*.b.example.com"));
  EXPECT_FALSE(covers("*.example.com", "example.com"));
  EXPECT_FALSE(covers("*.example.com", "badexample.com"));
  EXPECT_FALSE(covers("*.b.example.com", "*.example.com"));
  EXPECT_TRUE(covers("", "*.example.com"));
}

TEST(Hostname, TheIntersectionIsTheNarrowerOfTwoThatMeet) {
  EXPECT_EQ(intersect("*.example.com", "a.example.com"), "a.example.com");
  EXPECT_EQ(intersect("a.example.com", "*.example.com"), "a.example.com");
  EXPECT_EQ(intersect("", "a.example.com"), "a.example.com");
  EXPECT_EQ(intersect("", ""), "");
  EXPECT_EQ(intersect("a.example.com", "b.example.com"), std::nullopt);
  EXPECT_EQ(intersect("example.com", "*.example.com"), std::nullopt);
}

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
