// What a person should know of manifests that an API server would take: read from the status of the objects, so it is
// the same for a folder and for a running node.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <vector>

#include "controller/api/object_set.h"
#include "sluice/model.pb.h"

namespace sluice::ctl {

struct Warning {
  api::ObjectRef object;
  std::string what;  ///< names field, what is there, and what follows from it
};

enum class Asked { Folder, Node };

/// What pipeline::findings() tells of each object, and objects that nobody answers: routes that hang nowhere,
/// ListenerSets without their Gateway, policies without effect. In the order of the List. Of a folder nothing that only
/// a node can say: whether it is programmed, which addresses it gives to Gateways that name none.
std::vector<Warning> warnings_of_status(const boost::json::object& list, Asked asked);

/// Services in use without an endpoint that could serve, as the model has them. One whose pods a selector names gets
/// its endpoints from a cluster, so it is none: `objects` has the Services.
std::vector<Warning> warnings_of_model(const model::v1::Model& model, const api::ObjectSet& objects);

}  // namespace sluice::ctl
