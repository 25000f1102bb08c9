// Which resource of a model refers to which: what both sides of it need to know.
#pragma once

#include <string_view>
#include <vector>

#include "sluice/model.pb.h"

namespace sluice::model {

/// The names that a resource refers to, in no order, repetitions possible. Views into the resource.
std::vector<std::string_view> references(const v1::Resource& resource);

}  // namespace sluice::model
