// What every build does with packets of new and established flows, TCP and UDP, IPv4 and IPv6.
#include "tests/bpf/scenario.h"

namespace sluice::test {
namespace {

class Forward : public Scenario {};
INSTANTIATE_TEST_SUITE_P(Builds, Forward, every_build(), name_of);

TEST_P(Forward, SynGoesToTheBackendFromAnAddressOfOurs) {
  gateway.serve(vip(443), IPPROTO_TCP, {backend(1)});

  const Sent sent = gateway.send(tcp(client, vip(443)).syn().sequence(7).window(1000));

  ASSERT_EQ(sent.verdict, Verdict::kSent);
  const auto port = seen(sent.packet).from.port;
  EXPECT_GE(port, 10000);
  EXPECT_LE(port, 29999);
  EXPECT_SAME(sent.packet, gateway.to_backend(tcp(snat(port), host(1)).syn().sequence(7).window(1000).ttl(63)));
}

TEST_P(Forward, SynAckComesBackFromTheVip) {
  gateway.serve(vip(443), IPPROTO_TCP, {backend(1)});
  const auto port = seen(gateway.send(tcp(client, vip(443)).syn().sequence(7)).packet).from.port;

  const Sent sent = gateway.answer(tcp(host(1), snat(port)).syn().sequence(90).ack(8).window(500));

  ASSERT_EQ(sent.verdict, Verdict::kSent);
  EXPECT_SAME(sent.packet, gateway.to_client(tcp(vip(443), client).syn().sequence(90).ack(8).window(500).ttl(63)));
}

TEST_P(Forward, EstablishedTcpFlowsBothWays) {
  gateway.serve(vip(443), IPPROTO_TCP, {backend(1)});
  const auto port = gateway.establish(client, vip(443), 1);
  ASSERT_NE(port, 0);

  const Sent there = gateway.send(tcp(client, vip(443)).sequence(101).ack(501).payload("more"));
  EXPECT_SAME(there.packet,
              gateway.to_backend(tcp(snat(port), host(1)).sequence(101).ack(501).payload("more").ttl(63)));
  const Sent back = gateway.answer(tcp(host(1), snat(port)).sequence(501).ack(105).payload("yes"));
  EXPECT_SAME(back.packet, gateway.to_client(tcp(vip(443), client).sequence(501).ack(105).payload("yes").ttl(63)));
  EXPECT_EQ(gateway.entries(flows()), 2U);
}

TEST_P(Forward, UdpFlowsBothWays) {
  gateway.serve(vip(53), IPPROTO_UDP, {backend(1)});
  const auto port = gateway.establish_udp(client, vip(53), 1);
  ASSERT_NE(port, 0);

  const Sent there = gateway.send(udp(client, vip(53)).payload("query"));
  EXPECT_SAME(there.packet, gateway.to_backend(udp(snat(port), host(1)).payload("query").ttl(63)));
  const Sent back = gateway.answer(udp(host(1), snat(port)).payload("answer"));
  EXPECT_SAME(back.packet, gateway.to_client(udp(vip(53), client).payload("answer").ttl(63)));
  EXPECT_EQ(gateway.entries(flows()), 2U);
}

TEST_P(Forward, UdpWithoutChecksumStaysWithout) {
  if (gateway.addresses.kind == FAMILY_V6) return;  // IPv6 has no such packets (RFC 8200 8.1)
  gateway.serve(vip(53), IPPROTO_UDP, {backend(1)});

  const Sent sent = gateway.send(udp(client, vip(53)).payload("query").no_checksum());

  const auto port = seen(sent.packet).from.port;
  EXPECT_SAME(sent.packet, gateway.to_backend(udp(snat(port), host(1)).payload("query").no_checksum().ttl(63)));
}

TEST_P(Forward, SynFloodPromotesNothing) {
  gateway.serve(vip(443), IPPROTO_TCP, {backend(1)});
  for (std::uint16_t i = 0; i < 50; i++) {
    const auto port = seen(gateway.send(tcp(client.at(1000 + i), vip(443)).syn().sequence(7)).packet).from.port;
    gateway.answer(tcp(host(1), snat(port)).syn().sequence(90).ack(8));
  }
  EXPECT_EQ(gateway.entries(flows()), 0U);
  EXPECT_EQ(gateway.entries(half()), 50U);
}

TEST_P(Forward, AckOfAnotherSequenceDoesNotPromote) {
  gateway.serve(vip(443), IPPROTO_TCP, {backend(1)});
  const auto port = seen(gateway.send(tcp(client, vip(443)).syn().sequence(7)).packet).from.port;
  gateway.answer(tcp(host(1), snat(port)).syn().sequence(90).ack(8));

  EXPECT_EQ(gateway.send(tcp(client, vip(443)).sequence(8).ack(92)).verdict, Verdict::kSent);
  EXPECT_EQ(gateway.entries(flows()), 0U);
  EXPECT_EQ(gateway.send(tcp(client, vip(443)).sequence(8).ack(91)).verdict, Verdict::kSent);
  EXPECT_EQ(gateway.entries(flows()), 2U);
}

/// TCP Fast Open (RFC 7413): the SYN-ACK acknowledges the data too, and the backend may send before the client's ACK.
TEST_P(Forward, SynWithDataMayBeAcknowledgedWhole) {
  gateway.serve(vip(443), IPPROTO_TCP, {backend(1)});
  const auto port = seen(gateway.send(tcp(client, vip(443)).syn().sequence(7).payload("hello")).packet).from.port;
  EXPECT_EQ(gateway.answer(tcp(host(1), snat(port)).syn().sequence(90).ack(14)).verdict, Verdict::kDropped);
  EXPECT_EQ(gateway.drops(DROP_SEQUENCE), 1U) << "more than the SYN had";
  EXPECT_EQ(gateway.send(tcp(client, vip(443)).syn().sequence(7)).verdict, Verdict::kSent) << "again, without its data";
  EXPECT_EQ(gateway.answer(tcp(host(1), snat(port)).syn().sequence(90).ack(13)).verdict, Verdict::kSent);
  EXPECT_EQ(gateway.answer(tcp(host(1), snat(port)).sequence(91).ack(13).payload("world")).verdict, Verdict::kSent);
  EXPECT_EQ(gateway.send(tcp(client, vip(443)).sequence(13).ack(96)).verdict, Verdict::kSent);
  EXPECT_EQ(gateway.entries(flows()), 2U);
}

TEST_P(Forward, RetransmittedSynKeepsItsPort) {
  gateway.serve(vip(443), IPPROTO_TCP, {backend(1), backend(2)});
  const Sent first = gateway.send(tcp(client, vip(443)).syn().sequence(7));
  const Sent second = gateway.send(tcp(client, vip(443)).syn().sequence(7));
  EXPECT_SAME(first.packet, second.packet);
  EXPECT_EQ(gateway.entries(half()), 1U);
}

TEST_P(Forward, EstablishedFlowKeepsItsBackendWhenTheRingChanges) {
  gateway.serve(vip(443), IPPROTO_TCP, {backend(1)});
  const auto port = gateway.establish(client, vip(443), 1);
  gateway.set_backend(1, BACKEND_DRAINING);
  gateway.serve(vip(443), IPPROTO_TCP, {backend(2)});

  const Sent sent = gateway.send(tcp(client, vip(443)).sequence(101).ack(501).payload("more"));
  EXPECT_SAME(sent.packet, gateway.to_backend(tcp(snat(port), host(1)).sequence(101).ack(501).payload("more").ttl(63)));
}

TEST_P(Forward, HandshakeThatAChangeOfTheRingCaughtHalfWayGoesOn) {
  gateway.serve(vip(443), IPPROTO_TCP, {backend(1)});
  const auto port = seen(gateway.send(tcp(client, vip(443)).syn().sequence(7)).packet).from.port;
  gateway.answer(tcp(host(1), snat(port)).syn().sequence(90).ack(8));
  gateway.serve(vip(443), IPPROTO_TCP, {backend(2)});

  const Sent sent = gateway.send(tcp(client, vip(443)).sequence(8).ack(91));
  EXPECT_SAME(sent.packet, gateway.to_backend(tcp(snat(port), host(1)).sequence(8).ack(91).ttl(63)));
}

TEST_P(Forward, RingSlotsShareClientsOut) {
  const auto one = backend(1), two = backend(2);
  std::vector<std::uint32_t> slots(251, one);
  for (int i = 0; i < 125; i++) slots[i] = two;
  gateway.serve(vip(443), IPPROTO_TCP, slots);
  int to_two = 0;
  for (std::uint16_t i = 0; i < 1000; i++)
    to_two += seen(gateway.send(tcp(client.at(1000 + i), vip(443)).syn()).packet).to == host(2);
  EXPECT_NEAR(to_two, 498, 60);
}

TEST_P(Forward, ForwardedPacketsAreCounted) {
  const auto service = gateway.serve(vip(53), IPPROTO_UDP, {backend(1)});
  gateway.establish_udp(client, vip(53), 1);

  const service_counters counted = gateway.counters(service);
  const std::uint64_t bytes = udp(client, vip(53)).payload("a").ip().size();
  EXPECT_EQ(counted.packets[0], 2U);
  EXPECT_EQ(counted.packets[1], 1U);
  EXPECT_EQ(counted.bytes[0], 2 * bytes);
  EXPECT_EQ(counted.bytes[1], bytes);
  EXPECT_EQ(counted.connections, 1U);
  EXPECT_EQ(counted.established, 1U);
  EXPECT_EQ(gateway.hooks(gateway.build().ingress()).forwarded, 3U);
}

TEST_P(Forward, FlowLeavesByTheDeviceItCameInBy) {
  // a backend on the clients' link: TX in XDP
  const auto near = gateway.add_backend(gateway.addresses.client(8080, 10));
  gateway.serve(vip(443), IPPROTO_TCP, {near});
  const Sent sent = gateway.send(tcp(client, vip(443)).syn());
  ASSERT_EQ(sent.verdict, Verdict::kSent);
  EXPECT_EQ(seen(sent.packet).to, gateway.addresses.client(8080, 10));
}

}  // namespace
}  // namespace sluice::test
