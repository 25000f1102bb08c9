// One rule of an HTTPRoute or GRPCRoute: what it matches and what it does.
#pragma once

#include <vector>

#include "controller/compile/backend.h"
#include "controller/compile/http_match.h"

namespace sluice::compile {

/// How many rules the route has; 0 for the L4 kinds.
std::size_t http_rule_count(const attach::RouteResult& route);

/// One each of the rule's matches, in order; a rule without any matches everything.
std::vector<CompiledMatch> compile_matches(const attach::RouteResult& route, std::size_t rule);

/// Adds the rule's backends to `uses`. A field that the model cannot express makes the action `unsupported`, even where
/// attach has let it pass.
model::v1::HttpAction compile_action(const attach::RouteResult& route, std::size_t rule, BackendUses& uses);

}  // namespace sluice::compile
