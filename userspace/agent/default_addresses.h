// The addresses of Gateways that name none, as the node's own come and go (DHCP, a link that flaps): one that comes
// counts at once, one that goes is kept for a while, so that its flows outlive a link that is down for a moment.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sluice::agent {

class DefaultAddresses {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kGrace{10};

  /// held: the node's (node_addresses).
  explicit DefaultAddresses(std::vector<std::string> held);

  /// held: the node's as of `now`. True: current() is another.
  bool update(const std::vector<std::string>& held, Clock::time_point now);

  /// Sorted.
  [[nodiscard]] const std::vector<std::string>& current() const { return current_; }

  /// When the next one that is gone is to be given up, if it does not come back: call update() then.
  [[nodiscard]] std::optional<Clock::time_point> due() const;

 private:
  std::vector<std::string> current_;
  std::map<std::string, Clock::time_point> gone_;  ///< of current_: since when
};

}  // namespace sluice::agent
