// The cluster mode: a node that sluice-controller sends its part of the model.
#pragma once

#include "userspace/agent/options.h"

namespace sluice::agent {

/// Returns the process's exit status.
int run_member(const Options& options);

}  // namespace sluice::agent
