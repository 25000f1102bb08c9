// What is refused, by which name, and what the sender gets for it.
#include <array>

#include "sluice/bpf/address.h"
#include "tests/bpf/scenario.h"

namespace sluice::test {
namespace {

class Refuse : public Scenario {
 protected:
  /// As the answer to a client's packet leaves: back by where it came from.
  Bytes answered(Packet packet) { return gateway.back(std::move(packet), kClientMac, kClientDeviceMac); }
  Bytes answered_backend(Packet packet) { return gateway.back(std::move(packet), kBackendMac, kBackendDeviceMac); }
  Packet reset_of_syn(const Endpoint& from, const Endpoint& to) { return tcp(from, to).rst().ack(8).dont_fragment(); }
};
INSTANTIATE_TEST_SUITE_P(Builds, Refuse, every_build(), name_of);

TEST_P(Refuse, SynToARejectSlotGetsARst) {
  const auto id = gateway.serve(vip(443), IPPROTO_TCP, {0});
  const Sent sent = gateway.send(tcp(client, vip(443)).syn().sequence(7));
  ASSERT_EQ(sent.verdict, Verdict::kSent);
  EXPECT_SAME(sent.packet, answered(reset_of_syn(vip(443), client)));
  EXPECT_EQ(gateway.drops(DROP_NO_BACKEND), 1U);
  EXPECT_EQ(gateway.counters(id).refused, 1U);
}

TEST_P(Refuse, ExactlyTheShareOfARejectSlotIsRefused) {
  const auto one = backend(1);
  std::vector<std::uint32_t> slots(251, one);
  for (int i = 0; i < 63; i++) slots[4 * i] = 0;
  gateway.serve(vip(443), IPPROTO_TCP, slots);
  for (std::uint16_t i = 0; i < 400; i++) gateway.send(tcp(client.at(1000 + i), vip(443)).syn());
  EXPECT_NEAR(gateway.drops(DROP_NO_BACKEND), 100, 30);
}

TEST_P(Refuse, UdpToARejectSlotGetsPortUnreachable) {
  gateway.serve(vip(53), IPPROTO_UDP, {0});
  const Packet query = udp(client, vip(53)).payload("12345678");
  const Sent sent = gateway.send(query);
  ASSERT_EQ(sent.verdict, Verdict::kSent);
  EXPECT_SAME(sent.packet, answered(port_unreachable(vip(0), client.at(0), query.ip()).dont_fragment()));
  EXPECT_EQ(gateway.drops(DROP_NO_BACKEND), 1U);
}

TEST_P(Refuse, IcmpErrorsQuoteAtMostWhatTheirRfcAllows) {
  gateway.serve(vip(53), IPPROTO_UDP, {0});
  const Packet query = udp(client, vip(53)).payload(1400);
  const Sent sent = gateway.send(query);
  EXPECT_SAME(sent.packet,
              answered(port_unreachable(vip(0), client.at(0), query.ip(), is_v4() ? 548 : 1232).dont_fragment()));
}

TEST_P(Refuse, PortOfAVipThatNobodyServesIsRefused) {
  EXPECT_SAME(gateway.send(tcp(client, vip(81)).syn().sequence(7)).packet, answered(reset_of_syn(vip(81), client)));
  EXPECT_EQ(gateway.send(udp(client, vip(82)).payload("abcd")).verdict, Verdict::kSent);
  EXPECT_EQ(gateway.drops(DROP_NO_SERVICE), 2U);
}

TEST_P(Refuse, SegmentOfNoFlowGetsARst) {
  gateway.serve(vip(443), IPPROTO_TCP, {backend(1)});
  const Sent sent = gateway.send(tcp(client, vip(443)).sequence(101).ack(501).payload("late"));
  ASSERT_EQ(sent.verdict, Verdict::kSent);
  EXPECT_SAME(sent.packet, answered(tcp(vip(443), client).rst().sequence(501).dont_fragment()));
  EXPECT_EQ(gateway.drops(DROP_NO_FLOW), 1U);
  EXPECT_EQ(gateway.entries(half()), 0U);
}

TEST_P(Refuse, FinWithoutAckAcknowledgesAllThatItTakes) {
  gateway.serve(vip(443), IPPROTO_TCP, {backend(1)});
  const Sent sent = gateway.send(tcp(client, vip(443)).fin().sequence(100).payload("12345"));
  EXPECT_SAME(sent.packet, answered(tcp(vip(443), client).rst().ack(106).dont_fragment()));
}

TEST_P(Refuse, RstIsNeverAnswered) {
  gateway.serve(vip(443), IPPROTO_TCP, {backend(1)});
  EXPECT_EQ(gateway.send(tcp(client, vip(443)).rst().sequence(7)).verdict, Verdict::kDropped);
  EXPECT_EQ(gateway.drops(DROP_NO_FLOW), 1U);
}

TEST_P(Refuse, SourceThatIsNoHostIsNeverAnswered) {
  gateway.serve(vip(443), IPPROTO_TCP, {0});
  const Endpoint group = is_v4() ? endpoint("224.0.0.1", 9) : endpoint("ff02::1", 9);
  EXPECT_EQ(gateway.send(tcp(group, vip(443)).syn()).verdict, Verdict::kDropped);
}

TEST_P(Refuse, AnswersAreRateLimited) {
  gateway.serve(vip(443), IPPROTO_TCP, {0});
  gateway.serve(vip(53), IPPROTO_UDP, {0});
  gateway.change_config([](config& settings) { settings.reset_rate = settings.icmp_rate = 3; });
  int answers = 0;
  for (int i = 0; i < 10; i++) {
    answers += gateway.send(tcp(client, vip(443)).syn()).verdict == Verdict::kSent;
    answers += gateway.send(udp(client, vip(53)).payload("abcd")).verdict == Verdict::kSent;
  }
  EXPECT_GE(answers, 6);
  EXPECT_LT(answers, 20);
  EXPECT_EQ(gateway.hooks(gateway.build().ingress()).suppressed, 20U - answers);
}

TEST_P(Refuse, ReplyThatAnswersNothingIsRefusedOnAnAddressOfOursAlone) {
  const Sent sent = gateway.answer(tcp(host(1), snat(12345)).sequence(9).ack(77).payload("stale"));
  EXPECT_SAME(sent.packet, answered_backend(tcp(snat(12345), host(1)).rst().sequence(77).dont_fragment()));
  EXPECT_EQ(gateway.drops(DROP_NO_REPLY_FLOW), 1U);
}

TEST_P(Refuse, ReplyThatAnswersNothingPassesOnAnAddressOfTheNode) {
  gateway.set_roles(gateway.addresses.snat(), ADDRESS_SNAT | ADDRESS_LOCAL);
  const Packet packet = tcp(host(1), snat(12345)).sequence(9).ack(77).payload("for a socket");
  const Sent sent = gateway.answer(packet);
  EXPECT_EQ(sent.verdict, Verdict::kUntouched);
  EXPECT_SAME(sent.packet, gateway.back(packet, kBackendDeviceMac, kBackendMac));
}

TEST_P(Refuse, SynAckThatAcknowledgesAnotherClientIsDropped) {
  gateway.serve(vip(443), IPPROTO_TCP, {backend(1)});
  const auto port = seen(gateway.send(tcp(client, vip(443)).syn().sequence(7)).packet).from.port;
  EXPECT_EQ(gateway.answer(tcp(host(1), snat(port)).syn().sequence(90).ack(9)).verdict, Verdict::kDropped);
  EXPECT_EQ(gateway.drops(DROP_SEQUENCE), 1U);
}

/// RFC 9293 3.10.7.4: only the client can end what the backend still holds of this port.
TEST_P(Refuse, AckThatChallengesASynReachesTheClientAndItsResetTheBackend) {
  gateway.serve(vip(443), IPPROTO_TCP, {backend(1)});
  const auto port = seen(gateway.send(tcp(client, vip(443)).syn().sequence(7)).packet).from.port;
  const Sent challenge = gateway.answer(tcp(host(1), snat(port)).sequence(5000).ack(6000));
  EXPECT_SAME(challenge.packet, gateway.to_client(tcp(vip(443), client).sequence(5000).ack(6000).ttl(63)));
  const Sent reset = gateway.send(tcp(client, vip(443)).rst().sequence(6000));
  EXPECT_SAME(reset.packet, gateway.to_backend(tcp(snat(port), host(1)).rst().sequence(6000).ttl(63)));
  const auto stale = tcp(host(1), snat(port)).sequence(5000).ack(6000);
  EXPECT_EQ(gateway.answer(Packet(stale).payload("another's")).verdict, Verdict::kDropped);
  EXPECT_EQ(gateway.answer(Packet(stale).fin()).verdict, Verdict::kDropped);
  EXPECT_EQ(gateway.drops(DROP_SEQUENCE), 2U);
  EXPECT_EQ(gateway.entries(flows()), 0U);
}

TEST_P(Refuse, FragmentsExtensionsAndTagsToAVipAreNamedDrops) {
  gateway.serve(vip(53), IPPROTO_UDP, {backend(1)});
  EXPECT_EQ(gateway.send(udp(client, vip(53)).payload("part").fragment()).verdict, Verdict::kDropped);
  EXPECT_EQ(gateway.drops(DROP_FRAGMENT), 1U);
  EXPECT_EQ(gateway.send(udp(client, vip(53)).payload("odd").extension()).verdict, Verdict::kDropped);
  EXPECT_EQ(gateway.drops(DROP_EXTENSION_HEADER), 1U);
  const std::array<std::uint8_t, 4> headers{IPPROTO_HOPOPTS, IPPROTO_ROUTING, IPPROTO_AH, IPPROTO_MH};
  for (const auto header : headers) (void)gateway.send(udp(client, vip(53)).payload("odd").extension(header));
  EXPECT_EQ(gateway.drops(DROP_EXTENSION_HEADER), 1U + headers.size());
  EXPECT_EQ(gateway.send(udp(client, vip(53)).payload("tagged").tagged(7)).verdict, Verdict::kDropped);
  EXPECT_EQ(gateway.drops(DROP_VLAN), 1U);
  EXPECT_EQ(gateway.send(udp(client, vip(53)).payload("short").claims(600)).verdict, Verdict::kDropped);
  EXPECT_EQ(gateway.drops(DROP_MALFORMED), 1U);
}

TEST_P(Refuse, WhatIsNotOursPassesUntouched) {
  gateway.serve(gateway.addresses.node(443), IPPROTO_TCP, {backend(1)});
  gateway.serve(vip(80), IPPROTO_TCP, {backend(1)}, SERVICE_LOCAL);
  const auto node = [&](std::uint16_t port) { return gateway.addresses.node(port); };
  for (const Packet& packet : {
           tcp(client, gateway.addresses.stranger()).syn(),
           udp(client, gateway.addresses.stranger()).fragment(),
           tcp(client, node(22)).syn(),
           tcp(client, node(22)).ack(3),
           udp(client, node(53)).payload("q"),
           udp(client, node(53)).payload("q").fragment(),
           udp(client, node(53)).extension(),
           udp(client, node(53)).tagged(3),
           echo(client, node(0), false),
           tcp(client, vip(80)).syn(),
           tcp(client, vip(80)).ack(9).payload("GET /"),
       }) {
    const Sent sent = gateway.send(packet);
    EXPECT_EQ(sent.verdict, Verdict::kUntouched);
    EXPECT_SAME(sent.packet, gateway.back(packet, kClientDeviceMac, kClientMac));
  }
  EXPECT_EQ(gateway.hooks(gateway.build().ingress()).untouched, 11U);
}

TEST_P(Refuse, ListenerOnAnAddressOfTheNodeIsServed) {
  gateway.serve(gateway.addresses.node(443), IPPROTO_TCP, {backend(1)});
  const Sent sent = gateway.send(tcp(client, gateway.addresses.node(443)).syn());
  ASSERT_EQ(sent.verdict, Verdict::kSent);
  EXPECT_EQ(seen(sent.packet).to, host(1));
}

TEST_P(Refuse, FramesThatAreNoIpPassUntouched) {
  Bytes arp(42);
  arp[12] = 8;
  arp[13] = 6;
  const auto client_device = gateway.build().devices().clients;
  EXPECT_EQ(gateway.build().run(arp, gateway.build().ingress(), client_device).verdict, Verdict::kUntouched);
}

TEST_P(Refuse, PacketToAVipIsDroppedWhileTheSlotIsEmpty) {
  const Packet ours = tcp(client, vip(443)).syn(), other = tcp(client, gateway.addresses.node(22)).syn();
  for (const auto where : {gateway.build().ingress(), HOOK_TC_EGRESS}) {
    EXPECT_EQ(gateway.build().run_entry(ours.bytes(), where).verdict, Verdict::kDropped);
    EXPECT_EQ(gateway.build().run_entry(other.bytes(), where).verdict, Verdict::kUntouched);
  }
  EXPECT_EQ(gateway.drops(DROP_NO_PROGRAM), 2U);
}

TEST_P(Refuse, NoFreePortRefusesTheFlowByName) {
  gateway.set_ports(10000, 4);
  const auto id = gateway.serve(vip(53), IPPROTO_UDP, {backend(1)});
  int sent = 0;
  for (std::uint16_t i = 0; i < 10; i++)
    sent += gateway.send(udp(client.at(1000 + i), vip(53))).verdict == Verdict::kSent;
  EXPECT_EQ(sent, 4);
  EXPECT_EQ(gateway.drops(DROP_NO_PORT), 6U);
  EXPECT_EQ(gateway.counters(id).refused, 6U);
}

TEST_P(Refuse, OldestOneWayEntryLosesItsPortToANewFlow) {
  gateway.set_ports(10000, 4);
  gateway.serve(vip(53), IPPROTO_UDP, {backend(1)});
  for (std::uint16_t i = 0; i < 4; i++) gateway.send(udp(client.at(1000 + i), vip(53)));
  gateway.age(6 * gateway.build().hz());
  gateway.send(udp(client.at(1001), vip(53)));  // young again
  const Sent sent = gateway.send(udp(client.at(2000), vip(53)));
  EXPECT_EQ(sent.verdict, Verdict::kSent);
  EXPECT_EQ(gateway.entries(half()), 4U);
  const auto kept = gateway.send(udp(client.at(1001), vip(53)));
  EXPECT_NE(seen(kept.packet).from.port, seen(sent.packet).from.port);
}

}  // namespace
}  // namespace sluice::test
