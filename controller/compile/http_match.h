// The matches of HTTPRoute and GRPCRoute rules as the model has them, and what they are ranked by.
#pragma once

#include <vector>

#include "controller/compile/precedence.h"
#include "sluice/model.pb.h"

namespace sluice::compile {

struct CompiledMatch {
  model::v1::HttpMatch match;
  MatchWeight weight;
};

CompiledMatch compile_match(const api::HttpRouteMatch& match);
CompiledMatch compile_match(const api::GrpcRouteMatch& match);

}  // namespace sluice::compile
