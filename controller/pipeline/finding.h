// What a status tells its reader to look at: conditions that say that something is not in force, or not as it was
// meant.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>
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

/// Conditions that tells() picks, of the object and of its parts; where several say the same (a listener in conflict is
/// not accepted and not programmed), one of them, the cause. status: as status::status_of makes it. In the order of the
/// status.
std::vector<Finding> findings(const api::ObjectRef& object, const boost::json::object& status);

/// Whether a condition of that type and status is one to look at: positive ones that are False, negative ones that are
/// True. Unknown says nothing yet; nor does a condition of another's.
bool tells(std::string_view type, std::string_view status);

/// "parent Gateway edge: ResolvedRefs: BackendNotFound: Service shop/pay is not there"
std::string what_of(const Finding& finding);

/// "HTTPRoute shop/cart, parent Gateway edge: ResolvedRefs: BackendNotFound: Service shop/pay is not there"
std::string to_string(const Finding& finding);

}  // namespace sluice::pipeline
