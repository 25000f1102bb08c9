// How flows end: by TCP's own close, by time, by removal of what they belong to.
#include "tests/bpf/scenario.h"

namespace sluice::test {
namespace {

class Lifetime : public Scenario {
 protected:
  void SetUp() override {
    service = gateway.serve(vip(443), IPPROTO_TCP, {backend(1)});
    port = gateway.establish(client, vip(443), 1);
    ASSERT_NE(port, 0);
  }
  Verdict from_client() { return gateway.send(data()).verdict; }
  Verdict from_backend() { return gateway.answer(tcp(host(1), snat(port)).sequence(501).ack(101)).verdict; }
  Packet data() { return tcp(client, vip(443)).sequence(101).ack(501).payload("x"); }
  /// Is a client's packet still forwarded (and not answered by a RST)?
  bool alive() {
    const Sent sent = gateway.send(data());
    return sent.verdict == Verdict::kSent && !(seen(sent.packet).tcp_flags & 4);
  }
  std::uint32_t seconds(std::uint32_t count) { return count * gateway.build().hz(); }

  std::uint32_t service = 0;
  std::uint16_t port = 0;
};
INSTANTIATE_TEST_SUITE_P(Builds, Lifetime, every_build(), name_of);

TEST_P(Lifetime, EstablishedTcpLives7440Seconds) {
  gateway.age(seconds(7439));
  EXPECT_TRUE(alive());
  gateway.age(seconds(7442));
  EXPECT_FALSE(alive());
  EXPECT_EQ(gateway.drops(DROP_NO_FLOW), 1U);
  EXPECT_EQ(gateway.entries(flows()), 0U);
}

TEST_P(Lifetime, TrafficOfOneDirectionKeepsBothEntries) {
  gateway.age(seconds(7000));
  ASSERT_TRUE(alive());
  gateway.age(seconds(1000));  // the reverse entry alone is over its time now
  EXPECT_EQ(from_backend(), Verdict::kSent);
  EXPECT_EQ(gateway.entries(flows()), 2U);
}

TEST_P(Lifetime, ResetFlowLives10Seconds) {
  EXPECT_EQ(gateway.answer(tcp(host(1), snat(port)).rst().sequence(501)).verdict, Verdict::kSent);
  gateway.age(seconds(9));
  EXPECT_TRUE(alive());
  gateway.age(seconds(12));
  EXPECT_FALSE(alive());
}

TEST_P(Lifetime, HalfClosedFlowLives120SecondsAndClosedOne60) {
  gateway.send(tcp(client, vip(443)).fin().sequence(101).ack(501));
  gateway.age(seconds(100));
  EXPECT_EQ(from_backend(), Verdict::kSent);
  gateway.answer(tcp(host(1), snat(port)).fin().sequence(501).ack(102));
  gateway.age(seconds(58));
  EXPECT_TRUE(alive());
  gateway.age(seconds(62));
  EXPECT_FALSE(alive());
}

TEST_P(Lifetime, SynOnAClosedFlowBeginsANewOne) {
  gateway.send(tcp(client, vip(443)).fin().sequence(101).ack(501));
  gateway.answer(tcp(host(1), snat(port)).fin().sequence(501).ack(102));
  EXPECT_EQ(gateway.send(tcp(client, vip(443)).syn().sequence(9000)).verdict, Verdict::kSent);
  EXPECT_EQ(gateway.entries(flows()), 0U);
  EXPECT_EQ(gateway.entries(half()), 1U);
}

TEST_P(Lifetime, ClosedFlowsGiveTheirPortsToNewOnesThatFindNoneFree) {
  gateway.set_ports(port, 1);
  gateway.send(tcp(client, vip(443)).fin().sequence(101).ack(501));
  const auto other = client.at(2000);
  gateway.age(seconds(2));
  EXPECT_NE(gateway.send(tcp(other, vip(443)).syn()).verdict, Verdict::kSent) << "half-closed is not closed";
  gateway.answer(tcp(host(1), snat(port)).fin().sequence(501).ack(102));
  EXPECT_NE(gateway.send(tcp(other, vip(443)).syn()).verdict, Verdict::kSent) << "closed just now";
  gateway.age(seconds(2));
  const Sent sent = gateway.send(tcp(other, vip(443)).syn());
  EXPECT_EQ(sent.verdict, Verdict::kSent);
  EXPECT_EQ(seen(sent.packet).from, snat(port));
  EXPECT_EQ(gateway.entries(flows()), 0U);
}

TEST_P(Lifetime, SynOnALiveFlowGoesToItsBackend) {
  const Sent sent = gateway.send(tcp(client, vip(443)).syn().sequence(9000));
  EXPECT_EQ(seen(sent.packet).from, snat(port));
  EXPECT_EQ(gateway.entries(flows()), 2U);
}

TEST_P(Lifetime, TcpOfARemovedBackendLivesUntilTheDrainIsOver) {
  gateway.serve(vip(443), IPPROTO_TCP, {backend(2)});
  gateway.set_backend(1, BACKEND_REMOVED);
  EXPECT_TRUE(alive());
  EXPECT_EQ(from_backend(), Verdict::kSent);
  gateway.set_backend(1, BACKEND_REMOVED, seconds(61));
  EXPECT_FALSE(alive());
  EXPECT_EQ(gateway.drops(DROP_BACKEND_REMOVED), 1U);
  EXPECT_EQ(gateway.entries(flows()), 0U);
  const Sent backend_told = gateway.answer(tcp(host(1), snat(port)).sequence(501).ack(101));
  EXPECT_TRUE(seen(backend_told.packet).tcp_flags & 4);  // RST both ways
}

TEST_P(Lifetime, BackendThatComesBackWithinItsDrainKeepsItsFlows) {
  gateway.set_backend(1, BACKEND_REMOVED, seconds(30));
  EXPECT_TRUE(alive());
  gateway.set_backend(1, BACKEND_READY);
  EXPECT_TRUE(alive());
}

TEST_P(Lifetime, UdpOfARemovedBackendGoesElsewhereWithItsNextPacket) {
  gateway.serve(vip(53), IPPROTO_UDP, {backend(1)});
  ASSERT_NE(gateway.establish_udp(client, vip(53), 1), 0);
  gateway.serve(vip(53), IPPROTO_UDP, {backend(2)});
  gateway.set_backend(1, BACKEND_REMOVED);
  const Sent sent = gateway.send(udp(client, vip(53)).payload("on"));
  EXPECT_EQ(seen(sent.packet).to, host(2));
}

TEST_P(Lifetime, DeniedBackendEndsItsFlowsAtOnce) {
  gateway.set_backend(1, BACKEND_DENIED);
  EXPECT_FALSE(alive());
  EXPECT_EQ(gateway.drops(DROP_DENIED), 1U);
}

TEST_P(Lifetime, TcpOfARemovedServiceEndsAfterItsDrain) {
  gateway.set_service(service, SERVICE_REMOVED);
  EXPECT_TRUE(alive());
  gateway.set_timeout(TIMEOUT_DRAIN, 0);
  struct service entry{};
  gateway.build().lookup("services", &service, &entry);
  entry.removed_at -= 2;
  gateway.build().update("services", &service, &entry);
  gateway.bump_generation();
  EXPECT_FALSE(alive());
  EXPECT_EQ(gateway.drops(DROP_SERVICE_REMOVED), 1U);
}

TEST_P(Lifetime, TwoWayUdpLives300Seconds) {
  gateway.serve(vip(53), IPPROTO_UDP, {backend(1)});
  const auto udp_port = gateway.establish_udp(client, vip(53), 1);
  gateway.age(seconds(298));
  EXPECT_EQ(gateway.answer(udp(host(1), snat(udp_port)).payload("late")).verdict, Verdict::kSent);
  gateway.age(seconds(302));
  gateway.answer(udp(host(1), snat(udp_port)).payload("too late"));
  EXPECT_EQ(gateway.drops(DROP_NO_REPLY_FLOW), 1U);
}

TEST_P(Lifetime, PortOfAFlowThatIsOverIsGivenToANewOne) {
  gateway.set_ports(10000, 1);
  gateway.serve(vip(53), IPPROTO_UDP, {backend(1)});
  ASSERT_EQ(gateway.establish_udp(client.at(1), vip(53), 1), 10000);
  // its half-open entry would go by the LRU; here by hand
  std::uint8_t key[64];
  while (gateway.build().next_key(half(), nullptr, key)) gateway.build().erase(half(), key);
  EXPECT_EQ(gateway.send(udp(client.at(2), vip(53))).verdict, Verdict::kDropped);
  gateway.age(seconds(302));
  EXPECT_EQ(gateway.send(udp(client.at(2), vip(53))).verdict, Verdict::kSent);
}

/// What needs the tables in a state that the kernel's cannot be put into from outside: full to the entry, or changed by
/// another CPU between two steps.
class Race : public Lifetime {};
INSTANTIATE_TEST_SUITE_P(Builds, Race, native_builds(), name_of);

TEST_P(Race, FlowTableThatIsFullRefusesByName) {
  gateway.serve(vip(53), IPPROTO_UDP, {backend(1)});
  const auto full = gateway.build().limit(flows(), 2);
  const auto first = gateway.send(udp(client, vip(53)).payload("a"));
  gateway.answer(udp(host(1), snat(seen(first.packet).from.port)).payload("b"));
  EXPECT_EQ(gateway.send(udp(client, vip(53)).payload("c")).verdict, Verdict::kDropped);
  EXPECT_EQ(gateway.drops(DROP_FLOW_TABLE_FULL), 1U);
  gateway.build().limit(flows(), full);
}

TEST_P(Race, FlowWhoseHalfOpenEntryWasTakenWhileItWasPromotedIsNotPromoted) {
  const auto syn = gateway.send(tcp(client.at(77), vip(443)).syn().sequence(7));
  const auto other_port = seen(syn.packet).from.port;
  gateway.answer(tcp(host(1), snat(other_port)).syn().sequence(90).ack(8));
  gateway.build().occupy(is_v4(), host(1), snat(other_port));
  EXPECT_EQ(gateway.send(tcp(client.at(77), vip(443)).sequence(8).ack(91)).verdict, Verdict::kDropped);
  EXPECT_EQ(gateway.drops(DROP_FLOW_LOST), 1U);
}

}  // namespace
}  // namespace sluice::test
