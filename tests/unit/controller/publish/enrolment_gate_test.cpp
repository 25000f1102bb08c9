#include "controller/publish/enrolment_gate.h"

#include <gtest/gtest.h>

namespace sluice::publish {
namespace {

using namespace std::chrono_literals;
constexpr std::chrono::milliseconds kPause{1'000};

TEST(EnrolmentGate, APeerIsKnownByItsAddressAlone) {
  EXPECT_EQ(address_of_peer("ipv4:192.0.2.1:4711"), "192.0.2.1");
  EXPECT_EQ(address_of_peer("ipv6:%5B2001:db8::1%5D:4711"), "2001:db8::1");
  EXPECT_EQ(address_of_peer("ipv6:[2001:db8::1]:4711"), "2001:db8::1");
  EXPECT_EQ(address_of_peer("unix:/run/x"), "unix:/run/x");
  EXPECT_EQ(address_of_peer("ipv4:"), "ipv4:");
  EXPECT_EQ(address_of_peer(""), "");
}

TEST(EnrolmentGate, AnAddressHasItsOwnCallsAlone) {
  EnrolmentGate gate(kPause);
  for (std::size_t i = 0; i < EnrolmentGate::kOfOneAddress; ++i) EXPECT_TRUE(gate.enter("a"));
  EXPECT_FALSE(gate.enter("a"));
  EXPECT_TRUE(gate.enter("b"));
  gate.leave("a");
  EXPECT_TRUE(gate.enter("a"));
  EXPECT_FALSE(gate.enter("a"));
}

TEST(EnrolmentGate, TokensOfOneAddressAreShownSoManyAtOnceAndThenOneAPause) {
  EnrolmentGate gate(kPause);
  EnrolmentGate::Clock::time_point now{1h};
  for (int i = 0; i < EnrolmentGate::kAtOnce; ++i) EXPECT_TRUE(gate.may_ask("a", now));
  EXPECT_FALSE(gate.may_ask("a", now));
  EXPECT_TRUE(gate.may_ask("b", now));
  now += kPause;
  EXPECT_TRUE(gate.may_ask("a", now));
  EXPECT_FALSE(gate.may_ask("a", now));
  now += kPause * EnrolmentGate::kAtOnce;
  for (int i = 0; i < EnrolmentGate::kAtOnce; ++i) EXPECT_TRUE(gate.may_ask("a", now));
  EXPECT_FALSE(gate.may_ask("a", now));
}

}  // namespace
}  // namespace sluice::publish
