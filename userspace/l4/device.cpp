#include "userspace/l4/device.h"

#include <linux/genetlink.h>

#include <algorithm>
#include <cstring>

#include "userspace/l4/pod_device.h"

namespace sluice::l4 {
namespace {

// From linux/netdev.h of 6.3, which Debian 12's headers do not have yet.
constexpr int kDevGet = 1;
constexpr int kDevIfindex = 1;
constexpr int kDevXdpFeatures = 3;
constexpr std::uint64_t kFeatureBasic = 1;
constexpr std::uint64_t kFeatureRedirectTarget = 4;

std::optional<std::uint16_t> netdev_family(Netlink& netlink) {
  genlmsghdr head{};
  head.cmd = CTRL_CMD_GETFAMILY;
  head.version = 1;
  NetlinkRequest request(GENL_ID_CTRL, 0, head);
  request.add(CTRL_ATTR_FAMILY_NAME, "netdev");
  std::optional<std::uint16_t> family;
  (void)netlink.query(std::move(request), [&](const NetlinkMessage& message) {
    const auto id = message.attributes<genlmsghdr>().find(CTRL_ATTR_FAMILY_ID);
    if (!id || id->size() < sizeof(std::uint16_t)) return;
    std::memcpy(&family.emplace(), id->data(), sizeof(std::uint16_t));
  });
  return family;
}

bool carries_traffic(const Network& network, const Link& link) {
  if (!link.ethernet || link.loopback || is_pod_device(link)) return false;
  return std::ranges::any_of(network.addresses(), [&](const InterfaceAddress& entry) {
    return entry.index == link.index && entry.global && !entry.address.is_link_local();
  });
}

Device describe(const Link& link, const std::string& datapath) {
  Device device{link.index, link.name, link.mtu, false, datapath == "xdp", {}};
  if (datapath == "tc") {
    device.why = "tc (as asked)";
  } else if (datapath == "xdp") {
    device.xdp = true;
    device.why = "tc and xdp (as asked)";
  } else if (!link.physical()) {
    device.why = "tc (" + link.kind + " is no physical device: XDP gains nothing there)";
  } else {
    device.xdp = xdp_features(link.index).support != XdpSupport::kNone;
    device.why = device.xdp ? "tc and xdp (native)" : "tc (its driver has no native XDP)";
  }
  return device;
}

}  // namespace

XdpFeatures xdp_features(int index) {
  XdpFeatures features;
  auto netlink = Netlink::open(NETLINK_GENERIC);
  const auto family = netlink ? netdev_family(*netlink) : std::nullopt;
  if (!family) return features;
  genlmsghdr head{};
  head.cmd = kDevGet;
  NetlinkRequest request(*family, 0, head);
  request.add_number(kDevIfindex, static_cast<std::uint32_t>(index));
  (void)netlink->query(std::move(request), [&](const NetlinkMessage& message) {
    const auto value = message.attributes<genlmsghdr>().find(kDevXdpFeatures);
    std::uint64_t bits = 0;
    if (!value || value->size() < sizeof(bits)) return;
    std::memcpy(&bits, value->data(), sizeof(bits));
    features.support = (bits & kFeatureBasic) != 0 ? XdpSupport::kNative : XdpSupport::kNone;
    features.redirect_target = (bits & kFeatureRedirectTarget) != 0;
  });
  return features;
}

std::expected<std::vector<Device>, std::string> choose_devices(const Network& network,
                                                               std::span<const std::string> names,
                                                               const std::string& datapath) {
  std::vector<Device> devices;
  for (const auto& name : names) {
    const auto* link = network.link(name);
    if (link == nullptr) return std::unexpected("--device " + name + ": there is no such device");
    if (!link->ethernet) return std::unexpected("--device " + name + ": is no Ethernet device");
    if (std::ranges::find(devices, link->index, &Device::index) != devices.end()) continue;
    devices.push_back(describe(*link, datapath));
  }
  if (!names.empty()) return devices;
  for (const auto& [index, link] : network.links()) {
    if (carries_traffic(network, link)) devices.push_back(describe(link, datapath));
  }
  if (devices.empty()) return std::unexpected("no Ethernet device has a global address: name one by --device");
  return devices;
}

bool is_pod_bridge(const Network& network, int index) {
  const auto* bridge = network.link(index);
  if (bridge == nullptr || bridge->kind != "bridge") return false;
  return std::ranges::none_of(network.links(), [&](const auto& entry) {
    const auto& kind = entry.second.kind;
    return entry.second.controller == index && kind != "veth" && kind != "tun" && kind != "tap";
  });
}

}  // namespace sluice::l4
