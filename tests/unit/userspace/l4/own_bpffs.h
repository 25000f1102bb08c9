// A BPF file system of the test program's own, where pins lie.
#pragma once

#include <sched.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <expected>
#include <string>

#include "userspace/l4/pins.h"

namespace sluice::l4 {

/// Mounts it, once a process: nobody else sees it and it ends with the process, so it is nothing to a test whether the
/// host has one mounted. Error: not allowed (CAP_SYS_ADMIN).
inline std::expected<void, std::string> own_bpffs() {
  static const auto mounted = []() -> std::expected<void, std::string> {
    const auto failed = [](const char* what) {
      return std::unexpected(std::string(what) + ": " + std::strerror(errno) + " (CAP_SYS_ADMIN)");
    };
    if (::unshare(CLONE_NEWNS) != 0) return failed("a mount namespace");
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return failed("private mounts");
    if (::mount("bpf", "/sys/fs/bpf", "bpf", 0, nullptr) != 0) return failed("mounting a BPF file system");
    return check_bpffs();
  }();
  return mounted;
}

}  // namespace sluice::l4
