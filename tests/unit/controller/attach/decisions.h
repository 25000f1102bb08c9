// What attach decided, as the golden files have it: short enough to be read. Conditions that are as they should be are
// left out, Accepted of routes and ListenerSets apart.
#pragma once

#include <string>

#include "controller/attach/graph.h"

namespace sluice::attach {

std::string print_decisions(const Graph& graph);

}  // namespace sluice::attach
