#include "userspace/l4/address.h"

#include <gmock/gmock.h>
#include <sys/socket.h>

namespace sluice::l4 {
namespace {

TEST(Address, BothFamiliesPrintAsTheyAreWritten) {
  EXPECT_EQ(Address::parse("192.0.2.1")->text(), "192.0.2.1");
  EXPECT_EQ(Address::parse("2001:db8::1")->text(), "2001:db8::1");
  EXPECT_EQ(endpoint_text(*Address::parse("2001:db8::1"), 80), "[2001:db8::1]:80");
}

TEST(Address, APrefixOrAZoneIsNoAddress) {
  EXPECT_FALSE(Address::parse("192.0.2.1/24"));
  EXPECT_FALSE(Address::parse("fe80::1%eth0"));
  EXPECT_FALSE(Address::parse(""));
}

TEST(Address, IPv4IsHeldMappedAndGoesOutAsFourBytes) {
  const auto address = *Address::parse("192.0.2.1");
  EXPECT_TRUE(address.is_v4());
  EXPECT_EQ(address.family(), AF_INET);
  EXPECT_THAT(address.wire(), testing::ElementsAre(192, 0, 2, 1));
  EXPECT_EQ(Address::parse("::ffff:192.0.2.1"), address);
  EXPECT_EQ(Address::from_bytes(std::string_view("\xc0\x00\x02\x01", 4)), address);
  EXPECT_FALSE(Address::from_bytes(std::string_view("\xc0\x00\x02", 3)));
}

TEST(Address, APrefixIsComparedBitByBit) {
  const auto address = *Address::parse("100.64.77.1");
  EXPECT_TRUE(address.within(*Address::parse("100.64.0.0"), 10));
  EXPECT_TRUE(address.within(*Address::parse("100.127.0.0"), 10));
  EXPECT_FALSE(address.within(*Address::parse("100.128.0.0"), 10));
  EXPECT_TRUE(address.within(*Address::parse("0.0.0.0"), 0));
  EXPECT_FALSE(address.within(*Address::parse("::"), 0));
}

}  // namespace
}  // namespace sluice::l4
