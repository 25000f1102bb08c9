// What is ours among GatewayClasses.
#pragma once

#include <string_view>

namespace sluice::api {

/// spec.controllerName of the GatewayClasses that Sluice serves.
inline constexpr std::string_view kControllerName = "sluice.dev/gateway-controller";
/// The GatewayClass that exists without a manifest.
inline constexpr std::string_view kBuiltInClass = "sluice";

}  // namespace sluice::api
