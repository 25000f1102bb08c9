#include "tests/bpf/kernel.h"
#include "tests/bpf/scenario.h"

namespace sluice::test {

std::vector<Kind> kinds() {
  return {Kind::kTc, Kind::kXdp, Kind::kNativeTc, Kind::kNativeXdp, Kind::kNativeTcHelpers};
}

std::unique_ptr<Build> make_build(Kind kind) {
  switch (kind) {
    case Kind::kTc:
      return kernel_build(HOOK_TC);
    case Kind::kXdp:
      return kernel_build(HOOK_XDP);
    case Kind::kNativeTc:
      return native_build(HOOK_TC);
    case Kind::kNativeXdp:
      return native_build(HOOK_XDP);
    case Kind::kNativeTcHelpers:
      return native_build_by_helpers();
  }
  return nullptr;
}

}  // namespace sluice::test
