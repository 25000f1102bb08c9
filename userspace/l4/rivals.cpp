#include "userspace/l4/rivals.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/icmp6.h>
#include <netinet/if_ether.h>
#include <netinet/ip6.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace sluice::l4 {
namespace {

constexpr int kMostFrames = 256;  // in one read; the rest wakes us again

/// ARP, or an ICMPv6 neighbour advertisement right behind the IPv6 header: all else stays in the kernel.
constexpr std::array<sock_filter, 9> kFilter{{
    BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETHERTYPE_ARP, 5, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETHERTYPE_IPV6, 0, 5),
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 14 + 6),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_ICMPV6, 0, 3),
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 14 + 40),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ND_NEIGHBOR_ADVERT, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, 128),
    BPF_STMT(BPF_RET | BPF_K, 0),
}};

std::expected<Fd, std::string> listen_to(std::uint16_t protocol) {
  const auto failed = [] { return std::unexpected(std::string("packet socket: ") + std::strerror(errno)); };
  // Without a protocol until the filter is there: nothing is queued that has not passed it.
  Fd socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) return failed();
  const sock_fprog program{kFilter.size(), const_cast<sock_filter*>(kFilter.data())};
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) != 0) return failed();
  sockaddr_ll here{};
  here.sll_family = AF_PACKET;
  here.sll_protocol = htons(protocol);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&here), sizeof(here)) != 0) return failed();
  return socket;
}

template <class Header>
std::optional<Header> read_at(std::span<const std::uint8_t> frame, std::size_t offset) {
  if (frame.size() < offset + sizeof(Header)) return std::nullopt;
  Header header;
  std::memcpy(&header, frame.data() + offset, sizeof(header));
  return header;
}

std::optional<Claim> claim_of_arp(std::span<const std::uint8_t> frame) {
  const auto arp = read_at<ether_arp>(frame, sizeof(ether_header));
  if (!arp || ntohs(arp->ea_hdr.ar_hrd) != ARPHRD_ETHER || ntohs(arp->ea_hdr.ar_pro) != ETHERTYPE_IP ||
      arp->ea_hdr.ar_hln != 6 || arp->ea_hdr.ar_pln != 4) {
    return std::nullopt;
  }
  const auto address = Address::from_bytes(std::as_bytes(std::span(arp->arp_spa)));
  Claim claim{*address, {}};
  std::memcpy(claim.mac.data(), arp->arp_sha, claim.mac.size());
  return claim;
}

std::optional<Claim> claim_of_advertisement(std::span<const std::uint8_t> frame) {
  const auto ip = read_at<ip6_hdr>(frame, sizeof(ether_header));
  const std::size_t message = sizeof(ether_header) + sizeof(ip6_hdr);
  const auto advert = read_at<nd_neighbor_advert>(frame, message);
  // 255: it has come over no router (RFC 4861, 7.1.2).
  if (!ip || !advert || ip->ip6_nxt != IPPROTO_ICMPV6 || ip->ip6_hlim != 255 ||
      advert->nd_na_type != ND_NEIGHBOR_ADVERT || advert->nd_na_code != 0) {
    return std::nullopt;
  }
  Claim claim{*Address::from_bytes(std::as_bytes(std::span(advert->nd_na_target.s6_addr))), {}};
  std::size_t at = message + sizeof(nd_neighbor_advert);
  while (const auto option = read_at<nd_opt_hdr>(frame, at)) {
    const std::size_t length = option->nd_opt_len * std::size_t{8};
    if (length == 0 || frame.size() < at + length) return std::nullopt;
    if (option->nd_opt_type == ND_OPT_TARGET_LINKADDR) {
      std::memcpy(claim.mac.data(), frame.data() + at + sizeof(nd_opt_hdr), claim.mac.size());
      return claim;
    }
    at += length;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Claim> claim_of(std::span<const std::uint8_t> frame) {
  const auto ethernet = read_at<ether_header>(frame, 0);
  if (!ethernet) return std::nullopt;
  auto claim = ntohs(ethernet->ether_type) == ETHERTYPE_ARP    ? claim_of_arp(frame)
               : ntohs(ethernet->ether_type) == ETHERTYPE_IPV6 ? claim_of_advertisement(frame)
                                                               : std::nullopt;
  // An ARP probe (RFC 5227, 2.1.1) asks on behalf of nobody.
  if (claim && claim->address == *Address::parse("0.0.0.0")) return std::nullopt;
  return claim;
}

std::expected<Rivals, std::string> Rivals::open() {
  Rivals rivals;
  rivals.events_ = Fd(::epoll_create1(EPOLL_CLOEXEC));
  for (const std::size_t i : {0, 1}) {
    auto socket = listen_to(i == 0 ? ETH_P_ARP : ETH_P_IPV6);
    if (!socket) return std::unexpected(socket.error());
    rivals.sockets_[i] = std::move(*socket);
    epoll_event event{};
    event.events = EPOLLIN;
    if (::epoll_ctl(rivals.events_.get(), EPOLL_CTL_ADD, rivals.sockets_[i].get(), &event) != 0) {
      return std::unexpected(std::string("epoll: ") + std::strerror(errno));
    }
  }
  return rivals;
}

std::vector<HeardClaim> Rivals::read() {
  std::vector<HeardClaim> heard;
  std::array<std::uint8_t, 128> frame{};
  for (const auto& socket : sockets_) {
    for (int taken = 0; taken < kMostFrames; ++taken) {
      sockaddr_ll from{};
      socklen_t length = sizeof(from);
      const auto size =
          ::recvfrom(socket.get(), frame.data(), frame.size(), 0, reinterpret_cast<sockaddr*>(&from), &length);
      if (size < 0) break;
      if (auto claim = claim_of(std::span(frame).first(static_cast<std::size_t>(size)))) {
        heard.push_back({*claim, from.sll_ifindex});
      }
    }
  }
  return heard;
}

}  // namespace sluice::l4
