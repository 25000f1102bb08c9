// What a status tells its reader to look at: conditions that say that something is not in force, or not as it was
// meant.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "controller/api/meta.h"

namespace sluice::pipeline {

struct Finding {
  api::ObjectRef object;
  std::string part;  ///< "listener https", "parent Gateway edge"; empty: the object as a whole
  std::string type;
  std::string reason;
  std::string message;
  auto operator<=>(const Finding&) const = default;
};

/// Accepted, Programmed and ResolvedRefs that are False; Conflicted, PartiallyInvalid and their like that are True.
/// status: as status::status_of makes it. In the order of the status.
std::vector<Finding> findings(const api::ObjectRef& object, const boost::json::object& status);

/// "HTTPRoute shop/cart, parent Gateway edge: ResolvedRefs: BackendNotFound: Service shop/pay is not there"
std::string to_string(const Finding& finding);

}  // namespace sluice::pipeline
