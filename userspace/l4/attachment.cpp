#include "userspace/l4/attachment.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/pkt_cls.h>
#include <net/if.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "userspace/l4/shared_xdp.h"

namespace sluice::l4 {
namespace {

// Of Linux 6.6; libbpf 1.1 and Debian 12's headers do not know them.
constexpr std::uint32_t kTcxIngress = 46;
constexpr std::uint32_t kTcxEgress = 47;

// Ours among a device's clsact filters.
constexpr std::uint32_t kFilterHandle = 0x736c;
constexpr std::uint32_t kFilterPriority = 0x53;

/// BPF_LINK_CREATE as the kernel has it, beyond what libbpf 1.1 can say.
struct LinkCreate {
  std::uint32_t program;
  std::uint32_t target;
  std::uint32_t attach_type;
  std::uint32_t flags;
  std::uint32_t relative;
  std::uint32_t pad;
  std::uint64_t expected_revision;
};

int create_link(int program, int target, std::uint32_t attach_type, std::uint32_t flags = 0) {
  LinkCreate request{
      static_cast<std::uint32_t>(program), static_cast<std::uint32_t>(target), attach_type, flags, 0, 0, 0};
  return static_cast<int>(::syscall(SYS_bpf, BPF_LINK_CREATE, &request, sizeof(request)));
}

struct LinkState {
  std::uint32_t type = 0;
  std::uint32_t index = 0;
};

LinkState state_of(int link) {
  bpf_link_info info{};
  std::uint32_t size = sizeof(info);
  if (bpf_obj_get_info_by_fd(link, &info, &size) != 0) return {};
  // The first word of the union is the device for XDP and tcx alike.
  return {info.type, info.xdp.ifindex};
}

std::unexpected<std::string> failed(const std::string& what, int code = errno) {
  return std::unexpected(what + ": " + std::strerror(code));
}

/// Gives a pinned link that is still on `index` another program. False: there is none; a dead one is unpinned.
std::expected<bool, std::string> take_over(const std::string& pin, int program, int index) {
  const Fd link(bpf_obj_get(pin.c_str()));
  if (!link.valid()) return false;
  if (index != 0 && state_of(link.get()).index != static_cast<std::uint32_t>(index)) {
    (void)::unlink(pin.c_str());
    return false;
  }
  if (bpf_link_update(link.get(), program, nullptr) != 0) return failed(pin + ": replacing the program");
  return true;
}

std::expected<void, std::string> pin_link(int link, const std::string& pin) {
  if (bpf_obj_pin(link, pin.c_str()) != 0) return failed(pin);
  return {};
}

std::expected<void, std::string> attach_clsact(int index, int program, TcDirection direction) {
  LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = index,
              .attach_point = direction == TcDirection::kIngress ? BPF_TC_INGRESS : BPF_TC_EGRESS);
  const int made = bpf_tc_hook_create(&hook);
  if (made != 0 && made != -EEXIST) return failed("clsact", -made);
  LIBBPF_OPTS(bpf_tc_opts, options, .prog_fd = program, .flags = BPF_TC_F_REPLACE, .handle = kFilterHandle,
              .priority = kFilterPriority);
  if (const int code = bpf_tc_attach(&hook, &options); code != 0) return failed("clsact filter", -code);
  return {};
}

/// Detaches a pinned link at once: without its pin alone it would be attached for a while yet.
void release(const std::string& pin) {
  const Fd link(bpf_obj_get(pin.c_str()));
  if (!link.valid()) return;
  (void)bpf_link_detach(link.get());
  (void)::unlink(pin.c_str());
}

}  // namespace

std::string pin_name(const char* hook, const std::string& device) {
  std::string name = std::string(hook) + "-" + device;
  std::ranges::replace(name, '.', ',');
  return name;
}

bool has_tcx(int program) {
  // No such device: a kernel with tcx says ENODEV, one without says EINVAL to the attach type.
  const int link = create_link(program, 0x7fffffff, kTcxIngress);
  const int code = errno;
  if (link >= 0) (void)::close(link);
  return link >= 0 || code == ENODEV;
}

void end_sharing(Journal& journal, const std::string& device) {
  const std::string name = "hook " + device;
  const auto how = journal.find(name);
  if (!how || !how->contains("shared")) return;
  if (const auto index = ::if_nametoindex(device.c_str()); index != 0) {
    (void)detach_shared_xdp(static_cast<int>(index));
  }
  if (how->contains("clsact")) {
    (void)journal.put(name, "clsact ");
  } else {
    journal.erase(name);
  }
}

std::expected<std::string, std::string> Attachment::attach_tc(int index, const std::string& pin, const char* program,
                                                              TcDirection direction) {
  const int fd = programs_.program(program);
  const auto held = take_over(pins_.link(pin), fd, index);
  if (!held) return std::unexpected(held.error());
  if (*held) return "tcx";
  if (!has_tcx(fd)) {
    if (auto attached = attach_clsact(index, fd, direction); !attached) return std::unexpected(attached.error());
    return "clsact";
  }
  const Fd link(create_link(fd, index, direction == TcDirection::kIngress ? kTcxIngress : kTcxEgress));
  if (!link.valid()) return failed(pin);
  if (auto pinned = pin_link(link.get(), pins_.link(pin)); !pinned) return std::unexpected(pinned.error());
  return "tcx";
}

std::expected<std::string, std::string> Attachment::attach_xdp(const Device& device) {
  if (auto served = programs_.serve(Hook::kXdp); !served) return std::unexpected(served.error());
  const int fd = programs_.program("sluice_xdp_entry");
  const std::string pin = pins_.link(pin_name("xdp", device.name));
  if (shared_xdp_) {
    release(pin);  // of an earlier process that had the device for itself
    if (auto attached = attach_shared_xdp(device.index, fd); !attached) return std::unexpected(attached.error());
    return "shared";
  }
  const auto held = take_over(pin, fd, device.index);
  if (!held) return std::unexpected(held.error());
  if (*held) return "native";
  const Fd link(create_link(fd, device.index, BPF_XDP, XDP_FLAGS_DRV_MODE));
  if (!link.valid() && errno == EBUSY) {
    return std::unexpected(device.name + " has an XDP program already: --xdp shared, or detach it");
  }
  if (!link.valid()) return failed(device.name + ": native XDP");
  if (auto pinned = pin_link(link.get(), pin); !pinned) return std::unexpected(pinned.error());
  return "native";
}

std::expected<void, std::string> Attachment::attach(Device& device) {
  if (!device.xdp) end_sharing(journal_, device.name);
  const std::string pin = pin_name("tc", device.name);
  const auto tc = attach_tc(device.index, pin, "sluice_tc_entry", TcDirection::kIngress);
  if (!tc) return std::unexpected(tc.error());
  Attached attached{device.index, device.name, *tc, {}};
  if (*tc == "tcx") links_[pin] = device.index;
  if (device.xdp) {
    const auto xdp = attach_xdp(device);
    if (!xdp && device.required) return std::unexpected(xdp.error());
    if (xdp) {
      attached.xdp = *xdp;
      if (*xdp == "native") links_[pin_name("xdp", device.name)] = device.index;
    } else {
      device.xdp = false;
      device.why = "tc (" + xdp.error() + ")";
    }
  }
  if (attached.tc == "clsact" || attached.xdp == "shared") {
    (void)journal_.put("hook " + device.name, attached.tc + " " + attached.xdp);
  }
  devices_[device.name] = attached;
  return {};
}

std::expected<void, std::string> Attachment::attach_egress(int index, const std::string& name) {
  const std::string pin = pin_name("egress", name);
  if (auto served = programs_.serve(Hook::kEgress); !served) return served;
  const auto attached = attach_tc(index, pin, "sluice_tc_egress_entry", TcDirection::kEgress);
  if (!attached) return std::unexpected(attached.error());
  if (*attached == "tcx") links_[pin] = index;
  return {};
}

std::expected<void, std::string> Attachment::attach_sk_lookup() {
  const std::string pin = pins_.link("sk_lookup");
  const int fd = programs_.program("sluice_sk_lookup");
  links_["sk_lookup"] = 0;
  const auto held = take_over(pin, fd, 0);
  if (!held) return std::unexpected(held.error());
  if (*held) return {};
  const Fd netns(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
  const Fd link(create_link(fd, netns.get(), BPF_SK_LOOKUP));
  if (!link.valid()) return failed("sk_lookup");
  return pin_link(link.get(), pin);
}

void Attachment::detach(const std::string& device) {
  for (const auto* hook : {"tc", "xdp", "egress"}) {
    const std::string pin = pin_name(hook, device);
    if (links_.erase(pin) > 0) (void)::unlink(pins_.link(pin).c_str());
  }
  if (const auto found = devices_.find(device); found != devices_.end()) {
    if (found->second.xdp == "shared") (void)detach_shared_xdp(found->second.index);
    if (found->second.tc == "clsact") remove_clsact_filters({found->second.index});
    devices_.erase(found);
  }
}

void Attachment::drop_others() {
  for (const auto& name : pins_.links()) {
    if (!links_.contains(name)) (void)::unlink(pins_.link(name).c_str());
  }
  for (const auto& [device, how] : journal_.entries("hook ")) {
    if (!devices_.contains(device)) end_sharing(journal_, device);
  }
}

std::expected<void, std::string> Attachment::check() const {
  for (const auto& [name, index] : links_) {
    const Fd link(bpf_obj_get(pins_.link(name).c_str()));
    if (!link.valid()) return failed(pins_.link(name));
    if (index != 0 && state_of(link.get()).index != static_cast<std::uint32_t>(index)) {
      return std::unexpected(name + ": its device is gone");
    }
  }
  return {};
}

void remove_clsact_filters(const std::vector<int>& devices) {
  for (const int index : devices) {
    for (const auto point : {BPF_TC_INGRESS, BPF_TC_EGRESS}) {
      LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = index, .attach_point = point);
      LIBBPF_OPTS(bpf_tc_opts, options, .handle = kFilterHandle, .priority = kFilterPriority);
      (void)bpf_tc_detach(&hook, &options);
    }
  }
}

}  // namespace sluice::l4
