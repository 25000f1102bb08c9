// How long a status waits for the nodes, so that a change is mostly told once, as it ends, and not first as it begins.
#pragma once

#include <chrono>
#include <optional>

namespace sluice::daemon {

/// Without clock. One thread.
class Patience {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kForAcks{2};   ///< after a change, for the nodes to acknowledge it
  static constexpr std::chrono::seconds kForNodes{5};  ///< after the beginning of a lead, for nodes to come back
  /// For the first of them to come, or to come back: a leader that nobody has found yet, or all have lost for a moment.
  static constexpr std::chrono::seconds kForAnyNode{30};

  /// This replica leads from now on: who is absent is not judged yet.
  void lead(Time now) {
    nodes_until_ = now + kForNodes;
    alone(now);
  }
  /// No node is connected from now on.
  void alone(Time now) { any_until_ = now + kForAnyNode; }
  /// Something was published that has not been told of; a change before it that waits goes on waiting no longer.
  void changed(Time now) {
    if (!acks_until_) acks_until_ = now + kForAcks;
  }

  /// nullopt: tell now. Else when at the latest.
  /// everywhere  all live nodes have all that was published.
  /// complete    each node that lives by its Lease is connected.
  /// owners      until when an owner of an address that is not connected may still come; nullopt: there is none such.
  [[nodiscard]] std::optional<Time> wait(Time now, bool has_nodes, bool everywhere, bool complete,
                                         std::optional<Time> owners = std::nullopt) const {
    if (nodes_until_ && now < *nodes_until_ && !(complete && (everywhere || !has_nodes))) return nodes_until_;
    if (any_until_ && now < *any_until_ && !has_nodes && !complete) return any_until_;
    if (owners && now < *owners) return owners;
    if (acks_until_ && now < *acks_until_ && has_nodes && !everywhere) return acks_until_;
    return std::nullopt;
  }
  void told() {
    nodes_until_.reset();
    any_until_.reset();
    acks_until_.reset();
  }

 private:
  std::optional<Time> nodes_until_, any_until_, acks_until_;
};

}  // namespace sluice::daemon
