#include "userspace/agent/default_addresses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::agent {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::chrono_literals;

constexpr DefaultAddresses::Clock::time_point kStart{};

TEST(DefaultAddresses, OneThatComesCountsAtOnce) {
  DefaultAddresses addresses({"192.0.2.1"});
  EXPECT_TRUE(addresses.update({"192.0.2.1", "2001:db8::1"}, kStart));
  EXPECT_THAT(addresses.current(), ElementsAre("192.0.2.1", "2001:db8::1"));
  EXPECT_FALSE(addresses.due());
  EXPECT_FALSE(addresses.update({"2001:db8::1", "192.0.2.1"}, kStart)) << "the same";
}

TEST(DefaultAddresses, OneThatGoesIsKeptForAWhile) {
  DefaultAddresses addresses({"192.0.2.1"});
  EXPECT_TRUE(addresses.update({"192.0.2.7"}, kStart));
  EXPECT_THAT(addresses.current(), ElementsAre("192.0.2.1", "192.0.2.7"));
  EXPECT_EQ(addresses.due(), kStart + DefaultAddresses::kGrace);
  EXPECT_FALSE(addresses.update({"192.0.2.7"}, kStart + 9s));
  EXPECT_TRUE(addresses.update({"192.0.2.7"}, kStart + 10s));
  EXPECT_THAT(addresses.current(), ElementsAre("192.0.2.7"));
  EXPECT_FALSE(addresses.due());
}

TEST(DefaultAddresses, OneThatComesBackHasNeverBeenGone) {
  DefaultAddresses addresses({"192.0.2.1"});
  EXPECT_FALSE(addresses.update({}, kStart));
  EXPECT_FALSE(addresses.update({"192.0.2.1"}, kStart + 5s));
  EXPECT_FALSE(addresses.due());
  EXPECT_FALSE(addresses.update({}, kStart + 8s));
  EXPECT_FALSE(addresses.update({}, kStart + 12s)) << "gone for 4 s only";
  EXPECT_EQ(addresses.due(), kStart + 18s);
}

TEST(DefaultAddresses, ANodeWithoutAddressesHasNoneToGive) {
  DefaultAddresses addresses({"192.0.2.1"});
  addresses.update({}, kStart);
  EXPECT_TRUE(addresses.update({}, kStart + DefaultAddresses::kGrace));
  EXPECT_THAT(addresses.current(), IsEmpty());
}

}  // namespace
}  // namespace sluice::agent
