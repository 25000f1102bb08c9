// A folder does not say which addresses Gateways without any will have: they may be the one that is asked for.
#pragma once

#include <string>
#include <vector>

#include "userspace/model/store.h"

namespace sluice::ctl {

/// The store as if those of the frontends that have no address had this one (network byte order, 4 or 16 octets).
model::Store placed(model::Store store, const std::vector<std::string>& frontends, const std::string& ip);

}  // namespace sluice::ctl
