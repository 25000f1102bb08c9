#include <bpf/bpf.h>

#include <algorithm>

#include "sluice/bpf/device.h"
#include "userspace/l4/datapath_state.h"
#include "userspace/l4/network_edit.h"
#include "userspace/l4/shared_memory.h"

namespace sluice::l4 {

std::uint32_t Datapath::State::least_mtu() const {
  std::uint32_t least = 65535;
  for (const auto& device : devices) least = std::min(least, device.mtu);
  return devices.empty() ? 1500 : least;
}

void Datapath::State::write_device(int index, std::uint32_t flags) {
  const auto key = static_cast<std::uint32_t>(index);
  const device value{flags, 0};
  if (flags == 0) {
    (void)bpf_map_delete_elem(parts.programs.map("devices"), &key);
  } else {
    (void)bpf_map_update_elem(parts.programs.map("devices"), &key, &value, BPF_ANY);
  }
}

/// Replies that the host forwards, and the kernel's FIB as programs ask it, heed the setting of the device that a
/// packet came in by.
std::expected<void, std::string> Datapath::State::forward_from(const Link& link) {
  return require_sysctl(parts.journal, {"net/ipv4/conf/{}/forwarding", link.name}, "1",
                        "the kernel gives next hops only for packets from forwarding devices");
}

std::expected<void, std::string> Datapath::State::attach_devices(std::span<const std::string> names) {
  auto chosen = choose_devices(parts.network, names, parts.options.datapath);
  if (!chosen) return std::unexpected(chosen.error());
  devices = std::move(*chosen);
  forwarding_problem.clear();
  bool redirects = false;
  std::expected<void, std::string> result;
  for (auto& device : devices) {
    const auto* link = parts.network.link(device.index);
    if (auto forwarded = forward_from(*link); !forwarded) forwarding_problem = forwarded.error();
    // Where XDP is forced, redirects are too: the receiving ends must have NAPI (docs/operations/datapath.md).
    const bool target = device.xdp && (device.required || xdp_features(device.index).redirect_target);
    write_device(device.index, target ? std::uint32_t{DEVICE_XDP} : 0U);
    redirects |= target;
    const auto held = attachment.devices().find(device.name);
    if (held != attachment.devices().end() && held->second.index == device.index) continue;
    if (auto attached = attachment.attach(device); !attached && result) {
      result = std::unexpected(device.name + ": " + attached.error());
    }
  }
  auto& flags = parts.programs.settings().flags;
  publish(flags, redirects ? flags | CONFIG_XDP_REDIRECT : flags & ~std::uint32_t{CONFIG_XDP_REDIRECT});
  return result;
}

/// Of --device, what is there now; what is not says so in device_problem.
std::vector<std::string> Datapath::State::named_devices() {
  std::vector<std::string> there;
  for (const auto& name : parts.options.devices) {
    if (parts.network.link(name) != nullptr) {
      there.push_back(name);
    } else if (device_problem.empty()) {
      device_problem = "--device " + name + ": there is no such device";
    }
  }
  return there;
}

/// Links and addresses have changed. What cannot be attached now is tried again at the next change; ready() says so.
void Datapath::State::follow_devices() {
  std::vector<std::string> gone;
  for (const auto& [name, attached] : attachment.devices()) {
    const auto* link = parts.network.link(name);
    if (link == nullptr || link->index != attached.index) gone.push_back(name);
  }
  for (const auto& name : gone) attachment.detach(name);
  device_problem.clear();
  const auto names = named_devices();
  if (names.empty() && !parts.options.devices.empty()) {
    devices.clear();
  } else if (auto attached = attach_devices(names); !attached) {
    device_problem = attached.error();
  }
  for (const auto& [name, attached] : std::map(attachment.devices())) {
    const bool wanted = std::ranges::any_of(devices, [&](const Device& device) { return device.name == name; });
    if (!wanted) attachment.detach(name);
  }
  if (pods) (void)raise_link(parts.network.netlink(), pods->index, least_mtu());
}

std::expected<PodDevice, std::string> Datapath::State::pod_device() {
  if (pods) return *pods;
  auto made = make_pod_device(parts.network, parts.pins.instance(), least_mtu());
  if (!made) return std::unexpected(made.error());
  const auto* link = parts.network.link(made->index);
  if (link == nullptr) return std::unexpected(made->name + " has just gone");
  if (auto forwarded = forward_from(*link); !forwarded) return std::unexpected(forwarded.error());
  if (auto attached = attachment.attach_egress(made->index, made->name); !attached) {
    return std::unexpected(made->name + ": " + attached.error());
  }
  pods = *made;
  return *pods;
}

}  // namespace sluice::l4
