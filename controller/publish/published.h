// A resource as the nodes are sent it: serialised once, shared by all sessions.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sluice/model.pb.h"

namespace sluice::publish {

struct Published {
  std::string name;
  std::string hash;
  std::string bytes;                    ///< sluice.model.v1.Resource
  std::vector<std::string> references;  ///< what comes along to a node; of a frontend the vip/ of its addresses, too
};
/// Immutable.
using PublishedPtr = std::shared_ptr<const Published>;

PublishedPtr published(const model::v1::Resource& resource);

}  // namespace sluice::publish
