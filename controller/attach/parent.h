// A route and one parent that it names: which listeners it hangs on, with which hostnames, or why on none (Gateway API
// v1.7.0, ParentReference, AllowedRoutes, Listener.hostname).
#pragma once

#include "controller/attach/facts.h"

namespace sluice::attach {

/// The route as one of its parentRefs sees it.
struct Child {
  const api::ObjectRef& ref;
  std::span<const std::string> hostnames;  ///< as written
  std::string field;                       ///< what names the parent: "spec.parentRefs[0]"
};

/// The result's only condition is Accepted. Whether the listeners themselves are valid does not matter for attachment.
ParentResult attach_to(const World& world, const Child& child, const api::ParentReference& ref, const Parent& parent);

}  // namespace sluice::attach
