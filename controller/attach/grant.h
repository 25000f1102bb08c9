// What the pools of a cluster gave the Gateways (controller/address): an input of attach, as the default addresses are
// in a folder.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "controller/api/object_set.h"

namespace sluice::attach {

struct Grant {
  std::vector<std::string> addresses;  ///< canonical text, sorted, each once
  /// Why an entry of spec.addresses got none, by its index; of a Gateway whose spec.addresses is empty, and which got
  /// none, [0].
  std::map<std::size_t, std::string> missing;
  bool operator==(const Grant&) const = default;
};

/// By Gateway; one that is not there has none, for a reason of its own.
using Grants = std::map<api::NamespacedName, Grant>;

}  // namespace sluice::attach
