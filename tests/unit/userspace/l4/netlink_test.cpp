#include "userspace/l4/netlink.h"

#include <gmock/gmock.h>
#include <linux/rtnetlink.h>

#include <array>
#include <cstring>
#include <vector>

namespace sluice::l4 {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// A request is built as the kernel builds its messages: header, body, attributes.
std::vector<std::byte> payload_of(NetlinkRequest request) {
  const auto bytes = request.bytes(7);
  return {bytes.begin() + NLMSG_HDRLEN, bytes.end()};
}

NetlinkAttributes attributes_of(const std::vector<std::byte>& payload) {
  return NetlinkMessage{0, payload}.attributes<rtmsg>();
}

std::vector<std::byte> attribute(std::uint16_t length, std::uint16_t type, std::size_t bytes) {
  std::vector<std::byte> made(bytes);
  const nlattr head{length, type};
  std::memcpy(made.data(), &head, std::min(bytes, sizeof(head)));
  return made;
}

std::vector<int> types_in(const std::vector<std::byte>& bytes) {
  std::vector<int> types;
  NetlinkAttributes(bytes).each([&](int type, std::span<const std::byte>) { types.push_back(type); });
  return types;
}

TEST(NetlinkRequest, CarriesItsLengthFlagsAndSequence) {
  NetlinkRequest request(RTM_NEWROUTE, NLM_F_CREATE, rtmsg{});
  request.add(RTA_OIF, "four");
  const auto bytes = request.bytes(99);
  nlmsghdr head;
  std::memcpy(&head, bytes.data(), sizeof(head));
  EXPECT_EQ(head.nlmsg_len, bytes.size());
  EXPECT_EQ(head.nlmsg_type, RTM_NEWROUTE);
  EXPECT_EQ(head.nlmsg_flags, NLM_F_REQUEST | NLM_F_CREATE);
  EXPECT_EQ(head.nlmsg_seq, 99U);
  EXPECT_EQ(bytes.size() % NLMSG_ALIGNTO, 0U);
}

TEST(NetlinkRequest, WhatIsWrittenIsReadBack) {
  NetlinkRequest request(RTM_NEWROUTE, 0, rtmsg{});
  request.add(1, "lan0").add_number(2, 0x01020304).begin(3).add_number(4, 5).begin(6).add(7, "deep").end().end();
  request.add_number_be(8, 0x01020304);
  const auto payload = payload_of(std::move(request));
  const auto attributes = attributes_of(payload);
  EXPECT_EQ(attributes.text(1), "lan0");
  EXPECT_EQ(attributes.number(2), 0x01020304U);
  EXPECT_EQ(attributes.nest(3).number(4), 5U);
  EXPECT_EQ(attributes.nest(3).nest(6).text(7), "deep");
  const auto big = attributes.find(8);
  ASSERT_TRUE(big);
  EXPECT_THAT(*big, ElementsAre(std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}));
}

TEST(NetlinkAttributes, WhatIsNotThereIsNothingOfItsKind) {
  const auto payload = payload_of(NetlinkRequest(RTM_NEWROUTE, 0, rtmsg{}));
  const auto attributes = attributes_of(payload);
  EXPECT_FALSE(attributes.find(1));
  EXPECT_FALSE(attributes.number(1));
  EXPECT_EQ(attributes.text(1), "");
  EXPECT_FALSE(attributes.nest(1).find(2));
}

TEST(NetlinkAttributes, TheFirstOfATypeCounts) {
  NetlinkRequest request(RTM_NEWROUTE, 0, rtmsg{});
  request.add_number(1, 10).add_number(1, 20);
  const auto payload = payload_of(std::move(request));
  EXPECT_EQ(attributes_of(payload).number(1), 10U);
}

TEST(NetlinkAttributes, FlagsInTheTypeAreNoPartOfIt) {
  EXPECT_THAT(types_in(attribute(4, 5 | NLA_F_NESTED | NLA_F_NET_BYTEORDER, 4)), ElementsAre(5));
}

TEST(NetlinkAttributes, ALengthThatIsTooLongOrTooShortEndsTheWalk) {
  EXPECT_THAT(types_in(attribute(200, 5, 8)), IsEmpty());
  EXPECT_THAT(types_in(attribute(3, 5, 8)), IsEmpty());
  EXPECT_THAT(types_in(attribute(0, 5, 8)), IsEmpty());
  EXPECT_THAT(types_in(attribute(4, 5, 3)), IsEmpty());
}

TEST(NetlinkAttributes, TheLastNeedsNoPadding) {
  EXPECT_THAT(types_in(attribute(5, 5, 5)), ElementsAre(5));
}

TEST(NetlinkAttributes, AShortNumberIsNone) {
  EXPECT_FALSE(NetlinkAttributes(attribute(6, 5, 8)).number(5));
}

TEST(NetlinkAttributes, ATextEndsAtItsZeroOrAtItsEnd) {
  auto bytes = attribute(8, 5, 8);
  std::memcpy(bytes.data() + 4, "ab\0c", 4);
  EXPECT_EQ(NetlinkAttributes(bytes).text(5), "ab");
  std::memcpy(bytes.data() + 4, "abcd", 4);
  EXPECT_EQ(NetlinkAttributes(bytes).text(5), "abcd");
}

TEST(NetlinkMessage, AShortOneHasNoBodyAndNoAttributes) {
  const std::vector<std::byte> bytes(sizeof(rtmsg) - 1);
  const NetlinkMessage message{RTM_NEWROUTE, bytes};
  EXPECT_EQ(message.body<rtmsg>(), nullptr);
  EXPECT_FALSE(message.attributes<rtmsg>().find(1));
}

TEST(Netlink, TheKernelAnswersAQueryAndRefusesWhatIsNoMessage) {
  auto netlink = Netlink::open(NETLINK_ROUTE);
  ASSERT_TRUE(netlink) << netlink.error();
  std::vector<std::string> names;
  const auto asked =
      netlink->query(NetlinkRequest(RTM_GETLINK, NLM_F_DUMP, ifinfomsg{}), [&](const NetlinkMessage& each) {
        if (each.type == RTM_NEWLINK) names.push_back(each.attributes<ifinfomsg>().text(IFLA_IFNAME));
      });
  EXPECT_TRUE(asked);
  EXPECT_THAT(names, testing::Contains("lo"));
  ifinfomsg none{};
  none.ifi_index = 0x7fffffff;
  const auto refused = netlink->query(NetlinkRequest(RTM_GETLINK, 0, none), [](const NetlinkMessage&) {});
  EXPECT_EQ(refused.error(), ENODEV);
}

}  // namespace
}  // namespace sluice::l4
