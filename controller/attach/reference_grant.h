// ReferenceGrants (GEP-709): the owner of a namespace allows references into it.
#pragma once

#include <string_view>

#include "controller/api/object_set.h"

namespace sluice::attach {

/// What is referred to. group "" is the core group.
struct Referent {
  std::string_view group;
  std::string_view kind;
  std::string_view namespace_;
  std::string_view name;
};

/// Whether `referrer` (of gateway.networking.k8s.io) may refer to `referent`: always inside its own namespace, else by
/// a ReferenceGrant there. Asked before the referent is looked for, so that the answer tells nothing about it.
bool permitted(const api::ObjectSet& objects, const api::ObjectRef& referrer, const Referent& referent);

}  // namespace sluice::attach
