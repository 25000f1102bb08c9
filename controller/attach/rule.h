// One rule of a route: its backends, and what of it this build cannot carry out. The same for every parent.
#pragma once

#include "controller/attach/route.h"

namespace sluice::attach {

struct RuleFindings {
  RuleResult result;
  std::vector<Refusal> unresolved;     ///< references of its backendRefs and filters
  std::optional<Refusal> unsupported;  ///< the rule answers 500 (HTTP) or refuses connections
};

RuleFindings examine_rule(const World& world, const api::ObjectRef& ref, const RoutePtr& route, std::size_t index);

}  // namespace sluice::attach
