#include "userspace/agent/privileges.h"

#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>

namespace sluice::agent {
namespace {

struct FreeCapabilities {
  void operator()(cap_t capabilities) const { cap_free(capabilities); }
};
using Capabilities = std::unique_ptr<std::remove_pointer_t<cap_t>, FreeCapabilities>;

struct Needed {
  cap_value_t value;
  std::string_view name;
  std::string_view why;
};
constexpr std::array<Needed, 3> kNeeded{{{CAP_BPF, "CAP_BPF", "maps and programs"},
                                         {CAP_NET_ADMIN, "CAP_NET_ADMIN", "attaching, routes, sysctls"},
                                         {CAP_PERFMON, "CAP_PERFMON", "programs that follow kernel pointers"}}};

bool has(cap_t capabilities, cap_value_t value) {
  cap_flag_value_t set = CAP_CLEAR;
  return cap_get_flag(capabilities, value, CAP_EFFECTIVE, &set) == 0 && set == CAP_SET;
}

}  // namespace

std::expected<void, std::string> check_capabilities() {
  const Capabilities have(cap_get_proc());
  if (!have) return std::unexpected(std::string("capabilities: ") + std::strerror(errno));
  std::string missing;
  for (const auto& needed : kNeeded) {
    if (has(have.get(), needed.value)) continue;
    missing += (missing.empty() ? "" : ", ") + std::string(needed.name) + " (" + std::string(needed.why) + ")";
  }
  if (missing.empty()) return {};
  return std::unexpected("not permitted: missing " + missing +
                         "; run as root, or give these capabilities, as deploy/systemd/sluiced.service does");
}

bool may_announce() {
  const Capabilities have(cap_get_proc());
  return have && has(have.get(), CAP_NET_RAW);
}

std::expected<void, std::string> drop_other_capabilities(bool share_xdp) {
  const Capabilities have(cap_get_proc());
  const Capabilities keep(cap_init());
  if (!have || !keep) return std::unexpected(std::string("capabilities: ") + std::strerror(errno));
  for (const cap_value_t value :
       {kNeeded[0].value, kNeeded[1].value, kNeeded[2].value, cap_value_t{CAP_NET_RAW}, cap_value_t{CAP_SYS_ADMIN}}) {
    if (!has(have.get(), value) || (value == CAP_SYS_ADMIN && !share_xdp)) continue;
    cap_set_flag(keep.get(), CAP_PERMITTED, 1, &value, CAP_SET);
    cap_set_flag(keep.get(), CAP_EFFECTIVE, 1, &value, CAP_SET);
  }
  if (cap_set_proc(keep.get()) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return std::unexpected(std::string("giving up capabilities: ") + std::strerror(errno));
  }
  return {};
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace sluice::agent
