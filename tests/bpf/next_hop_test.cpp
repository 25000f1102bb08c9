// Where packets leave, and what is said when they cannot: TTL, MTU, routes, neighbours, ICMP about flows.
#include "sluice/bpf/device.h"
#include "tests/bpf/scenario.h"

namespace sluice::test {
namespace {

class NextHop : public Scenario {
 protected:
  Bytes answered(Packet packet) { return gateway.back(std::move(packet), kClientMac, kClientDeviceMac); }
  Packet time_exceeded(const Endpoint& from, const Endpoint& to, const Bytes& quoted) {
    return is_v4() ? icmp_error(from, to, 11, 0, 0, quoted) : icmp_error(from, to, 3, 0, 0, quoted, 1232);
  }
};
INSTANTIATE_TEST_SUITE_P(Builds, NextHop, every_build(), name_of);

TEST_P(NextHop, TtlThatIsUsedUpIsAnsweredByIcmp) {
  gateway.serve(vip(53), IPPROTO_UDP, {backend(1)});
  const Packet query = udp(client, vip(53)).payload("last").ttl(1);
  EXPECT_SAME(gateway.send(query).packet, answered(time_exceeded(vip(0), client.at(0), query.ip()).dont_fragment()));
  EXPECT_EQ(gateway.drops(DROP_TTL_EXCEEDED), 1U);
}

TEST_P(NextHop, PacketLargerThanTheMtuIsAnsweredByTooBig) {
  gateway.serve(vip(443), IPPROTO_TCP, {backend(1)});
  const auto port = gateway.establish(client, vip(443), 1);
  const Packet large = tcp(client, vip(443)).sequence(101).ack(501).payload(1400).dont_fragment();
  EXPECT_SAME(gateway.send(large).packet,
              answered(too_big(vip(0), client.at(0), kBackendMtu, large.ip(), is_v4() ? 548 : 1232).dont_fragment()));
  EXPECT_EQ(gateway.drops(DROP_TOO_BIG), 1U);

  const std::size_t fits = kBackendMtu - (is_v4() ? 40 : 60);
  const Sent sent = gateway.send(tcp(client, vip(443)).sequence(101).ack(501).payload(fits));
  EXPECT_EQ(seen(sent.packet).from, snat(port));
}

TEST_P(NextHop, GsoFrameIsMeasuredByItsSegments) {
  if (is_xdp()) return;  // XDP sees what was on the wire
  gateway.serve(vip(443), IPPROTO_TCP, {backend(1)});
  gateway.establish(client, vip(443), 1);
  const Packet frame = tcp(client, vip(443)).sequence(101).ack(501).payload(1900);
  EXPECT_EQ(gateway.send(frame, {.gso_size = 1300}).verdict, Verdict::kSent);
  EXPECT_EQ(gateway.drops(DROP_TOO_BIG), 0U);
  gateway.send(frame, {.gso_size = 1390});
  EXPECT_EQ(gateway.drops(DROP_TOO_BIG), 1U);
}

TEST_P(NextHop, BackendWithoutRouteIsANamedDropAndSaidByIcmp) {
  gateway.serve(vip(53), IPPROTO_UDP, {gateway.add_backend(gateway.addresses.unreachable())});
  const Packet query = udp(client, vip(53)).payload("lost");
  const Sent sent = gateway.send(query);
  const Packet error = is_v4() ? icmp_error(vip(0), client.at(0), 3, 1, 0, query.ip())
                               : icmp_error(vip(0), client.at(0), 1, 0, 0, query.ip());
  EXPECT_SAME(sent.packet, answered(Packet(error).dont_fragment()));
  EXPECT_EQ(gateway.drops(DROP_NO_ROUTE), 1U);
}

TEST_P(NextHop, BackendThatIsTheNodeItselfIsANamedDrop) {
  gateway.serve(vip(53), IPPROTO_UDP, {gateway.add_backend(gateway.addresses.node(8080))});
  EXPECT_EQ(gateway.send(udp(client, vip(53)).payload("self")).verdict, Verdict::kDropped);
  EXPECT_EQ(gateway.drops(DROP_BACKEND_IS_LOCAL), 1U);
}

TEST_P(NextHop, UnresolvedNeighbourIsLeftToTheKernelInTcAndToTcInXdp) {
  gateway.serve(vip(443), IPPROTO_TCP, {gateway.add_backend(gateway.addresses.unresolved())});
  const Packet syn = tcp(client, vip(443)).syn();
  const Sent sent = gateway.send(syn);
  if (is_xdp()) {
    EXPECT_EQ(sent.verdict, Verdict::kUntouched);
    EXPECT_SAME(sent.packet, gateway.back(syn, kClientDeviceMac, kClientMac));
    EXPECT_EQ(gateway.entries(half()), 0U);
  } else {
    EXPECT_EQ(sent.verdict, Verdict::kSent);
    EXPECT_EQ(seen(sent.packet).to, gateway.addresses.unresolved());
  }
}

TEST_P(NextHop, XdpLeavesToTcWhatItsDeviceCannotSend) {
  if (!is_xdp()) return;
  gateway.change_config([](config& settings) { settings.flags = 0; });
  gateway.serve(vip(443), IPPROTO_TCP, {backend(1)});
  const Packet syn = tcp(client, vip(443)).syn();
  const Sent sent = gateway.send(syn);
  EXPECT_EQ(sent.verdict, Verdict::kUntouched);
  EXPECT_SAME(sent.packet, gateway.back(syn, kClientDeviceMac, kClientMac));
  EXPECT_EQ(gateway.entries(half()), 0U);
}

TEST_P(NextHop, PodsReplyAtTheEgressOfSluice0KeepsTheTtlThatTheHostLowered) {
  gateway.serve(vip(443), IPPROTO_TCP, {backend(1)});
  const auto port = gateway.establish(client, vip(443), 1);
  const Sent sent = gateway.egress(tcp(host(1), snat(port)).sequence(501).ack(101).payload("hi").ttl(63));
  ASSERT_EQ(sent.verdict, Verdict::kSent);
  EXPECT_SAME(sent.packet, gateway.to_client(tcp(vip(443), client).sequence(501).ack(101).payload("hi").ttl(63)));
  EXPECT_EQ(gateway.egress(tcp(host(1), snat(1)).rst()).verdict, Verdict::kDropped);
  EXPECT_EQ(gateway.drops(DROP_NO_REPLY_FLOW), 1U);
}

TEST_P(NextHop, EchoOfAVipIsAnswered) {
  const Sent sent = gateway.send(echo(client.at(0), vip(0), false));
  ASSERT_EQ(sent.verdict, Verdict::kSent);
  EXPECT_SAME(sent.packet, answered(echo(vip(0), client.at(0), true).dont_fragment()));
}

TEST_P(NextHop, IcmpErrorFromTheBackendsSideReachesTheClient) {
  gateway.serve(vip(443), IPPROTO_TCP, {backend(1)});
  const auto port = gateway.establish(client, vip(443), 1);
  const Endpoint router = gateway.addresses.backend(2).at(0);
  const Packet forwarded = tcp(snat(port), host(1)).sequence(101).ack(501).payload("abcdefgh").ttl(60);
  const Packet original = tcp(client, vip(443)).sequence(101).ack(501).payload("abcdefgh").ttl(60);

  const Sent sent = gateway.answer(too_big(router, snat(0), 1280, forwarded.ip()));
  if (is_xdp()) {  // rare, so XDP leaves them to TC
    EXPECT_EQ(sent.verdict, Verdict::kUntouched);
    return;
  }
  ASSERT_EQ(sent.verdict, Verdict::kSent);
  EXPECT_SAME(sent.packet, gateway.to_client(too_big(vip(0), client.at(0), 1280, original.ip()).ttl(63)));
}

TEST_P(NextHop, IcmpErrorFromTheClientsSideReachesTheBackend) {
  if (is_xdp()) return;
  gateway.serve(vip(53), IPPROTO_UDP, {backend(1)});
  const auto port = gateway.establish_udp(client, vip(53), 1);
  const Packet forwarded = udp(vip(53), client).payload("answer!!").ttl(60);
  const Packet original = udp(host(1), snat(port)).payload("answer!!").ttl(60);

  const Sent sent = gateway.send(port_unreachable(client.at(0), vip(0), forwarded.ip()));
  ASSERT_EQ(sent.verdict, Verdict::kSent);
  EXPECT_SAME(sent.packet, gateway.to_backend(port_unreachable(snat(0), host(1).at(0), original.ip()).ttl(63)));
}

TEST_P(NextHop, IcmpErrorAboutAHandshakeReachesTheClient) {
  if (is_xdp()) return;
  gateway.serve(vip(443), IPPROTO_TCP, {backend(1)});
  const auto port = seen(gateway.send(tcp(client, vip(443)).syn().sequence(7)).packet).from.port;
  const Packet forwarded = tcp(snat(port), host(1)).syn().sequence(7).ttl(63);
  const Sent sent = gateway.answer(port_unreachable(host(1).at(0), snat(0), forwarded.ip(), is_v4() ? 28 : 48));
  ASSERT_EQ(sent.verdict, Verdict::kSent);
  EXPECT_SAME(sent.packet, gateway.to_client(port_unreachable(vip(0), client.at(0),
                                                              tcp(client, vip(443)).syn().sequence(7).ttl(63).ip(),
                                                              is_v4() ? 28 : 48)
                                                 .ttl(63)));
}

TEST_P(NextHop, IcmpErrorAboutNoFlowPassesUntouched) {
  const Packet strange = tcp(snat(12345), host(1)).ack(7);
  EXPECT_EQ(gateway.answer(too_big(host(1).at(0), snat(0), 1280, strange.ip())).verdict, Verdict::kUntouched);
}

TEST_P(NextHop, NextHopIsAskedAgainWhenTheGenerationMoves) {
  gateway.serve(vip(443), IPPROTO_TCP, {backend(1)});
  gateway.establish(client, vip(443), 1);
  gateway.change_config([](config& settings) { settings.flags = 0; });
  const Packet data = tcp(client, vip(443)).sequence(101).ack(501);
  const Verdict before = gateway.send(data).verdict;
  gateway.bump_generation();
  EXPECT_EQ(before, Verdict::kSent);
  EXPECT_EQ(gateway.send(data).verdict, is_xdp() ? Verdict::kUntouched : Verdict::kSent);
}

/// Does a flow ask for its next hop again that it asked for so long ago?
class NextHopAge : public NextHop {
 protected:
  void SetUp() override {
    gateway.serve(vip(443), IPPROTO_TCP, {backend(1)});
    ASSERT_NE(gateway.establish(client, vip(443), 1), 0);
  }
  [[nodiscard]] std::uint32_t seconds(std::uint32_t count) { return count * gateway.build().hz(); }
  bool asks_after(std::uint32_t jiffies) {
    constexpr Mac kWrong{2, 0, 0, 0, 0xee, 1};
    gateway.spoil_next_hops(kWrong, jiffies);
    const Sent sent = gateway.send(tcp(client, vip(443)).sequence(101).ack(501));
    EXPECT_EQ(sent.verdict, Verdict::kSent);
    Mac to{};
    std::copy_n(sent.packet.begin(), to.size(), to.begin());
    EXPECT_TRUE(to == kWrong || to == kBackendMac);
    return to == kBackendMac;
  }
};
INSTANTIATE_TEST_SUITE_P(Builds, NextHopAge, every_build(), name_of);

TEST_P(NextHopAge, ASecondWhileUserspaceIsGone) {
  gateway.attend(seconds(3));
  EXPECT_FALSE(asks_after(seconds(1) / 2));
  EXPECT_TRUE(asks_after(seconds(1)));
}

TEST_P(NextHopAge, TenSecondsWhileUserspaceIsThereToBumpTheGeneration) {
  gateway.attend();
  EXPECT_FALSE(asks_after(seconds(9)));
  EXPECT_TRUE(asks_after(seconds(10)));
}

TEST_P(NextHopAge, NoneWhenTheGenerationMoves) {
  gateway.attend();
  gateway.bump_generation();
  EXPECT_TRUE(asks_after(0));
}

TEST_P(NextHopAge, ASecondWhileItsBackendDrains) {
  gateway.attend();
  gateway.set_backend(1, BACKEND_REMOVED, 0);
  EXPECT_TRUE(asks_after(0));  // the generation moved
  EXPECT_TRUE(asks_after(seconds(1)));
}

}  // namespace
}  // namespace sluice::test
