#include "tests/bpf/network.h"

#include <net/if.h>
#include <sched.h>

#include <cstdio>
#include <cstdlib>

namespace sluice::test {
namespace {

std::string text(const Mac& mac) {
  char result[18];
  std::snprintf(result, sizeof(result), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
                mac[5]);
  return result;
}

/// A veth pair; the near end has the rig's MAC. GRO on gives it the receive queues that XDP_PROG_TEST_RUN asks for.
void link(const std::string& name, const Mac& mac) {
  shell("ip link add " + name + " address " + text(mac) + " type veth peer name " + name + "-far");
  shell("ethtool -K " + name + " gro on >/dev/null");
  shell("ip link set " + name + " up && ip link set " + name + "-far up");
}

Devices build() {
  if (unshare(CLONE_NEWNET)) {
    std::perror("a network namespace (these tests need root)");
    std::abort();
  }
  shell("sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1");
  shell("ip link set lo up");
  link("clients", kClientDeviceMac);
  link("backends", kBackendDeviceMac);
  shell("ip link set backends mtu " + std::to_string(kBackendMtu));
  shell("ip addr add 203.0.113.1/24 dev clients && ip -6 addr add 2001:db8:c::1/64 dev clients nodad");
  shell("ip addr add 10.1.0.1/24 dev backends && ip -6 addr add fd00:1::1/64 dev backends nodad");
  for (const std::string host : {"203.0.113.9", "203.0.113.10", "2001:db8:c::9", "2001:db8:c::a"})
    shell("ip neigh add " + host + " lladdr " + text(kClientMac) + " nud permanent dev clients");
  for (const std::string host : {"10.1.0.11", "10.1.0.12", "10.1.0.13", "fd00:1::b", "fd00:1::c", "fd00:1::d"})
    shell("ip neigh add " + host + " lladdr " + text(kBackendMac) + " nud permanent dev backends");
  return {if_nametoindex("clients"), if_nametoindex("backends")};
}

}  // namespace

void shell(const std::string& command) {
  if (std::system(command.c_str()) == 0) return;
  std::fprintf(stderr, "failed: %s\n", command.c_str());
  std::abort();
}

const Devices& network() {
  static const Devices devices = build();
  return devices;
}

}  // namespace sluice::test
