#include "controller/report/bundle_version.h"

namespace sluice::report {

std::string version_trouble(const kubernetes::Crds& crds) {
  if (crds.empty()) return "the Gateway API's CRDs cannot be read, so their version is not known";
  std::string first;
  std::size_t others = 0;
  for (const auto& [name, crd] : crds) {
    if (crd.bundle_version.starts_with(kSupportedBundle)) continue;
    if (!first.empty()) {
      ++others;
      continue;
    }
    first = name + (crd.bundle_version.empty() ? " has no annotation gateway.networking.k8s.io/bundle-version"
                                               : " is of bundle version " + crd.bundle_version);
  }
  if (first.empty()) return "";
  return first + (others > 0 ? " (and " + std::to_string(others) + " more are not supported)" : "") +
         "; supported: " + std::string(kSupportedBundle) + "x";
}

}  // namespace sluice::report
