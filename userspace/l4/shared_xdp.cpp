#include "userspace/l4/shared_xdp.h"

#include <bpf/libbpf.h>
#include <fcntl.h>
#include <sys/capability.h>
#include <sys/file.h>
#include <unistd.h>
#include <xdp/libxdp.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>

#include "userspace/l4/netlink.h"

namespace sluice::l4 {
namespace {

constexpr std::string_view kName = "sluice_xdp_entry";
constexpr const char* kPinFolder = "/sys/fs/bpf/xdp";  // libxdp's own
constexpr std::size_t kKernelName = 15;                // the kernel cuts names there

using Programs = std::unique_ptr<xdp_multiprog, decltype(&xdp_multiprog__close)>;

Programs programs_of(int index) {
  xdp_multiprog* found = xdp_multiprog__get_from_ifindex(index);
  return {libxdp_get_error(found) == 0 ? found : nullptr, xdp_multiprog__close};
}

bool is_ours(const xdp_program* program) {
  const char* name = program == nullptr ? nullptr : xdp_program__name(program);
  return name != nullptr && std::string_view(name).substr(0, kKernelName) == kName.substr(0, kKernelName);
}

/// Ours among a device's programs; alone or under the dispatcher. Belongs to `programs`.
xdp_program* find_ours(const Programs& programs) {
  if (!programs) return nullptr;
  if (auto* alone = xdp_multiprog__main_prog(programs.get()); is_ours(alone)) return alone;
  for (auto* each = xdp_multiprog__next_prog(nullptr, programs.get()); each != nullptr;
       each = xdp_multiprog__next_prog(each, programs.get())) {
    if (is_ours(each)) return each;
  }
  return nullptr;
}

/// libxdp 1.3 looks programs up by id, and crashes where it may not.
bool may_share() {
  const std::unique_ptr<std::remove_pointer_t<cap_t>, decltype(&cap_free)> held(cap_get_proc(), cap_free);
  cap_flag_value_t value = CAP_CLEAR;
  return held && cap_get_flag(held.get(), CAP_SYS_ADMIN, CAP_EFFECTIVE, &value) == 0 && value == CAP_SET;
}

/// libxdp makes the folder and leaves it. It locks it while it works there, and so does this: nobody loses it
/// meanwhile.
void remove_empty_pin_folder() {
  const Fd folder(::open(kPinFolder, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.valid() && ::flock(folder.get(), LOCK_EX | LOCK_NB) == 0) (void)::rmdir(kPinFolder);
}

}  // namespace

std::expected<void, std::string> attach_shared_xdp(int index, int program) {
  if (!may_share()) return std::unexpected("--xdp shared needs CAP_SYS_ADMIN (libxdp); without it: --xdp own");
  // What is there jumps to the pinned slot: it serves this object's program already.
  if (find_ours(programs_of(index)) != nullptr) return {};
  const std::unique_ptr<xdp_program, decltype(&xdp_program__close)> entry(xdp_program__from_fd(program),
                                                                          xdp_program__close);
  if (const long code = libxdp_get_error(entry.get()); code != 0) {
    return std::unexpected("libxdp: " + std::string(std::strerror(static_cast<int>(-code))));
  }
  if (const int code = xdp_program__attach(entry.get(), index, XDP_MODE_NATIVE, 0); code != 0) {
    return std::unexpected("libxdp: attaching: " + std::string(std::strerror(-code)));
  }
  return {};
}

std::expected<void, std::string> detach_shared_xdp(int index) {
  if (!may_share()) return {};
  const auto programs = programs_of(index);
  auto* ours = find_ours(programs);
  if (ours == nullptr) return {};
  if (const int code = xdp_program__detach(ours, index, xdp_multiprog__attach_mode(programs.get()), 0); code != 0) {
    return std::unexpected("libxdp: detaching: " + std::string(std::strerror(-code)));
  }
  remove_empty_pin_folder();
  return {};
}

}  // namespace sluice::l4
