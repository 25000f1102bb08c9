// Which Secrets and ConfigMaps attach looks into: what a source that reads no others must have (a cluster's).
#pragma once

#include <set>

#include "controller/attach/attach.h"

namespace sluice::attach {

/// Those that Gateways of ours, their ListenerSets and BackendTLSPolicies refer to, there or not; across namespaces
/// where a ReferenceGrant permits it, and no others: nobody makes us read what is not theirs to show.
std::set<api::ObjectRef> contents_of(const api::ObjectSet& objects, const AttachOptions& options);

}  // namespace sluice::attach
