// Which fields of an object's JSON its type does not hold: what we do not act upon.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <vector>

#include "controller/api/object_set.h"

namespace sluice::api {

/// "spec.sessionAffinity", "endpoints[].hints": sorted, each once; apiVersion, kind and metadata are passed over.
template <class T>
std::vector<std::string> unread_fields(const boost::json::object& json);

}  // namespace sluice::api
