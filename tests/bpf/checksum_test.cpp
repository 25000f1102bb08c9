// The states that a transport checksum may be in when TC sees it. BPF_PROG_TEST_RUN makes only packets whose checksum
// is whole, so the states are those of the native build; kernel builds run the same code.
#include "bpf/native/native.h"
#include "tests/bpf/scenario.h"

namespace sluice::test {
namespace {

enum : std::uint32_t { kNone = 0, kComplete = 2, kPartial = 3 };

class Checksum : public Scenario {
 protected:
  void SetUp() override {
    gateway.serve(vip(443), IPPROTO_TCP, {backend(1)});
    gateway.serve(vip(53), IPPROTO_UDP, {backend(1)});
    port = gateway.establish(client, vip(443), 1);
    udp_port = gateway.establish_udp(client, vip(53), 1);
  }
  /// One's-complement sum of a frame from its IP header on, folded.
  static std::uint32_t sum_of(const Bytes& frame) {
    std::uint64_t sum = 0;
    for (std::size_t i = 14; i < frame.size(); i++) sum += i % 2 ? std::uint64_t{frame[i]} << 8 : frame[i];
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return sum;
  }
  /// Does what the kernel was told turn the old frame's sum into the new one's?
  static bool in_step(const Packet& before, const Sent& after) {
    std::uint64_t sum = sum_of(before.bytes()) + after.complete;
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return sum % 0xffff == sum_of(after.packet) % 0xffff;
  }
  std::uint16_t port = 0, udp_port = 0;
};
INSTANTIATE_TEST_SUITE_P(Builds, Checksum, native_builds(), name_of);

TEST_P(Checksum, PartialStaysTheBareSumOfItsPseudoHeader) {
  const Packet data = tcp(client, vip(443)).sequence(101).ack(501).payload("half").partial_checksum();
  EXPECT_SAME(
      gateway.send(data, {.checksum = kPartial}).packet,
      gateway.to_backend(tcp(snat(port), host(1)).sequence(101).ack(501).payload("half").partial_checksum().ttl(63)));
  const Packet reply = udp(host(1), snat(udp_port)).payload("half").partial_checksum();
  EXPECT_SAME(gateway.answer(reply, {.checksum = kPartial}).packet,
              gateway.to_client(udp(vip(53), client).payload("half").partial_checksum().ttl(63)));
}

TEST_P(Checksum, CompleteIsKeptInStep) {
  for (const Packet& packet :
       {tcp(client, vip(443)).sequence(101).ack(501).payload("whole"), udp(client, vip(53)).payload("whole"),
        udp(client, vip(53)).payload("none").no_checksum()}) {
    Packet framed = packet;
    framed.macs(kClientDeviceMac, kClientMac);
    const Sent sent = gateway.send(framed, {.checksum = kComplete});
    ASSERT_EQ(sent.verdict, Verdict::kSent);
    EXPECT_TRUE(in_step(framed, sent));
  }
}

TEST_P(Checksum, CompleteIsKeptInStepInAnEcho) {
  Packet request = echo(client.at(0), vip(0), false).ttl(61);
  request.macs(kClientDeviceMac, kClientMac);
  const Sent sent = gateway.send(request, {.checksum = kComplete});
  ASSERT_EQ(sent.verdict, Verdict::kSent);
  EXPECT_TRUE(in_step(request, sent));
}

TEST_P(Checksum, CompleteIsKeptInStepInAnIcmpErrorAboutAFlow) {
  if (is_xdp()) return;  // which leaves them to TC
  const Packet forwarded = tcp(snat(port), host(1)).sequence(101).ack(501).payload("abcdefgh").ttl(60);
  Packet error = too_big(gateway.addresses.backend(2).at(0), snat(0), 1280, forwarded.ip());
  error.macs(kBackendDeviceMac, kBackendMac);
  const Sent sent = gateway.answer(error, {.checksum = kComplete});
  ASSERT_EQ(sent.verdict, Verdict::kSent);
  EXPECT_TRUE(in_step(error, sent));
}

TEST_P(Checksum, RstInThePlaceOfAPartialPacketIsPartialToo) {
  const Packet stray = tcp(client.at(1), vip(443)).sequence(5).ack(77).payload("stray").partial_checksum();
  EXPECT_SAME(gateway.send(stray, {.checksum = kPartial}).packet,
              gateway.back(tcp(vip(443), client.at(1)).rst().sequence(77).dont_fragment().partial_checksum(),
                           kClientMac, kClientDeviceMac));
}

TEST_P(Checksum, IcmpErrorThatQuotesAPartialPacketIsRightOnceThatIsFilledIn) {
  gateway.serve(vip(54), IPPROTO_UDP, {0});
  const Packet query = udp(client, vip(54)).payload("12345678");
  Packet partial = query;
  const Sent sent = gateway.send(partial.partial_checksum(), {.checksum = kPartial});
  // who sends it fills the quoted checksum in: then it is as if it had been whole
  Bytes filled = sent.packet;
  const std::size_t quoted_check = is_v4() ? 14 + 20 + 8 + 20 + 6 : 14 + 40 + 8 + 40 + 6;
  const Bytes whole = query.ip();
  filled[quoted_check] = whole[is_v4() ? 26 : 46];
  filled[quoted_check + 1] = whole[is_v4() ? 27 : 47];
  EXPECT_SAME(filled, gateway.back(port_unreachable(vip(0), client.at(0), whole).dont_fragment(), kClientMac,
                                   kClientDeviceMac));
}

TEST_P(Checksum, TagThatIsNotInTheFrameIsANamedDrop) {
  EXPECT_EQ(gateway.send(udp(client, vip(53)), {.tagged = true}).verdict, Verdict::kDropped);
  EXPECT_EQ(gateway.drops(DROP_VLAN), 1U);
  EXPECT_EQ(gateway.send(udp(client, gateway.addresses.node(53)), {.tagged = true}).verdict, Verdict::kUntouched);
}

}  // namespace
}  // namespace sluice::test
