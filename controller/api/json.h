// Typed objects from and to JSON, generically (Boost.Describe): member backend_refs is field backendRefs.
#pragma once

#include <boost/json/fwd.hpp>
#include <expected>
#include <string>

#include "controller/api/object_set.h"

namespace sluice::api {

/// A value of a type that the member cannot hold; the schemas make this impossible for what they have validated.
struct JsonError {
  std::string field;  ///< "spec.rules[0].weight"
  std::string what;
};

/// Reads an object of one of the kinds of ObjectSet. Unknown fields are passed over, absent and null ones keep their
/// defaults. A number where text is meant (int-or-string) is read as its text. Secret: data is decoded from base64 and
/// stringData merged over it.
template <class T>
std::expected<T, JsonError> from_json(const boost::json::object& json);

/// The object with apiVersion and kind, as an API server would print it; what is absent or empty is left out.
/// Secret: names of data only, each value is "REDACTED".
template <class T>
boost::json::object to_json(const T& object);

}  // namespace sluice::api
