// Conditions and references as the JSON of metav1.Condition and ParentReference.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <string_view>

#include "controller/attach/graph.h"

namespace sluice::status {

/// Fields in alphabetical order, as an API server prints them.
boost::json::array to_json(const attach::Conditions& conditions, std::int64_t generation, std::string_view time);

/// As written; what was not written is left out.
boost::json::object to_json(const api::ParentReference& ref);

}  // namespace sluice::status
