// Label selectors (Kubernetes meta/v1 LabelSelector): all of its parts must hold; an empty one selects everything.
#pragma once

#include "controller/api/meta.h"

namespace sluice::attach {

bool selects(const api::LabelSelector& selector, const std::map<std::string, std::string>& labels);

}  // namespace sluice::attach
