// Conditions of several writers in one list (metav1.Condition; Gateway API v1.7.0, apis/v1: what implementations must
// do with status.conditions).
#pragma once

#include <boost/json/array.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::report {

/// No list of conditions of the Gateway API holds more.
inline constexpr std::size_t kMaxConditions = 8;

/// What a merge starts from beside what is stored.
struct MergeTime {
  std::int64_t generation = 0;  ///< of the object that our status was made from
  std::string_view now;         ///< RFC 3339: lastTransitionTime of what changes
};

struct MergedConditions {
  std::vector<std::string> items;     ///< JSON of each; those of others, and of ours what did not change, as stored
  bool differs = false;               ///< from what is stored
  std::vector<std::string> left_out;  ///< types of ours that find no room among others'
};

/// Ours take the place of ours by type, and go where we want none of that type any more; others' types stay, in their
/// place. A condition of ours that a later generation was written for is not touched. A condition keeps its time while
/// its status stays.
/// stored  JSON list; nullopt: none.
MergedConditions merge_conditions(std::optional<std::string_view> stored, const boost::json::array& wanted,
                                  const MergeTime& at);

/// Whether a condition of ours in the list was written for a later generation: the rest beside it was, too.
bool is_newer(std::optional<std::string_view> stored, std::int64_t generation);

}  // namespace sluice::report
