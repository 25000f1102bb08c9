// What the model says of this node among others, in a cluster.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "userspace/l4/address.h"
#include "userspace/model/store.h"

namespace sluice::l4 {

struct Placement {
  /// Addresses that another node answers for, or none: served here too, as clients whose neighbour cache is old still
  /// send to this node, but neither delivered nor announced here.
  std::set<Address> elsewhere;
  std::set<Address> own;  ///< that this node answers for
  /// What this node speaks to backends elsewhere from; empty: the model does not say.
  std::vector<Address> sources;
  bool operator==(const Placement&) const = default;
};

/// node  name of this one; empty (no cluster): nothing is elsewhere.
Placement placement_of(const model::Store& store, std::string_view node);

/// Whether a change of these resources can change a placement.
bool concerns_placement(const std::set<std::string>& changed);

}  // namespace sluice::l4
