// Which ticket keys are good when.
#include "userspace/l7/tls_tickets.h"

#include <gtest/gtest.h>

namespace sluice::l7 {
namespace {

using namespace std::chrono_literals;

TEST(TicketKeys, OneKeySealsForAnHour) {
  TicketKeys keys;
  const auto start = TicketKeys::Clock::now();
  const auto first = keys.current(start);
  ASSERT_TRUE(first);
  EXPECT_EQ(keys.current(start + 59min)->name, first->name);
  EXPECT_NE(keys.current(start + 60min)->name, first->name);
}

TEST(TicketKeys, AnOldKeyOpensAndAsksForRenewalUntilItsLastTicketEnds) {
  TicketKeys keys;
  const auto start = TicketKeys::Clock::now();
  const auto first = *keys.current(start);
  EXPECT_FALSE(keys.find(first.name.data(), start)->renew);
  keys.current(start + 1h);
  const auto old = keys.find(first.name.data(), start + 1h);
  ASSERT_TRUE(old);
  EXPECT_TRUE(old->renew);
  EXPECT_EQ(old->key.cipher, first.cipher);
  EXPECT_TRUE(keys.find(first.name.data(), start + 179min));
  EXPECT_FALSE(keys.find(first.name.data(), start + 3h));
}

TEST(TicketKeys, AreNotKeptLongerThanTheyAreGood) {
  TicketKeys keys;
  const auto start = TicketKeys::Clock::now();
  const auto first = *keys.current(start);
  for (int hour = 1; hour < 10; ++hour) keys.current(start + hour * 1h);
  EXPECT_FALSE(keys.find(first.name.data(), start));  // gone, whatever the time asked for
}

TEST(TicketKeys, AnUnknownNameOpensNothing) {
  TicketKeys keys;
  const auto now = TicketKeys::Clock::now();
  auto name = keys.current(now)->name;
  name[0] ^= 1;
  EXPECT_FALSE(keys.find(name.data(), now));
}

TEST(TicketKeys, DifferInEveryPart) {
  TicketKeys keys;
  const auto key = *keys.current();
  EXPECT_NE(key.cipher, key.mac);
  EXPECT_NE(key.cipher, TicketKeys().current()->cipher);
}

}  // namespace
}  // namespace sluice::l7
