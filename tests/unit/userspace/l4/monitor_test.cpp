#include "userspace/l4/monitor.h"

#include <gmock/gmock.h>
#include <linux/fib_rules.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include "plan_builder.h"
#include "userspace/l4/network_edit.h"

namespace sluice::l4 {
namespace {

constexpr std::array<std::uint8_t, 6> kMac{2, 0, 0, 0, 0, 1};
constexpr std::array<std::uint8_t, 6> kOtherMac{2, 0, 0, 0, 0, 2};

/// What the kernel would send: a request has the same form.
struct MonitorTest : testing::Test {
  NetworkMonitor monitor = std::move(*NetworkMonitor::open());

  void hear(NetlinkRequest request, int type, NetworkChange& change) {
    monitor.take({type, request.bytes(0).subspan(NLMSG_HDRLEN)}, change);
  }
  NetworkChange hear(NetlinkRequest request, int type) {
    NetworkChange change;
    hear(std::move(request), type, change);
    return change;
  }
  NetworkChange neighbour(std::uint16_t state, const std::array<std::uint8_t, 6>& mac, int type = RTM_NEWNEIGH) {
    ndmsg head{};
    head.ndm_ifindex = 7;
    head.ndm_state = state;
    NetlinkRequest request(type, 0, head);
    request.add(NDA_DST, ip("10.0.0.9").wire()).add(NDA_LLADDR, std::span<const std::uint8_t>(mac));
    return hear(std::move(request), type);
  }
  NetworkChange route(std::uint8_t protocol, std::uint8_t table) {
    rtmsg head{};
    head.rtm_protocol = protocol;
    head.rtm_table = table;
    return hear(NetlinkRequest(RTM_NEWROUTE, 0, head), RTM_NEWROUTE);
  }
  static NetlinkRequest link_message(std::uint32_t mtu, unsigned flags) {
    ifinfomsg head{};
    head.ifi_index = 7;
    head.ifi_flags = flags;
    NetlinkRequest request(RTM_NEWLINK, 0, head);
    request.add_number(IFLA_MTU, mtu).add(IFLA_ADDRESS, std::span<const std::uint8_t>(kMac));
    return request;
  }
  NetworkChange link(std::uint32_t mtu, unsigned flags) { return hear(link_message(mtu, flags), RTM_NEWLINK); }
};

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(MonitorTest, ALinkThatCanSendAgainHasCome) {
  EXPECT_THAT(link(1500, IFF_UP | IFF_RUNNING).came, IsEmpty()) << "nothing is known of before";
  EXPECT_THAT(link(1500, IFF_UP).came, IsEmpty());
  EXPECT_THAT(link(1500, IFF_UP | IFF_RUNNING).came, ElementsAre(7));
  EXPECT_THAT(link(9000, IFF_UP | IFF_RUNNING).came, IsEmpty());
}

TEST_F(MonitorTest, ALinkThatWentAndCameBetweenTwoReadsHasCome) {
  (void)link(1500, IFF_UP | IFF_RUNNING);
  NetworkChange change;
  hear(link_message(1500, IFF_UP), RTM_NEWLINK, change);
  hear(link_message(1500, IFF_UP | IFF_RUNNING), RTM_NEWLINK, change);
  EXPECT_TRUE(change.links);
  EXPECT_THAT(change.came, ElementsAre(7));
}

TEST_F(MonitorTest, AConfirmedNeighbourIsNoNews) {
  EXPECT_FALSE(neighbour(NUD_REACHABLE, kMac).next_hops);
  EXPECT_FALSE(neighbour(NUD_STALE, kMac).next_hops);
  EXPECT_FALSE(neighbour(NUD_REACHABLE, kMac).next_hops);
}

TEST_F(MonitorTest, ANeighbourWithAnotherMacIs) {
  (void)neighbour(NUD_REACHABLE, kMac);
  EXPECT_TRUE(neighbour(NUD_REACHABLE, kOtherMac).next_hops);
  EXPECT_FALSE(neighbour(NUD_REACHABLE, kOtherMac).routes);
}

TEST_F(MonitorTest, AFailedNeighbourIsOnceAndItsReturnToo) {
  (void)neighbour(NUD_REACHABLE, kMac);
  EXPECT_TRUE(neighbour(NUD_FAILED, {}).next_hops);
  EXPECT_FALSE(neighbour(NUD_FAILED, {}).next_hops);
  EXPECT_TRUE(neighbour(NUD_REACHABLE, kMac).next_hops);
}

TEST_F(MonitorTest, ANeighbourThatNeverAnsweredIsNoNews) {
  EXPECT_FALSE(neighbour(NUD_INCOMPLETE, {}).next_hops);
  EXPECT_FALSE(neighbour(NUD_FAILED, {}).next_hops);
}

TEST_F(MonitorTest, ANeighbourThatComesBackFromOblivionIsNewsOnlyWithAnotherMac) {
  (void)neighbour(NUD_REACHABLE, kMac);
  EXPECT_FALSE(neighbour(NUD_STALE, kMac, RTM_DELNEIGH).next_hops);
  EXPECT_FALSE(neighbour(NUD_REACHABLE, kMac).next_hops);
  (void)neighbour(NUD_STALE, kMac, RTM_DELNEIGH);
  EXPECT_TRUE(neighbour(NUD_REACHABLE, kOtherMac).next_hops);
}

TEST_F(MonitorTest, ARuleChangesSourcesAndNextHops) {
  const auto change = hear(NetlinkRequest(RTM_NEWRULE, 0, fib_rule_hdr{}), RTM_NEWRULE);
  EXPECT_TRUE(change.next_hops);
  EXPECT_TRUE(change.routes);
}

TEST_F(MonitorTest, ARouteOfSomebodyElseChangesSourcesAndNextHops) {
  const auto change = route(RTPROT_STATIC, RT_TABLE_MAIN);
  EXPECT_TRUE(change.next_hops);
  EXPECT_TRUE(change.routes);
  EXPECT_FALSE(change.links);
}

TEST_F(MonitorTest, OurOwnRoutesAreNoNews) {
  EXPECT_FALSE(route(kRouteProtocol, RT_TABLE_MAIN).next_hops);
  EXPECT_FALSE(route(RTPROT_KERNEL, RT_TABLE_LOCAL).next_hops);
}

TEST_F(MonitorTest, OfALinkOnlyWhatMattersToPacketsIsNews) {
  EXPECT_TRUE(link(1500, IFF_UP).links);
  EXPECT_FALSE(link(1500, IFF_UP | IFF_PROMISC).links);
  EXPECT_TRUE(link(1400, IFF_UP).links);
  EXPECT_TRUE(link(1400, 0).next_hops);
}

TEST_F(MonitorTest, ATruncatedMessageIsIgnored) {
  NetworkChange change;
  for (const int type : {RTM_NEWNEIGH, RTM_NEWLINK, RTM_NEWROUTE}) monitor.take({type, {}}, change);
  EXPECT_FALSE(change.next_hops || change.routes || change.links);
}

}  // namespace
}  // namespace sluice::l4
