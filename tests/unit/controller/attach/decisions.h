// What attach decided, as the golden files have it: short enough to be read. Conditions that are as they should be are
// left out, Accepted of routes and ListenerSets apart.
#pragma once

#include <string>

#include "controller/attach/graph.h"

namespace sluice::attach {

std::string print_decisions(const Graph& graph);

/// Everything, for comparing graphs: one line each result, pointers by the object's generation and name.
std::string print_all(const Graph& graph);

}  // namespace sluice::attach
