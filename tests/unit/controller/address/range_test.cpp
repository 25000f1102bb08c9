#include "controller/address/range.h"

#include <gtest/gtest.h>

namespace sluice::address {
namespace {

std::string text_of(const std::vector<Range>& ranges) {
  std::string out;
  for (const Range& range : ranges) {
    out += (out.empty() ? "" : " ") + to_string(range.first) + "-" + to_string(range.last);
  }
  return out;
}

std::string read(const std::string& text) {
  const auto range = parse_range(text);
  return range ? text_of({*range}) : range.error();
}

std::vector<Range> ranges(const std::vector<std::string>& texts) {
  std::vector<Range> out;
  for (const auto& text : texts) out.push_back(*parse_range(text));
  return merged(std::move(out));
}

TEST(Range, ABlockLeavesOutWhatIsNobodys) {
  EXPECT_EQ(read("192.0.2.0/24"), "192.0.2.1-192.0.2.254");
  EXPECT_EQ(read("192.0.2.4/30"), "192.0.2.5-192.0.2.6");
  EXPECT_EQ(read("192.0.2.4/31"), "192.0.2.4-192.0.2.5");
  EXPECT_EQ(read("192.0.2.4/32"), "192.0.2.4-192.0.2.4");
  EXPECT_EQ(read("2001:db8::/120"), "2001:db8::1-2001:db8::ff");
  EXPECT_EQ(read("2001:db8::/64"), "2001:db8::1-2001:db8::ffff:ffff:ffff:ffff");
  EXPECT_EQ(read("2001:db8::/48"), "2001:db8::1-2001:db8:0:ffff:ffff:ffff:ffff:ffff");
  EXPECT_EQ(read("2001:db8::2/127"), "2001:db8::2-2001:db8::3");
  EXPECT_EQ(read("2001:db8::2/128"), "2001:db8::2-2001:db8::2");
}

TEST(Range, FromFirstToLastHasNoGaps) {
  EXPECT_EQ(read("192.0.2.0-192.0.2.255"), "192.0.2.0-192.0.2.255");
  EXPECT_EQ(read("2001:db8::-2001:db8::1"), "2001:db8::-2001:db8::1");
  EXPECT_EQ(read("192.0.2.7-192.0.2.7"), "192.0.2.7-192.0.2.7");
}

TEST(Range, WhatIsNoneSaysWhy) {
  EXPECT_EQ(read("192.0.2.1"), "192.0.2.1: must be a CIDR block or FIRST-LAST");
  EXPECT_EQ(read("192.0.2.1/24"), "192.0.2.1/24: the block begins at 192.0.2.0");
  EXPECT_EQ(read("2001:db8::1/64"), "2001:db8::1/64: the block begins at 2001:db8::");
  EXPECT_EQ(read("192.0.2.0/33"), "192.0.2.0/33: the length must be 0 to 32");
  EXPECT_EQ(read("192.0.2.0/"), "192.0.2.0/: the length must be 0 to 32");
  EXPECT_EQ(read("2001:db8::/129"), "2001:db8::/129: the length must be 0 to 128");
  EXPECT_EQ(read("192.0.2/24"), "192.0.2/24: no IP address stands before '/'");
  EXPECT_EQ(read("192.0.2.9-192.0.2.1"), "192.0.2.9-192.0.2.1: the last address is smaller than the first");
  EXPECT_EQ(read("192.0.2.1-2001:db8::"), "192.0.2.1-2001:db8::: both ends must be of one family");
  EXPECT_EQ(read("192.0.2.1-"), "192.0.2.1-: an IP address must stand before and after '-'");
}

TEST(Range, HoldsNothingThatCannotBeAnAddressOfAGateway) {
  EXPECT_EQ(read("224.0.0.0/4"), "224.0.0.0/4: 224.0.0.1: it is a multicast address");
  EXPECT_EQ(read("0.0.0.0-10.0.0.0"), "0.0.0.0-10.0.0.0: 0.0.0.0: it is the unspecified address");
  EXPECT_EQ(read("fe80::/64"), "fe80::/64: fe80::1: it is a link-local address");
}

TEST(Range, OverlapsAndNeighboursAreMerged) {
  EXPECT_EQ(text_of(ranges({"10.0.0.5-10.0.0.9", "10.0.0.1-10.0.0.5", "10.0.0.10-10.0.0.12", "10.0.0.2-10.0.0.3",
                            "10.0.0.20-10.0.0.21", "2001:db8::-2001:db8::1"})),
            "10.0.0.1-10.0.0.12 10.0.0.20-10.0.0.21 2001:db8::-2001:db8::1");
  EXPECT_EQ(count(ranges({"10.0.0.1-10.0.0.5", "10.0.0.3-10.0.0.7", "2001:db8::-2001:db8::1"})), 9);
  EXPECT_EQ(count(ranges({"2001:db8::/32", "10.0.0.1-10.0.0.5"})), std::numeric_limits<std::int64_t>::max());
}

TEST(Range, WhatOthersHaveIsCutOut) {
  const auto mine = ranges({"10.0.0.1-10.0.0.9", "10.0.0.20-10.0.0.29"});
  EXPECT_EQ(text_of(without(mine, {})), text_of(mine));
  EXPECT_EQ(text_of(without(mine, mine)), "");
  EXPECT_EQ(text_of(without(mine, ranges({"10.0.0.5-10.0.0.5", "10.0.0.7-10.0.0.22", "10.0.0.29-10.0.0.40"}))),
            "10.0.0.1-10.0.0.4 10.0.0.6-10.0.0.6 10.0.0.23-10.0.0.28");
  EXPECT_EQ(text_of(without(mine, ranges({"2001:db8::/64"}))), text_of(mine));
}

}  // namespace
}  // namespace sluice::address
