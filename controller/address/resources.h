// Addresses and the nodes that have them, as resources of the model: "vip/" and "source/".
#pragma once

#include <vector>

#include "controller/address/assign.h"
#include "controller/address/owner.h"
#include "sluice/model.pb.h"

namespace sluice::address {

/// With name and content, without hash; sorted by name. A node without sources has a resource without addresses.
std::vector<model::v1::Resource> resources(const Owners& owners,
                                           const std::map<std::string, std::vector<std::string>>& sources);

}  // namespace sluice::address
