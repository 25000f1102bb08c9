#include "userspace/l4/skeleton.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "sluice_bpf/sluice.skel.h"

namespace sluice::l4 {
namespace {

/// What libbpf said last; a load's error is nothing without it.
thread_local std::string said;
constexpr std::size_t kKeep = 2000;

int note(libbpf_print_level level, const char* format, va_list arguments) {
  if (level != LIBBPF_WARN) return 0;
  std::array<char, 4096> line{};
  const int size = std::vsnprintf(line.data(), line.size(), format, arguments);
  said += line.data();
  if (said.size() > kKeep) said.erase(0, said.size() - kKeep);
  return size;
}

/// Linux 6.2: TC programs may read the kernel's own sk_buff, and with it the state of the checksum.
bool kernel_casts_contexts() {
  btf* kernel = btf__load_vmlinux_btf();
  if (libbpf_get_error(kernel) != 0) return false;
  const bool has = btf__find_by_name_kind(kernel, "bpf_cast_to_kern_ctx", BTF_KIND_FUNC) > 0;
  btf__free(kernel);
  return has;
}

}  // namespace

void DestroySkeleton::operator()(sluice_bpf* skeleton) const {
  sluice_bpf__destroy(skeleton);
}

std::string kernel_says(const std::string& what, int code) {
  std::string text = what + ": " + std::strerror(code);
  if (code == EPERM) text += "; CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON are needed";
  return said.empty() ? text : text + "\n" + said;
}

bool is_ours(const bpf_map* map) {
  return std::strchr(bpf_map__name(map), '.') == nullptr;
}

std::expected<Skeleton, std::string> open_skeleton() {
  libbpf_set_print(note);
  said.clear();
  Skeleton skeleton(sluice_bpf__open());
  if (!skeleton) return std::unexpected(kernel_says("the BPF object", errno));
  skeleton->rodata->tc_reads_ip_summed = kernel_casts_contexts() ? 1 : 0;
  return skeleton;
}

void leave_out(sluice_bpf& skeleton, std::string_view program) {
  bpf_program* each = nullptr;
  bpf_object__for_each_program(each, skeleton.obj) {
    if (bpf_program__name(each) == program) (void)bpf_program__set_autoload(each, false);
  }
}

void leave_only(sluice_bpf& skeleton, std::string_view one, std::string_view other) {
  bpf_program* each = nullptr;
  bpf_object__for_each_program(each, skeleton.obj) {
    const std::string_view name = bpf_program__name(each);
    if (name != one && name != other) (void)bpf_program__set_autoload(each, false);
  }
}

std::expected<void, std::string> load_skeleton(sluice_bpf& skeleton) {
  const int failed = sluice_bpf__load(&skeleton);
  if (failed == 0) return {};
  return std::unexpected(kernel_says("loading the BPF programs", -failed));
}

}  // namespace sluice::l4
