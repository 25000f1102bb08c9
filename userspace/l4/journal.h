// What an instance has changed on its host and must put back: kept beside the maps, in a pinned map of its own, so that
// it survives the daemon (kill -9) and ends with the instance (remove). No file, no state directory.
#pragma once

#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "userspace/l4/netlink.h"

namespace sluice::l4 {

/// name -> value, both short texts: "sysctl net.ipv4.conf.eth0.forwarding" -> "0".
class Journal {
 public:
  static constexpr std::size_t kNameBytes = 96;
  static constexpr std::size_t kValueBytes = 64;

  /// Pins of the journals of other instances, whatever network namespace they run in.
  using Beside = std::function<std::vector<std::string>()>;

  /// Opens the pin or makes it.
  static std::expected<Journal, std::string> open(const std::string& pin, Beside beside = {});

  /// Notes that the instance runs in the calling thread's network namespace. Error: it is known to run in another.
  std::expected<void, std::string> claim_namespace();

  /// The journals of the other instances in the same network namespace, as of now. Empty before claim_namespace().
  [[nodiscard]] std::vector<Journal> beside() const;

  /// nullopt where there is no such entry.
  [[nodiscard]] std::optional<std::string> find(std::string_view name) const;

  /// Error: too long, or the map is full.
  std::expected<void, std::string> put(std::string_view name, std::string_view value);
  void erase(std::string_view name);

  /// The entries whose names start with `prefix`, without it.
  [[nodiscard]] std::map<std::string, std::string> entries(std::string_view prefix) const;

 private:
  Journal(Fd map, Beside beside) : map_(std::move(map)), beside_(std::move(beside)) {}
  Fd map_;
  Beside beside_;
};

}  // namespace sluice::l4
