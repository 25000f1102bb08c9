// Where an instance's kernel objects are pinned: what a restart adopts and remove() ends.
//
//   /sys/fs/bpf/sluice/INSTANCE/v1/maps/NAME      every map of include/sluice/bpf/maps.h, and `journal`
//   /sys/fs/bpf/sluice/INSTANCE/v1/links/NAME     tc-DEVICE, xdp-DEVICE, egress-DEVICE, sk_lookup
#pragma once

#include <expected>
#include <string>
#include <vector>

namespace sluice::l4 {

class Pins {
 public:
  /// Only letters, digits, '-', '_' make an instance's name: it becomes a folder and part of an nftables name.
  static std::expected<Pins, std::string> of(const std::string& instance);

  /// Makes the folders. Error: bpffs is not mounted (and the command that mounts it), or not writable.
  [[nodiscard]] std::expected<void, std::string> create() const;

  [[nodiscard]] const std::string& instance() const { return instance_; }
  [[nodiscard]] std::string map(const std::string& name) const { return folder_ + "/maps/" + name; }
  [[nodiscard]] std::string link(const std::string& name) const { return folder_ + "/links/" + name; }
  [[nodiscard]] bool exists() const;
  [[nodiscard]] std::vector<std::string> links() const;  ///< names
  /// The pins of that map that other instances on this host have, in any network namespace.
  [[nodiscard]] std::vector<std::string> maps_beside(const std::string& name) const;

  /// Unpins everything, of all layout versions: links (which detaches them), then maps. Fine when there is nothing.
  [[nodiscard]] std::expected<void, std::string> remove() const;

 private:
  Pins() = default;
  std::string instance_;
  std::string top_;     ///< .../INSTANCE
  std::string folder_;  ///< .../INSTANCE/v1
};

/// Error where bpffs is not mounted.
std::expected<void, std::string> check_bpffs();

}  // namespace sluice::l4
