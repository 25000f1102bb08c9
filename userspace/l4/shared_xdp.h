// `--xdp shared`: the entry program beside others on one device, by libxdp's dispatcher. It needs CAP_SYS_ADMIN, and a
// kernel that takes freplace programs; where it does not, libxdp attaches the program alone.
#pragma once

#include <expected>
#include <string>

namespace sluice::l4 {

/// Attaches, or replaces what an earlier process of ours attached (known by the program's name).
std::expected<void, std::string> attach_shared_xdp(int index, int program);

/// Fine where there is none of ours. The folder in which libxdp pins dispatchers goes when nothing is left in it.
std::expected<void, std::string> detach_shared_xdp(int index);

}  // namespace sluice::l4
