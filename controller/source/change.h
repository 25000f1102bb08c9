// Which objects differ between two sets.
#pragma once

#include <vector>

#include "controller/api/object_set.h"

namespace sluice::source {

/// Added, changed (another pointer) and removed, sorted.
std::vector<api::ObjectRef> changed_objects(const api::ObjectSet& before, const api::ObjectSet& after);

}  // namespace sluice::source
