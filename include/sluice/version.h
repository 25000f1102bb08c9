// The version of every binary of this repository; CHANGELOG.md says what is in it.
#pragma once

namespace sluice {

inline constexpr const char* kVersion = "0.1.0";
inline constexpr const char* kGatewayApiVersion = "v1.7.0";

}  // namespace sluice
