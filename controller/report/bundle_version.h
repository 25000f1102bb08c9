// Whether the Gateway API's CRDs that the cluster has are those that this build speaks (GatewayClass, condition
// SupportedVersion; apis/v1/gatewayclass_types.go).
#pragma once

#include <string>
#include <string_view>

#include "controller/source/kubernetes/crd.h"

namespace sluice::report {

inline constexpr std::string_view kSupportedBundle = "v1.7.";  ///< any patch release of it

/// Empty: all of them are of a supported version. Else why not, for a person; for Pipeline::set_version_trouble().
/// What is there is served as far as it is understood ("best effort").
std::string version_trouble(const kubernetes::Crds& crds);

}  // namespace sluice::report
