#include "tests/unit/userspace/l4/datapath_rig.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <linux/capability.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/if_ether.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "sluice/bpf/config.h"
#include "tests/unit/lacking.h"
#include "tests/unit/userspace/l4/own_bpffs.h"
#include "userspace/l4/netlink.h"
#include "userspace/l4/pins.h"

namespace sluice::l4 {
namespace {

constexpr std::array<std::uint8_t, 6> kRival{2, 0, 0, 0, 0, 0x99};

/// At both ends of each pair in this one namespace: what "peer-X" sends comes in by X.
constexpr const char* kNetwork =
    "ip link set lo up && "
    "ip link add wan type veth peer name peer-wan && ip link set wan up && ip link set peer-wan up && "
    "ip address add 203.0.113.1/24 dev wan && "
    "ip link add pods type veth peer name peer-pods && ip link set pods up && ip link set peer-pods up && "
    "ip address add 10.244.0.1/24 dev pods";

Fd packet_socket(const std::string& device, int protocol) {
  Fd socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_ll here{};
  here.sll_family = AF_PACKET;
  here.sll_protocol = htons(static_cast<std::uint16_t>(protocol));
  here.sll_ifindex = static_cast<int>(::if_nametoindex(device.c_str()));
  EXPECT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&here), sizeof(here)), 0) << device;
  return socket;
}

struct ArpFrame {
  ether_header ethernet{};
  ether_arp arp{};
} __attribute__((packed));

ArpFrame gratuitous(const char* address) {
  ArpFrame frame;
  std::memset(frame.ethernet.ether_dhost, 0xff, ETH_ALEN);
  std::memcpy(frame.ethernet.ether_shost, kRival.data(), kRival.size());
  frame.ethernet.ether_type = htons(ETHERTYPE_ARP);
  frame.arp.ea_hdr = {htons(ARPHRD_ETHER), htons(ETHERTYPE_IP), 6, 4, htons(ARPOP_REQUEST)};
  std::memcpy(frame.arp.arp_sha, kRival.data(), kRival.size());
  std::memcpy(frame.arp.arp_spa, ip(address).wire().data(), 4);
  std::memcpy(frame.arp.arp_tpa, ip(address).wire().data(), 4);
  return frame;
}

}  // namespace

void DatapathRig::SetUp() {
  static int count = 0;
  if (const auto mounted = own_bpffs(); !mounted) return lacking(mounted.error());
  if (::unshare(CLONE_NEWNET) != 0) return lacking("a network namespace (CAP_SYS_ADMIN)");
  ASSERT_EQ(std::system(kNetwork), 0);
  instance_ = "rig-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
  builder.frontend("web", {kVip, kOtherVip}, 80, model::v1::HTTP);
  vip(kVip, "one");
  vip(kOtherVip, "one");
}

void DatapathRig::TearDown() {
  datapath.reset();
  if (!instance_.empty()) (void)Datapath::remove(instance_);
}

void DatapathRig::vip(const char* address, const char* node) {
  model::v1::Resource resource;
  resource.set_name(std::string("vip/") + address);
  resource.mutable_vip()->mutable_address()->set_ip(bytes(address));
  resource.mutable_vip()->set_node(node);
  builder.put(std::move(resource));
}

void DatapathRig::start(bool member) {
  auto started = Datapath::start({.instance = instance_,
                                  .node = "one",
                                  .member = member,
                                  .listen_seconds = 1,
                                  .devices = {"wan"},
                                  .flows = 1024,
                                  .half_open = 1024});
  ASSERT_TRUE(started) << started.error();
  datapath = std::move(*started);
}

void DatapathRig::start_deaf() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> whole{};
  ASSERT_EQ(::syscall(SYS_capget, &header, whole.data()), 0);
  auto fewer = whole;
  fewer[0].effective &= ~(1U << CAP_NET_RAW);
  ASSERT_EQ(::syscall(SYS_capset, &header, fewer.data()), 0);
  start();
  ASSERT_EQ(::syscall(SYS_capset, &header, whole.data()), 0);
}

void DatapathRig::apply() {
  std::set<std::string> all;
  for (const auto& [name, resource] : builder.store.all()) all.insert(name);
  apply(all);
}

void DatapathRig::claim(const char* address, const std::string& device) {
  const auto tap = packet_socket(device, ETH_P_ARP);
  const auto sender = packet_socket("peer-" + device, 0);
  const auto frame = gratuitous(address);
  ASSERT_EQ(::send(sender.get(), &frame, sizeof(frame), 0), ssize_t{sizeof(frame)});
  pollfd came{tap.get(), POLLIN, 0};
  ASSERT_EQ(::poll(&came, 1, 10'000), 1);
}

void DatapathRig::lease_runs_out() {
  datapath->set_lease(1);
  kill();
  std::this_thread::sleep_for(std::chrono::milliseconds(1'500));
}

bool DatapathRig::until(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    pollfd events{datapath->fd(), POLLIN, 0};
    (void)::poll(&events, 1, 100);
    datapath->poll();
  }
  return true;
}

void DatapathRig::work(std::chrono::milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  (void)until([end] { return std::chrono::steady_clock::now() > end; });
}

std::uint32_t DatapathRig::attended() const {
  const Fd map(::bpf_obj_get(Pins::of(instance_)->map("config").c_str()));
  const std::uint32_t key = 0;
  config settings{};
  EXPECT_EQ(::bpf_map_lookup_elem(map.get(), &key, &settings), 0);
  return settings.attended;
}

}  // namespace sluice::l4
