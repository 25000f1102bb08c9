// The BPF object as libbpf opens it, and which of its programs are to be loaded. Included by programs.cpp alone.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>

struct bpf_map;
struct sluice_bpf;

namespace sluice::l4 {

struct DestroySkeleton {
  void operator()(sluice_bpf* skeleton) const;
};
using Skeleton = std::unique_ptr<sluice_bpf, DestroySkeleton>;

/// Opened and fitted to this kernel, nothing loaded yet. Error: what libbpf says.
std::expected<Skeleton, std::string> open_skeleton();

/// Leaves that program out of the load.
void leave_out(sluice_bpf& skeleton, std::string_view program);
/// Leaves out all but these two.
void leave_only(sluice_bpf& skeleton, std::string_view one, std::string_view other);

/// Error: the verifier's or the kernel's, with what would do.
std::expected<void, std::string> load_skeleton(sluice_bpf& skeleton);

/// "WHAT: reason" with what libbpf said last; code: an errno.
std::string kernel_says(const std::string& what, int code);

/// Maps of libbpf's own (.rodata and the like) stay with the object.
bool is_ours(const bpf_map* map);

}  // namespace sluice::l4
