#include "userspace/l4/snat_ports.h"

#include <gmock/gmock.h>

namespace sluice::l4 {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const LocalPorts kUsual{{32768, 60999}, {}};

TEST(SnatPorts, ARangeOutsideOfWhatLocalSocketsDrawFromIsFine) {
  EXPECT_TRUE(check_snat_ports({10000, 29999}, kUsual));
  EXPECT_TRUE(check_snat_ports({61000, 65535}, kUsual));
}

TEST(SnatPorts, ARangeThatLeavesEnoughOfItIsFine) {
  EXPECT_TRUE(check_snat_ports({30000, 45000}, kUsual));
  EXPECT_TRUE(check_snat_ports({10000, 29999}, {{1024, 65535}, {}}));
  EXPECT_TRUE(check_snat_ports({32768, 59975}, kUsual)) << "1024 are left";
}

TEST(SnatPorts, ARangeThatLeavesTooFewIsRefusedByNameWithAWayOut) {
  for (const PortRange range : {PortRange{1024, 65535}, {32768, 60999}, {1024, 60999}, {32768, 59976}}) {
    const auto checked = check_snat_ports(range, kUsual);
    ASSERT_FALSE(checked);
    EXPECT_THAT(checked.error(),
                AllOf(HasSubstr("--snat-ports " + print_port_ranges({range})), HasSubstr("32768-60999"),
                      HasSubstr("net.ipv4.ip_local_port_range"), HasSubstr("such as 10000-29999")));
  }
}

TEST(SnatPorts, WhatOthersHaveReservedIsNotLeft) {
  EXPECT_FALSE(check_snat_ports({32768, 50000}, {{32768, 60999}, {{50001, 60500}}}));
  EXPECT_TRUE(check_snat_ports({10000, 29999}, {{32768, 60999}, {{32768, 60999}}})) << "it is not this range's doing";
}

TEST(SnatPorts, TheDefaultIsNamedOnlyWhereItWouldDo) {
  const auto checked = check_snat_ports({10000, 29999}, {{10000, 30000}, {}});
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error(), AllOf(HasSubstr("leaves 1 of"), Not(HasSubstr("such as"))));
}

}  // namespace
}  // namespace sluice::l4
