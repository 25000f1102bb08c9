// Filters of rules and backendRefs as the model has them.
#pragma once

#include <string>

#include "controller/api/filter.h"
#include "sluice/model.pb.h"

namespace sluice::compile {

/// False, and `out` untouched, for a filter that the model cannot express: the rule must then refuse (fail closed).
bool compile_filter(const api::RouteFilter& filter, model::v1::HttpFilter& out);

/// The JSON field of a filter's settings, "requestMirror" for RequestMirror: what messages name.
std::string filter_field(const api::RouteFilter& filter);

}  // namespace sluice::compile
