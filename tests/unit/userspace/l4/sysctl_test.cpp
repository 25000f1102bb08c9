#include "userspace/l4/sysctl.h"

#include <gmock/gmock.h>

namespace sluice::l4 {
namespace {

TEST(Sysctl, ADeviceWithADotInItsNameIsOnePartOfThePath) {
  const Sysctl sysctl{"net/ipv4/conf/{}/forwarding", "eth0.100"};
  EXPECT_EQ(sysctl.file(), "/proc/sys/net/ipv4/conf/eth0.100/forwarding");
  EXPECT_EQ(sysctl.text(), "net.ipv4.conf.eth0.100.forwarding");
}

std::string merge(const char* before, PortRange added) {
  return print_port_ranges(merged(*parse_port_ranges(before), added));
}

TEST(PortRanges, AddingKeepsWhatOthersHaveReserved) {
  EXPECT_EQ(merge("", {10000, 29999}), "10000-29999");
  EXPECT_EQ(merge("8080,9148", {10000, 29999}), "8080,9148,10000-29999");
  EXPECT_EQ(merge("9999,15000-40000", {10000, 29999}), "9999-40000");
  EXPECT_EQ(merge("65535", {65530, 65534}), "65530-65535");
}

TEST(PortRanges, TakingAwayLeavesWhatLiesOutside) {
  const auto rest = without(*parse_port_ranges("8080,9000-30001"), {10000, 29999});
  EXPECT_EQ(print_port_ranges(rest), "8080,9000-9999,30000-30001");
  EXPECT_TRUE(without(*parse_port_ranges("10000-29999"), {10000, 29999}).empty());
}

TEST(PortRanges, WhatTwoHaveInCommon) {
  const auto ranges = *parse_port_ranges("8080,9000-30001");
  EXPECT_EQ(print_port_ranges(within(ranges, {20000, 39999})), "20000-30001");
  EXPECT_EQ(print_port_ranges(within(ranges, {8080, 9000})), "8080,9000");
  EXPECT_TRUE(within(ranges, {8081, 8999}).empty());
}

TEST(PortRanges, AnythingElseIsAnError) {
  EXPECT_FALSE(parse_port_ranges("a"));
  EXPECT_FALSE(parse_port_ranges("10-5"));
  EXPECT_FALSE(parse_port_ranges("70000"));
  EXPECT_FALSE(parse_port_ranges("1,,2"));
}

}  // namespace
}  // namespace sluice::l4
