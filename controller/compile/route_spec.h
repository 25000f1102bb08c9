// What the five kinds of route have in common, whatever the kind.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "controller/attach/graph.h"
#include "sluice/model.pb.h"

namespace sluice::compile {

std::string lower_case(std::string_view text);

/// spec.hostnames as written; none for the L4 kinds.
std::span<const std::string> hostnames_of(const attach::RouteResult& route);

/// spec.rules[rule].backendRefs; a rule that is not there has none.
std::span<const api::BackendRef> backend_refs_of(const attach::RouteResult& route, std::size_t rule);

/// The route, section = name of the rule where it has one.
model::v1::ObjectRef rule_ref(const attach::RouteResult& route, std::size_t rule);

}  // namespace sluice::compile
