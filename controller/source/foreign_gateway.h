// Gateways of a folder that are for another controller.
#pragma once

#include <vector>

#include "controller/source/result.h"

namespace sluice::source {

/// A notice for each Gateway whose class is neither built in nor of our controllerName: it is skipped.
std::vector<Notice> notices_of_foreign_gateways(const api::ObjectSet& objects);

}  // namespace sluice::source
