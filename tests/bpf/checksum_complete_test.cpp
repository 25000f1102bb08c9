// CHECKSUM_COMPLETE in the kernel: it has summed a frame on arrival, TC changes the frame, and the kernel compares its
// sum with the frame's own afterwards. With SLUICE_TEST_HELPERS the rewrite is that of kernels before 6.2.
#include "tests/bpf/kernel.h"
#include "tests/bpf/scenario.h"
#include "tests/unit/lacking.h"

namespace sluice::test {
namespace {

constexpr Offload kComplete{.checksum = 2};

class CompleteChecksum : public Scenario {
 protected:
  void SetUp() override {
    if (!makes_complete()) return lacking("BPF_F_TEST_SKB_CHECKSUM_COMPLETE (Linux 6.13)");
    gateway.serve(vip(443), IPPROTO_TCP, {backend(1)});
    gateway.serve(vip(53), IPPROTO_UDP, {backend(1)});
    port_ = gateway.establish(client, vip(443), 1);
    udp_port_ = gateway.establish_udp(client, vip(53), 1);
  }
  std::uint16_t port_ = 0, udp_port_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Builds, CompleteChecksum,
                         ::testing::Combine(::testing::Values(Kind::kTc), ::testing::Values(FAMILY_V4, FAMILY_V6)),
                         name_of);

TEST_P(CompleteChecksum, IsKeptInStepTowardsTheBackend) {
  std::vector<Packet> packets{tcp(client, vip(443)).sequence(101).ack(501).payload("whole"),
                              tcp(client, vip(443)).sequence(106).ack(501).payload("odd"),
                              tcp(client.at(40001), vip(443)).syn().sequence(7), udp(client, vip(53)).payload("whole"),
                              udp(client.at(40001), vip(53)).payload("new")};
  if (is_v4()) packets.push_back(udp(client, vip(53)).payload("none").no_checksum());
  for (const Packet& packet : packets) {
    const Sent sent = gateway.send(packet, kComplete);
    EXPECT_TRUE(sent.in_step);
    EXPECT_EQ(sent.verdict, Verdict::kSent);
    EXPECT_EQ(seen(sent.packet).to, host(1));
  }
}

TEST_P(CompleteChecksum, IsKeptInStepTowardsTheClient) {
  for (const Packet& packet : {tcp(host(1), snat(port_)).sequence(501).ack(106).payload("told"),
                               udp(host(1), snat(udp_port_)).payload("told")}) {
    const Sent sent = gateway.answer(packet, kComplete);
    EXPECT_TRUE(sent.in_step);
    EXPECT_EQ(sent.verdict, Verdict::kSent);
    EXPECT_EQ(seen(sent.packet).to, client);
  }
}

TEST_P(CompleteChecksum, IsKeptInStepInAnIcmpErrorAboutAFlow) {
  const Packet forwarded = tcp(snat(port_), host(1)).sequence(101).ack(501).payload("abcdefgh").ttl(60);
  const Sent sent =
      gateway.answer(too_big(gateway.addresses.backend(2).at(0), snat(0), 1280, forwarded.ip()), kComplete);
  EXPECT_TRUE(sent.in_step);
  EXPECT_EQ(sent.verdict, Verdict::kSent);
}

TEST_P(CompleteChecksum, OfWhatPassesIsLeftAlone) {
  const Sent sent = gateway.send(tcp(client, gateway.addresses.stranger()).syn(), kComplete);
  EXPECT_TRUE(sent.in_step);
  EXPECT_EQ(sent.verdict, Verdict::kUntouched);
}

// Of RST and ICMP errors the kernel keeps no sum: it gives up the one that it has when we trim the packet.
TEST_P(CompleteChecksum, IsKeptInStepInAnEcho) {
  const Sent sent = gateway.send(echo(client.at(0), vip(0), false).ttl(61), kComplete);
  EXPECT_TRUE(sent.in_step);
  EXPECT_EQ(seen(sent.packet).to.ip, client.ip);
}

}  // namespace
}  // namespace sluice::test
