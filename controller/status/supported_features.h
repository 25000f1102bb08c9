// Features of the Gateway API v1.7.0 (sigs.k8s.io/gateway-api/pkg/features) that this build carries out: what
// GatewayClass.status.supportedFeatures claims, and so what the conformance suite runs. The one place for them; what is
// a capability of attach follows it (controller/attach/capability.h).
//
// A feature is here when its official tests pass, or, where it has none, tests of ours for each MUST of its GEP. Mesh
// features belong to an XMesh and are never here.
#pragma once

#include <span>
#include <string_view>

namespace sluice::status {

/// GatewayClassStatus.supportedFeatures holds no more.
inline constexpr std::size_t kMaxSupportedFeatures = 64;

/// Sorted, each once, at most kMaxSupportedFeatures.
std::span<const std::string_view> supported_features();

}  // namespace sluice::status
