// Lists of a status whose items are written by several: listeners, parents, ancestors.
#pragma once

#include <boost/json/array.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/report/condition_list.h"

namespace sluice::report {

struct MergedList {
  std::vector<std::string> items;     ///< JSON of each
  bool differs = false;               ///< from what is stored
  std::vector<std::string> left_out;  ///< a line each: what found no room
};

/// Of a Gateway or ListenerSet, by name.
MergedList merge_listeners(std::optional<std::string_view> stored, const boost::json::array& wanted,
                           const MergeTime& at);

/// A list whose entries carry controllerName, and a reference under `key` ("parentRef", "ancestorRef").
struct SharedList {
  std::string_view key;
  std::size_t limit = 0;
};

MergedList merge_shared(const SharedList& list, std::optional<std::string_view> stored,
                        const boost::json::array& wanted, const MergeTime& at);

}  // namespace sluice::report
