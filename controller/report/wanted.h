// A status of ours as it is kept until it is written.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>

namespace sluice::report {

struct Wanted {
  /// JSON without times, which the merge decides: what is wanted again is the same text. nullopt: no status of ours.
  std::optional<std::string> text;
  std::int64_t generation = 0;  ///< of the object that it was made from; 0: it does not say
  bool operator==(const Wanted&) const = default;
};

/// status  as status::status_of makes it: all of its conditions carry one generation.
Wanted wanted_of(const boost::json::object& status);

}  // namespace sluice::report
