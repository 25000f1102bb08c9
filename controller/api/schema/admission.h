// What an API server does to an object before it stores it: unknown fields refused, nulls dropped, defaults filled in,
// types, limits and rules checked.
#pragma once

#include <boost/json/fwd.hpp>
#include <vector>

#include "controller/api/schema/catalog.h"
#include "controller/api/schema/error.h"

namespace sluice::api {

/// Defaults and validates an object of the kind, whole: apiVersion, kind, metadata, spec…; `status`, and those fields
/// of metadata that an API server writes, are dropped. Pure but for object, which is of use only without errors.
std::vector<SchemaError> admit(boost::json::object& object, const KindSchema& kind, const VersionSchema& version);

/// The rules on change (oldSelf) alone: object would replace old. Both have been admitted.
std::vector<SchemaError> check_transition(const boost::json::object& object, const boost::json::object& old,
                                          const VersionSchema& version);

/// Fills in the defaults of another version of the kind: an object that was admitted in one version is read in another.
void convert(boost::json::object& object, const VersionSchema& to);

}  // namespace sluice::api
