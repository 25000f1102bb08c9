// What a YAML tree means as JSON, as `kubectl apply` reads it (go-yaml's rules for plain scalars: YAML 1.1 booleans and
// YAML 1.2 numbers), and where a field of it stands in the text.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <vector>

#include "controller/api/field_path.h"
#include "controller/source/yaml.h"

namespace sluice::source {

/// A defect of the text itself, such as a key that is given twice.
struct ValueError {
  unsigned line = 0;
  api::FieldPath field;
  std::string what;
};

/// Text counts against the budget of values too, since an alias may name a long one.
inline constexpr std::size_t kBytesAValue = 32;

/// The node's value. Merge keys (<<) are followed. errors gets what is wrong; the value is then not to be used.
/// budget  values that may still be made, aliases followed: one a node and one for each kBytesAValue of its text. It is
///         counted down, and running out is an error.
boost::json::value to_value(const YamlNode& node, std::size_t& budget, std::vector<ValueError>& errors);

/// The line of a field below the root, or of the nearest field above it that is there.
unsigned line_of(const YamlNode& root, const api::FieldPath& field);

}  // namespace sluice::source
