// A model as a golden file has it: short enough to be read and judged, without hashes, without key material.
#pragma once

#include <set>
#include <string>

#include "sluice/model.pb.h"

namespace sluice::compile {

/// kinds  what is printed: frontend, l4, sni, host, backend, endpoints, key. In the model's order.
std::string model_text(const model::v1::Model& model, const std::set<std::string>& kinds);

}  // namespace sluice::compile
