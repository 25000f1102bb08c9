// Only the native build: no root, no kernel, and every sanitizer.
#include "tests/bpf/scenario.h"

namespace sluice::test {

std::vector<Kind> kinds() {
  return {Kind::kNativeTc, Kind::kNativeXdp, Kind::kNativeTcHelpers};
}

std::unique_ptr<Build> make_build(Kind kind) {
  if (kind == Kind::kNativeTcHelpers) return native_build_by_helpers();
  return native_build(kind == Kind::kNativeTc ? HOOK_TC : HOOK_XDP);
}

}  // namespace sluice::test
