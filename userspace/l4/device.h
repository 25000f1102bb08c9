// Which devices carry VIP traffic, and by which hooks: --device, --datapath.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "userspace/l4/network.h"

namespace sluice::l4 {

/// What a device's driver does with XDP, as the netdev family says (Linux 6.3); unknown before.
enum class XdpSupport : std::uint8_t { kUnknown, kNone, kNative };

struct XdpFeatures {
  XdpSupport support = XdpSupport::kUnknown;
  bool redirect_target = false;  ///< takes XDP_REDIRECT (ndo_xdp_xmit is on)
};

XdpFeatures xdp_features(int index);

/// A device that the datapath attaches to.
struct Device {
  int index = 0;
  std::string name;
  std::uint32_t mtu = 0;
  bool xdp = false;       ///< in addition to TC
  bool required = false;  ///< XDP was asked for: without it the start fails; else TC alone serves
  std::string why;        ///< for people: "tc and xdp (native)", "tc (veth: XDP would turn its peer's TSO off)"
};

/// The devices of `names`, or with none every Ethernet device with a global address; XDP as `datapath` says (auto, tc,
/// xdp). Error: a name that is no Ethernet device here, or none at all, and what would do.
std::expected<std::vector<Device>, std::string> choose_devices(const Network& network,
                                                               std::span<const std::string> names,
                                                               const std::string& datapath);

/// A bridge whose ports are all virtual: its neighbours are pods or guests of this node, which route back through it.
bool is_pod_bridge(const Network& network, int index);

}  // namespace sluice::l4
