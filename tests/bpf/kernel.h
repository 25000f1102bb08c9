// The object loaded into the kernel, once a process, with tables small enough for a test machine.
#pragma once

#include <memory>

#include "sluice_bpf/sluice.skel.h"
#include "tests/bpf/build.h"

namespace sluice::test {

/// Ends the test program when the kernel refuses it. flow_entries counts on the first call only.
sluice_bpf& kernel(std::uint32_t flow_entries = 65536);

/// In a TC or XDP program by BPF_PROG_TEST_RUN, over the rig of network.h.
std::unique_ptr<Build> kernel_build(hook ingress);

/// Can BPF_PROG_TEST_RUN make a frame whose checksum is COMPLETE, and judge it (Linux 6.13)?
bool makes_complete();

}  // namespace sluice::test
