// The rig's links, routes and neighbours, in a network namespace of this process alone.
#pragma once

#include "tests/bpf/build.h"

namespace sluice::test {

/// Enters a new namespace and builds the links; ends the test program when it cannot (root is needed). Once a process.
const Devices& network();

/// Runs a shell command; ends the test program when it fails.
void shell(const std::string& command);

}  // namespace sluice::test
