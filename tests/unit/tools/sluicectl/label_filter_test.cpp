#include "tools/sluicectl/label_filter.h"

#include <gtest/gtest.h>

namespace sluice::ctl {
namespace {

bool takes(const char* selector, const LabelFilter::Labels& labels) {
  const auto filter = LabelFilter::parse(selector);
  EXPECT_TRUE(filter) << selector;
  return filter && filter->takes(labels);
}

TEST(LabelFilter, NoSelectorTakesEverything) {
  EXPECT_TRUE(takes("", {}));
  EXPECT_TRUE(takes("  ", {{"a", "b"}}));
}

TEST(LabelFilter, EqualityTakesTheValueAlone) {
  EXPECT_TRUE(takes("app=shop", {{"app", "shop"}}));
  EXPECT_TRUE(takes("app==shop", {{"app", "shop"}}));
  EXPECT_FALSE(takes("app=shop", {{"app", "web"}}));
  EXPECT_FALSE(takes("app=shop", {}));
}

TEST(LabelFilter, InequalityTakesObjectsWithoutTheLabelToo) {
  EXPECT_TRUE(takes("app!=shop", {}));
  EXPECT_TRUE(takes("app!=shop", {{"app", "web"}}));
  EXPECT_FALSE(takes("app!=shop", {{"app", "shop"}}));
  EXPECT_TRUE(takes("app notin (a, b)", {}));
  EXPECT_FALSE(takes("app notin (a, b)", {{"app", "b"}}));
}

TEST(LabelFilter, ASetTakesEachOfItsValues) {
  EXPECT_TRUE(takes("app in (a,b)", {{"app", "b"}}));
  EXPECT_FALSE(takes("app in (a,b)", {{"app", "c"}}));
}

TEST(LabelFilter, PresenceIsAskedByTheNameAlone) {
  EXPECT_TRUE(takes("example.com/app", {{"example.com/app", ""}}));
  EXPECT_FALSE(takes("!app", {{"app", ""}}));
  EXPECT_TRUE(takes("!app", {}));
}

TEST(LabelFilter, CommasAreAnd) {
  EXPECT_TRUE(takes("a=1, b in (2,3), !c", {{"a", "1"}, {"b", "3"}}));
  EXPECT_FALSE(takes("a=1,b in (2,3)", {{"a", "1"}, {"b", "4"}}));
}

TEST(LabelFilter, WhatIsNoSelectorIsRefused) {
  for (const char* wrong : {"=x", "a=b=c", "a of (b)", "a in b)", "a b", "-a", ",a"}) {
    EXPECT_FALSE(LabelFilter::parse(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace sluice::ctl
