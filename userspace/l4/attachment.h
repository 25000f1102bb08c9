// Attaching entry programs to hooks, by links that are pinned: they outlive the daemon and are taken over by the next.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <string>
#include <vector>

#include "userspace/l4/device.h"
#include "userspace/l4/journal.h"
#include "userspace/l4/netlink.h"
#include "userspace/l4/pins.h"
#include "userspace/l4/programs.h"

namespace sluice::l4 {

enum class TcDirection : std::uint8_t { kIngress, kEgress };

/// How a device's packets reach the datapath.
struct Attached {
  int index = 0;
  std::string device;
  std::string tc;   ///< "tcx" or "clsact"
  std::string xdp;  ///< "native", "generic", "shared", or "": none
};

/// Whether the kernel has tcx links (6.6).
bool has_tcx(int program);

/// The hooks of one instance.
class Attachment {
 public:
  Attachment(const Pins& pins, Programs& programs, Journal& journal, bool shared_xdp)
      : pins_(pins), programs_(programs), journal_(journal), shared_xdp_(shared_xdp) {}

  /// TC ingress, and XDP where the device says so; a hook's slot is filled before. A pinned link that is there already
  /// gets the program of this object in place (nothing is lost); one whose device is gone is made anew. Error: the
  /// kernel's. XDP that was not required and fails leaves TC alone, and says so in `device.why`.
  std::expected<void, std::string> attach(Device& device);

  /// TC egress of the pods' device.
  std::expected<void, std::string> attach_egress(int index, const std::string& name);

  /// sk_lookup in this network namespace.
  std::expected<void, std::string> attach_sk_lookup();

  /// Forgets a device that is gone or not ours to serve any more.
  void detach(const std::string& device);

  /// What an earlier process attached to devices that are not attached now is dropped.
  void drop_others();

  [[nodiscard]] const std::map<std::string, Attached>& devices() const { return devices_; }

  /// All links are still attached to the devices that they were made for.
  [[nodiscard]] std::expected<void, std::string> check() const;

 private:
  std::expected<std::string, std::string> attach_tc(int index, const std::string& pin, const char* program,
                                                    TcDirection direction);
  std::expected<std::string, std::string> attach_xdp(const Device& device);

  const Pins& pins_;
  Programs& programs_;
  Journal& journal_;  ///< "hook DEVICE" -> what does not end with a pin: clsact, shared
  bool shared_xdp_;
  std::map<std::string, Attached> devices_;
  std::map<std::string, int> links_;  ///< pinned name -> ifindex (0: none)
};

/// Takes clsact filters of ours off every device (kernels without tcx keep them beyond the pins).
void remove_clsact_filters(const std::vector<int>& devices);

/// Takes off a device what a process of this instance attached by libxdp, and notes it. Needs what sharing needs.
void end_sharing(Journal& journal, const std::string& device);

/// The name of a pin for a device: bpffs takes no dots.
std::string pin_name(const char* hook, const std::string& device);

}  // namespace sluice::l4
