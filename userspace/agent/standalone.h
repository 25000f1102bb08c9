// The stand-alone mode: a folder of manifests and this node, in one process.
#pragma once

#include "userspace/agent/options.h"

namespace sluice::agent {

/// Returns the process's exit status.
int run_standalone(const Options& options);

/// Loads, compiles, probes, prints; changes nothing. 0: it would start.
int dry_run(const Options& options);

}  // namespace sluice::agent
