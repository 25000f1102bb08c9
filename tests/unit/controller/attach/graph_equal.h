// Whether two graphs are the same, to the last pointer and message.
#pragma once

#include <string>

#include "controller/attach/graph.h"

namespace sluice::attach {

/// Names the first result that differs, and how; empty: the graphs are equal.
std::string difference(const Graph& one, const Graph& other);

}  // namespace sluice::attach
