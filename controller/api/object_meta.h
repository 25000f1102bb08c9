// metadata, which every kind has: checked in code, as an API server does (k8s.io/apimachinery/pkg/api/validation,
// ValidateObjectMeta).
#pragma once

#include <boost/json/fwd.hpp>

#include "controller/api/schema/catalog.h"
#include "controller/api/schema/error.h"

namespace sluice::api {

/// Checks the object's metadata and makes it what a folder keeps: the namespace defaulted to "default", or dropped from
/// a cluster-scoped kind; fields that an API server writes (uid, generation, creationTimestamp…) dropped.
void check_metadata(boost::json::object& object, const KindSchema& kind, SchemaErrors& errors);

}  // namespace sluice::api
