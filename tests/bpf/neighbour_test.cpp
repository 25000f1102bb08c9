// Who asks for the link-layer address of a VIP, while userspace is there and while it is not.
#include <cstring>

#include "sluice/bpf/address.h"
#include "tests/bpf/scenario.h"

namespace sluice::test {
namespace {

constexpr std::uint16_t kRequest = 1;
constexpr std::uint16_t kReply = 2;
constexpr std::uint8_t kSolicitation = 135;
constexpr std::uint8_t kAdvertisement = 136;

Bytes arp(std::uint16_t operation, const Endpoint& sender, const Endpoint& target) {
  Bytes frame(14 + 28);
  std::memset(frame.data(), 0xff, 6);
  std::memcpy(frame.data() + 6, kClientMac.data(), 6);
  const std::uint8_t head[] = {0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0, std::uint8_t(operation)};
  std::memcpy(frame.data() + 12, head, sizeof(head));
  std::memcpy(frame.data() + 22, kClientMac.data(), 6);
  std::memcpy(frame.data() + 28, sender.ip.data(), 4);
  std::memcpy(frame.data() + 38, target.ip.data(), 4);
  return frame;
}

Bytes neighbour(std::uint8_t type, const Endpoint& from, const Endpoint& to, const Endpoint& target) {
  Bytes message(8 + 16 + 8);
  message[0] = type;
  std::memcpy(message.data() + 8, target.ip.data(), 16);
  message[24] = message[25] = 1;  // the sender's link-layer address
  std::memcpy(message.data() + 26, kClientMac.data(), 6);
  return Packet(IPPROTO_ICMPV6, from, to).ttl(255).macs(kClientDeviceMac, kClientMac).body(message).bytes();
}

class Neighbour : public Scenario {
 protected:
  /// The Lease lasts an hour, and userspace was there so many hours ago.
  void lease(std::uint32_t hours_ago) {
    const std::uint32_t hour = 3600 * gateway.build().hz();
    gateway.set_timeout(TIMEOUT_LEASE, hour);
    gateway.attend(hours_ago * hour);
  }
  Verdict in(const Bytes& frame) {
    auto& build = gateway.build();
    return build.run(frame, build.ingress(), build.devices().clients).verdict;
  }
  /// A host that does not know the target yet asks everybody, or the target's group (RFC 4291, 2.7.1).
  Verdict ask(const Endpoint& target) {
    if (is_v4()) return in(arp(kRequest, client, target));
    auto group = endpoint("ff02::1:ff00:0");
    std::memcpy(group.ip.data() + 13, target.ip.data() + 13, 3);
    return in(neighbour(kSolicitation, client, group, target));
  }
};
INSTANTIATE_TEST_SUITE_P(Builds, Neighbour, every_build(), name_of);

TEST_P(Neighbour, AVipIsNotAskedForOnceTheLeaseOfANodeWithoutUserspaceIsOver) {
  lease(2);
  EXPECT_EQ(ask(vip(0)), Verdict::kDropped);
  EXPECT_EQ(gateway.drops(DROP_UNATTENDED), 1U);
  EXPECT_EQ(gateway.hooks(gateway.build().ingress()).dropped, 1U);
}

TEST_P(Neighbour, NeitherIsItByAHostThatAsksItAlone) {
  if (is_v4()) return;  // the same frame but for its MAC address
  lease(2);
  EXPECT_EQ(in(neighbour(kSolicitation, client, vip(0), vip(0))), Verdict::kDropped);
  EXPECT_EQ(gateway.drops(DROP_UNATTENDED), 1U);
}

TEST_P(Neighbour, WhileUserspaceIsThereTheHostAnswers) {
  lease(0);
  EXPECT_EQ(ask(vip(0)), Verdict::kUntouched);
  EXPECT_EQ(gateway.drops(DROP_UNATTENDED), 0U);
}

TEST_P(Neighbour, WithoutALeaseTheHostAnswersWhateverHappens) {
  lease(2);
  gateway.set_timeout(TIMEOUT_LEASE, 0);
  EXPECT_EQ(ask(vip(0)), Verdict::kUntouched);
}

TEST_P(Neighbour, TheNodesOwnAddressesAndOthersAreTheHostsBusiness) {
  lease(2);
  EXPECT_EQ(ask(gateway.addresses.node(0)), Verdict::kUntouched);
  EXPECT_EQ(ask(gateway.addresses.stranger()), Verdict::kUntouched);
  EXPECT_EQ(ask(snat(0)), Verdict::kUntouched);
}

TEST_P(Neighbour, WhatAnswersOrAnnouncesPasses) {
  lease(2);
  EXPECT_EQ(in(is_v4() ? arp(kReply, vip(0), vip(0)) : neighbour(kAdvertisement, vip(0), endpoint("ff02::1"), vip(0))),
            Verdict::kUntouched);
}

/// Behind the headers without which the kernel runs no test.
TEST_P(Neighbour, AFrameThatIsCutAnywherePasses) {
  lease(2);
  const auto whole =
      is_v4() ? arp(kRequest, client, vip(0)) : neighbour(kSolicitation, client, endpoint("ff02::1"), vip(0));
  for (std::size_t size = is_v4() ? 15 : 54; size < (is_v4() ? 42U : 78U); ++size) {
    EXPECT_EQ(in(Bytes(whole.begin(), whole.begin() + std::ptrdiff_t(size))), Verdict::kUntouched) << size;
  }
}

}  // namespace
}  // namespace sluice::test
