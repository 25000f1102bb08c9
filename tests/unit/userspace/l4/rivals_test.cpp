#include "userspace/l4/rivals.h"

#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <netinet/if_ether.h>
#include <netinet/ip6.h>

#include <array>
#include <cstring>

#include "plan_builder.h"

namespace sluice::l4 {
namespace {

using Bytes = std::vector<std::uint8_t>;
constexpr std::array<std::uint8_t, 6> kMac{2, 0, 0, 0, 0, 9};

template <class Header>
void append(Bytes& frame, const Header& header) {
  const std::size_t at = frame.size();
  frame.resize(at + sizeof(header));
  std::memcpy(frame.data() + at, &header, sizeof(header));
}

Bytes ethernet(std::uint16_t type) {
  ether_header header{};
  header.ether_type = htons(type);
  Bytes frame;
  append(frame, header);
  return frame;
}

Bytes arp(const char* sender, std::uint16_t operation) {
  ether_arp message{};
  message.ea_hdr = {htons(ARPHRD_ETHER), htons(ETHERTYPE_IP), 6, 4, htons(operation)};
  std::memcpy(message.arp_sha, kMac.data(), kMac.size());
  std::memcpy(message.arp_spa, ip(sender).wire().data(), sizeof(message.arp_spa));
  Bytes frame = ethernet(ETHERTYPE_ARP);
  append(frame, message);
  return frame;
}

Bytes advertisement(const char* target, std::uint8_t hop_limit = 255) {
  ip6_hdr header{};
  header.ip6_vfc = 0x60;
  header.ip6_nxt = IPPROTO_ICMPV6;
  header.ip6_hlim = hop_limit;
  nd_neighbor_advert advert{};
  advert.nd_na_type = ND_NEIGHBOR_ADVERT;
  std::memcpy(&advert.nd_na_target, ip(target).wire().data(), sizeof(advert.nd_na_target));
  Bytes frame = ethernet(ETHERTYPE_IPV6);
  append(frame, header);
  append(frame, advert);
  append(frame, std::array<std::uint8_t, 8>{ND_OPT_TARGET_LINKADDR, 1, 2, 0, 0, 0, 0, 9});
  return frame;
}

TEST(ClaimOf, AnArpRequestAndAReplyClaimTheSendersAddress) {
  for (const std::uint16_t operation : {ARPOP_REQUEST, ARPOP_REPLY}) {
    EXPECT_EQ(claim_of(arp("192.0.2.1", operation)), (Claim{ip("192.0.2.1"), kMac}));
  }
}

TEST(ClaimOf, AnArpProbeClaimsNothing) {
  EXPECT_EQ(claim_of(arp("0.0.0.0", ARPOP_REQUEST)), std::nullopt);
}

TEST(ClaimOf, ANeighbourAdvertisementClaimsItsTarget) {
  EXPECT_EQ(claim_of(advertisement("2001:db8::1")), (Claim{ip("2001:db8::1"), kMac}));
}

TEST(ClaimOf, AnAdvertisementThatMayHaveComeOverARouterClaimsNothing) {
  EXPECT_EQ(claim_of(advertisement("2001:db8::1", 254)), std::nullopt);
}

TEST(ClaimOf, AnAdvertisementWithoutALinkLayerAddressClaimsNothing) {
  Bytes frame = advertisement("2001:db8::1");
  frame.resize(frame.size() - 8);
  EXPECT_EQ(claim_of(frame), std::nullopt);
}

TEST(ClaimOf, AnOptionOfLengthZeroEndsTheSearch) {
  Bytes frame = advertisement("2001:db8::1");
  frame[frame.size() - 8] = ND_OPT_SOURCE_LINKADDR;
  frame[frame.size() - 7] = 0;
  EXPECT_EQ(claim_of(frame), std::nullopt);
}

TEST(ClaimOf, AFrameThatIsCutAnywhereClaimsNothing) {
  for (const Bytes& whole : {arp("192.0.2.1", ARPOP_REPLY), advertisement("2001:db8::1")}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      EXPECT_EQ(claim_of(std::span(whole).first(size)), std::nullopt) << size;
    }
  }
}

TEST(ClaimOf, AnArpOfAnotherKindOfLinkClaimsNothing) {
  Bytes frame = arp("192.0.2.1", ARPOP_REPLY);
  frame[sizeof(ether_header) + 1] = 6;  // IEEE 802
  EXPECT_EQ(claim_of(frame), std::nullopt);
}

}  // namespace
}  // namespace sluice::l4
