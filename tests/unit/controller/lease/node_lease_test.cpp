#include "controller/lease/node_lease.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <set>

namespace sluice::lease {
namespace {

TEST(NodeLease, HoldingsTravelAsAnnotations) {
  const Holdings holdings{.vips = {"10.0.0.1", "2001:db8::1"}, .sources = {"10.0.0.9"}};
  EXPECT_EQ(to_annotations(holdings),
            (std::map<std::string, std::string>{{"sluice.dev/sources", "10.0.0.9"},
                                                {"sluice.dev/vips", "10.0.0.1,2001:db8::1"}}));
  EXPECT_EQ(holdings_of(to_annotations(holdings)), holdings);
  EXPECT_EQ(holdings_of(to_annotations({})), Holdings{});
  EXPECT_EQ(holdings_of({}), Holdings{});
}

TEST(NodeLease, AnIdentityIsUsedOnceThoughBootAndPidAreTheSame) {
  const auto one = new_identity();
  const auto other = new_identity();
  const auto process = "_" + std::to_string(getpid()) + "_";
  EXPECT_NE(one.find(process), std::string::npos) << one;
  // That ten are equal: one chance in 2^288.
  std::set<std::string> all;
  for (int i = 0; i < 10; ++i) all.insert(new_identity());
  EXPECT_GT(all.size(), 1U);
  EXPECT_EQ(one.substr(0, one.rfind('_')), other.substr(0, other.rfind('_')));
}

TEST(NodeLease, WhatIsNoAddressIsLeftOut) {
  EXPECT_EQ(holdings_of({{"sluice.dev/vips", ",10.0.0.2,x,10.0.0.1,,10.0.0,"}}),
            (Holdings{{"10.0.0.1", "10.0.0.2"}, {}}));
}

TEST(NodeLease, IsNamedByItsNode) {
  EXPECT_EQ(node_lease_options("s", "worker-1.example", "i").name, "sluice-node-worker-1.example");
  EXPECT_EQ(node_of("sluice-node-worker-1.example"), "worker-1.example");
  EXPECT_FALSE(node_of("sluice-node-"));
  EXPECT_FALSE(node_of("sluice-controller"));
}

}  // namespace
}  // namespace sluice::lease
