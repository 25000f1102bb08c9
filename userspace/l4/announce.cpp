#include "userspace/l4/announce.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/icmp6.h>
#include <netinet/if_ether.h>
#include <netinet/ip6.h>
#include <sys/socket.h>

#include <cstring>
#include <vector>

namespace sluice::l4 {
namespace {

using Frame = std::vector<std::uint8_t>;
using Mac = std::array<std::uint8_t, 6>;

constexpr Mac kBroadcast{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
constexpr Mac kAllNodes{0x33, 0x33, 0, 0, 0, 1};

template <class Header>
void append(Frame& frame, const Header& header) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(&header);
  frame.insert(frame.end(), bytes, bytes + sizeof(header));
}

void append_ethernet(Frame& frame, const Mac& to, const Mac& from, std::uint16_t type) {
  ether_header header{};
  std::memcpy(header.ether_dhost, to.data(), to.size());
  std::memcpy(header.ether_shost, from.data(), from.size());
  header.ether_type = htons(type);
  append(frame, header);
}

Frame gratuitous_arp(const Address& address, const Mac& mac) {
  Frame frame;
  append_ethernet(frame, kBroadcast, mac, ETHERTYPE_ARP);
  ether_arp arp{};
  arp.ea_hdr = {htons(ARPHRD_ETHER), htons(ETHERTYPE_IP), 6, 4, htons(ARPOP_REQUEST)};
  std::memcpy(arp.arp_sha, mac.data(), mac.size());
  std::memcpy(arp.arp_spa, address.wire().data(), sizeof(arp.arp_spa));
  std::memcpy(arp.arp_tpa, address.wire().data(), sizeof(arp.arp_tpa));
  append(frame, arp);
  return frame;
}

/// RFC 1071 over pseudo header and message.
std::uint16_t checksum(const ip6_hdr& ip, std::span<const std::uint8_t> message) {
  std::uint32_t sum = static_cast<std::uint32_t>(message.size()) + IPPROTO_ICMPV6;
  const auto add = [&](std::span<const std::uint8_t> bytes) {
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2)
      sum += static_cast<std::uint32_t>(bytes[i] << 8 | bytes[i + 1]);
  };
  add({reinterpret_cast<const std::uint8_t*>(&ip.ip6_src), sizeof(ip.ip6_src)});
  add({reinterpret_cast<const std::uint8_t*>(&ip.ip6_dst), sizeof(ip.ip6_dst)});
  add(message);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

Frame neighbour_advertisement(const Address& address, const Mac& mac) {
  struct Message {
    nd_neighbor_advert advert;
    nd_opt_hdr option;
    std::uint8_t mac[6];
  } message{};
  message.advert.nd_na_type = ND_NEIGHBOR_ADVERT;
  message.advert.nd_na_flags_reserved = ND_NA_FLAG_OVERRIDE | ND_NA_FLAG_ROUTER;
  std::memcpy(&message.advert.nd_na_target, address.wire().data(), sizeof(message.advert.nd_na_target));
  message.option = {ND_OPT_TARGET_LINKADDR, 1};
  std::memcpy(message.mac, mac.data(), mac.size());
  ip6_hdr ip{};
  ip.ip6_vfc = 0x60;
  ip.ip6_plen = htons(sizeof(message));
  ip.ip6_nxt = IPPROTO_ICMPV6;
  ip.ip6_hlim = 255;
  std::memcpy(&ip.ip6_src, address.wire().data(), sizeof(ip.ip6_src));
  (void)inet_pton(AF_INET6, "ff02::1", &ip.ip6_dst);
  const auto sum = checksum(ip, {reinterpret_cast<const std::uint8_t*>(&message), sizeof(message)});
  message.advert.nd_na_cksum = htons(sum);
  Frame frame;
  append_ethernet(frame, kAllNodes, mac, ETHERTYPE_IPV6);
  append(frame, ip);
  append(frame, message);
  return frame;
}

}  // namespace

bool Announcer::announce(const Address& address, const Link& link) {
  if (!link.ethernet || !link.running) return false;
  if (!socket_.valid()) socket_ = Fd(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  if (!socket_.valid()) return false;
  const Frame frame = address.is_v4() ? gratuitous_arp(address, link.mac) : neighbour_advertisement(address, link.mac);
  sockaddr_ll to{};
  to.sll_family = AF_PACKET;
  to.sll_ifindex = link.index;
  return ::sendto(socket_.get(), frame.data(), frame.size(), MSG_DONTWAIT, reinterpret_cast<const sockaddr*>(&to),
                  sizeof(to)) == static_cast<ssize_t>(frame.size());
}

}  // namespace sluice::l4
