// Which nodes live, by what is seen of their Leases.
#include "controller/lease/life.h"

#include <gtest/gtest.h>

namespace sluice::lease {
namespace {

using namespace std::chrono_literals;

class LifeTest : public testing::Test {
 protected:
  /// Reads each second, node b renewing in each, node a never.
  void pass(std::chrono::seconds time) {
    for (auto i = 0s; i < time; ++i) read(1s);
  }
  void read(std::chrono::milliseconds after) {
    now += after;
    leases["b"].renew_time = std::to_string(++renewals);
    life.saw(leases, now);
  }
  bool is_live(const std::string& node) { return life.lives().nodes.at(node).is_live; }

  Life life{1s};
  Life::Time now{std::chrono::hours(1)};
  int renewals = 0;
  std::map<std::string, Record> leases{{"a", {.holder = "x", .duration_seconds = 5}},
                                       {"b", {.holder = "y", .duration_seconds = 5}}};
};

TEST_F(LifeTest, ANodeLivesUntilItsRenewalsStayOutForItsDuration) {
  read(1s);
  pass(4s);
  EXPECT_TRUE(is_live("a"));
  pass(1s);
  EXPECT_FALSE(is_live("a"));
  EXPECT_TRUE(is_live("b"));
  leases["a"].renew_time = "again";
  pass(1s);
  EXPECT_TRUE(is_live("a"));
}

TEST_F(LifeTest, NothingIsKnownUntilEachLeaseIsRenewedOrHasRunOut) {
  EXPECT_FALSE(life.lives().is_known);
  read(1s);
  pass(4s);
  EXPECT_FALSE(life.lives().is_known) << "a may be dead";
  EXPECT_TRUE(life.lives().nodes.at("b").is_renewed);
  EXPECT_FALSE(life.lives().nodes.at("a").is_renewed);
  pass(1s);
  EXPECT_TRUE(life.lives().is_known);
  leases["late"] = {.holder = "z", .duration_seconds = 5};
  read(1s);
  EXPECT_TRUE(life.lives().is_known) << "who comes later lives until its Lease proves stale";
  EXPECT_TRUE(is_live("late"));
}

TEST_F(LifeTest, NodesThatGoOnComingPutNothingOff) {
  read(1s);
  for (int i = 0; i < 5; ++i) {
    EXPECT_FALSE(life.lives().is_known);
    leases["new-" + std::to_string(i)] = {.holder = "z", .duration_seconds = 5};
    read(1s);
  }
  EXPECT_TRUE(life.lives().is_known) << "of each of the beginning";
  EXPECT_TRUE(is_live("new-4"));
}

TEST_F(LifeTest, WhereAllRenewItIsKnownByTheSecondReading) {
  leases.erase("a");
  read(1s);
  EXPECT_FALSE(life.lives().is_known);
  leases["given up"] = {.holder = "", .duration_seconds = 5};
  read(1s);
  EXPECT_TRUE(life.lives().is_known);
}

TEST_F(LifeTest, ALeaseOfAVeryLongTimeIsNotWaitedForThatLong) {
  leases["a"].duration_seconds = 3600;
  read(1s);
  pass(14s);
  EXPECT_FALSE(life.lives().is_known);
  pass(1s);
  EXPECT_TRUE(life.lives().is_known);
  EXPECT_TRUE(is_live("a"));
}

TEST_F(LifeTest, WithoutLeasesThereIsNothingToWaitFor) {
  life.saw({}, now);
  EXPECT_TRUE(life.lives().is_known);
}

TEST_F(LifeTest, ALeaseThatIsGivenUpIsNoLife) {
  read(1s);
  EXPECT_FALSE(life.lives().nodes.at("a").is_given_up);
  leases["a"].holder = "";
  read(1s);
  EXPECT_FALSE(is_live("a"));
  EXPECT_TRUE(life.lives().nodes.at("a").is_given_up);
}

TEST_F(LifeTest, ANodeWithoutALeaseIsNone) {
  read(1s);
  leases.erase("a");
  read(1s);
  EXPECT_FALSE(life.lives().nodes.contains("a"));
}

TEST_F(LifeTest, TimeWithoutReadingsStopsNobody) {
  read(1s);
  life.missed("503: no");
  EXPECT_EQ(life.lives().problem, "503: no");
  EXPECT_TRUE(is_live("a"));
  read(120s);
  EXPECT_EQ(life.lives().problem, "");
  EXPECT_TRUE(is_live("a")) << "of two minutes two seconds count";
  pass(2s);
  EXPECT_TRUE(is_live("a"));
  pass(1s);
  EXPECT_FALSE(is_live("a"));
}

TEST_F(LifeTest, WhatANodeHoldsIsKnownAfterItsEnd) {
  leases["a"].annotations = to_annotations({.vips = {"10.0.0.1"}, .sources = {"10.0.0.9"}});
  read(1s);
  pass(10s);
  EXPECT_FALSE(is_live("a"));
  EXPECT_EQ(life.lives().nodes.at("a").holdings, (Holdings{{"10.0.0.1"}, {"10.0.0.9"}}));
}

}  // namespace
}  // namespace sluice::lease
