#include "controller/address/ip.h"

#include <gtest/gtest.h>

#include <limits>

namespace sluice::address {
namespace {

Ip ip(const char* text) {
  return *parse_ip(text);
}

TEST(Ip, IsReadAndWrittenCanonically) {
  for (const char* text : {"0.0.0.0", "192.0.2.7", "255.255.255.255", "::", "2001:db8::1", "ffff::ffff:ffff"}) {
    EXPECT_EQ(to_string(ip(text)), text);
  }
  EXPECT_EQ(to_string(ip("2001:DB8:0:0:0::0001")), "2001:db8::1");
  for (const char* text : {"", "192.0.2", "192.0.2.256", "2001:db8", "2001:db8::1%eth0", " 192.0.2.1"}) {
    EXPECT_FALSE(parse_ip(text)) << text;
  }
}

TEST(Ip, IsWalkedOverTheBordersOfItsHalves) {
  EXPECT_EQ(to_string(next(ip("192.0.2.255"))), "192.0.3.0");
  EXPECT_EQ(to_string(previous(ip("192.0.3.0"))), "192.0.2.255");
  EXPECT_EQ(to_string(next(ip("2001:db8::ffff:ffff:ffff:ffff"))), "2001:db8:0:1::");
  EXPECT_EQ(to_string(previous(ip("2001:db8:0:1::"))), "2001:db8::ffff:ffff:ffff:ffff");
  EXPECT_EQ(next(ip("255.255.255.255")), ip("255.255.255.255"));
  EXPECT_EQ(previous(ip("::")), ip("::"));
}

TEST(Ip, IsOrderedWithIpv4First) {
  EXPECT_LT(ip("255.255.255.255"), ip("::"));
  EXPECT_LT(ip("10.0.0.2"), ip("10.0.0.10"));
  EXPECT_LT(ip("2001:db8::ffff:ffff:ffff:ffff"), ip("2001:db8:0:1::"));
}

TEST(Ip, RangesAreCountedAndTheHugeOnesCapped) {
  EXPECT_EQ(count(ip("10.0.0.1"), ip("10.0.0.1")), 1);
  EXPECT_EQ(count(ip("0.0.0.0"), ip("255.255.255.255")), std::int64_t{1} << 32);
  EXPECT_EQ(count(ip("2001:db8::ffff:ffff:ffff:fffe"), ip("2001:db8:0:1::1")), 4);
  EXPECT_EQ(count(ip("::"), ip("::7fff:ffff:ffff:fffe")), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(count(ip("::"), ip("ffff::")), std::numeric_limits<std::int64_t>::max());
}

}  // namespace
}  // namespace sluice::address
