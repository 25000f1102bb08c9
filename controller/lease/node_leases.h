// Which nodes live, by their Leases: read from the API server each second, on a thread of its own.
//
// A node lives while its Lease is renewed, as we see it by our own clock: one whose renewals stay out for its
// leaseDuration does not, nor does one whose Lease has been given up. Time in which we could not read the Leases counts
// for nobody: an API server that was away has stopped no node. A node seen for the first time lives until its Lease
// proves stale; so at the beginning nothing is known until each Lease has been renewed before our eyes, or has run out.
//
// Lists and no watch: each node renews each 1.5 s, so a watch would bring more, and a list that fails is known at once
// as time that must not count.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "controller/lease/node_lease.h"
#include "controller/source/kubernetes/cluster.h"

namespace sluice::lease {

struct NodeLife {
  bool is_live = false;
  bool is_renewed = false;   ///< we have seen that it was
  bool is_given_up = false;  ///< its Lease is: its daemon ends
  Holdings holdings;         ///< of a node that does not live, too: what it may still have
  bool operator==(const NodeLife&) const = default;
};

struct NodeLives {
  bool is_known = false;                  ///< of each Lease of the beginning it is known whether it is renewed
  std::map<std::string, NodeLife> nodes;  ///< by name of the node; one a Lease that is there
  std::string problem;                    ///< why they could not be read just now; empty: they could
  bool operator==(const NodeLives&) const = default;
};

/// All functions belong to one thread, the owner's.
class NodeLeases {
 public:
  NodeLeases(const kubernetes::Cluster& cluster, std::string namespace_,
             std::chrono::milliseconds period = std::chrono::milliseconds(1'000));
  ~NodeLeases();
  NodeLeases(const NodeLeases&) = delete;
  NodeLeases& operator=(const NodeLeases&) = delete;

  /// Readable when take() has something else than last time; owned by this object.
  [[nodiscard]] int fd() const;
  NodeLives take();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sluice::lease
