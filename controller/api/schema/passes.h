// The passes of admission, in their order. Each takes a value of a node and the place where it stands.
#pragma once

#include <boost/json/value.hpp>
#include <cstddef>

#include "controller/api/schema/error.h"
#include "controller/api/schema/node.h"

namespace sluice::api {

/// What all rules of one object may cost together (k8s.io/apiextensions-apiserver, RuntimeCELCostBudget).
inline constexpr std::size_t kObjectRuleCost = 10'000'000;

/// Refuses unknown fields, drops nulls that a field may not hold, makes 80.0 an integer where one is meant, and fills
/// in defaults.
void take_in(const SchemaNode& node, boost::json::value& value, const Place& place, SchemaErrors& errors);

/// Types, enums, patterns, limits, formats, required fields, alternatives.
void validate(const SchemaNode& node, const boost::json::value& value, const Place& place, SchemaErrors& errors);

/// Lists of type set and map have no two items alike.
void check_unique(const SchemaNode& node, const boost::json::value& value, const Place& place, SchemaErrors& errors);

/// Rules of the value and of all below it. old is what the value replaces, null where nothing: with it only the
/// transition rules are evaluated, without it all others.
void check_rules(const SchemaNode& node, const boost::json::value& value, const boost::json::value* old,
                 const Place& place, SchemaErrors& errors, std::size_t& budget);

/// Whether text is in an OpenAPI format: date-time, ipv4, ipv6, byte; formats that are not known fit.
bool fits_format(std::string_view format, std::string_view text);

}  // namespace sluice::api
