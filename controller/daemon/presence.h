// Which nodes have been out of a leader's hearing for so long that others are to answer for their addresses.
#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace sluice::daemon {

/// Without clock. One thread.
class Presence {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Names = std::set<std::string>;
  /// After the beginning of a lead, for nodes to find the leader: their Service may go on naming a dead one for 40 s,
  /// and is met by chance.
  static constexpr std::chrono::seconds kAfterLead{30};
  /// After a node's stream was found to be down, which takes 5 s itself.
  static constexpr std::chrono::seconds kAfterLoss{10};
  /// And then for the others to be given its addresses, before it is said that nobody answers for them.
  static constexpr std::chrono::seconds kForOthers{1};

  /// This replica leads from now on: nobody has been heard.
  void lead(Time now) {
    began_ = now;
    connected_.clear();
    lost_.clear();
  }

  /// Who is connected now.
  void heard(Names connected, Time now) {
    for (const auto& node : connected_) {
      if (!connected.contains(node)) lost_[node] = now;
    }
    connected_ = std::move(connected);
    for (const auto& node : connected_) lost_.erase(node);
  }

  [[nodiscard]] const Names& connected() const { return connected_; }

  /// Since when it has been out of hearing for long enough, or will have been; nullopt: it is connected.
  [[nodiscard]] std::optional<Time> absent_from(const std::string& node) const {
    if (connected_.contains(node)) return std::nullopt;
    const auto lost = lost_.find(node);
    const Time since_lead = began_ + kAfterLead;
    return lost == lost_.end() ? since_lead : std::max(since_lead, lost->second + kAfterLoss);
  }

 private:
  Time began_{};
  Names connected_;
  std::map<std::string, Time> lost_;
};

}  // namespace sluice::daemon
