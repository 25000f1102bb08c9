// The texts of controller/api/schemas/*.json, put into the binary by schema/embed.cmake.
#pragma once

#include <string_view>

namespace sluice::api {

extern const std::string_view kExperimentalSchemas;
extern const std::string_view kStandardSchemas;
extern const std::string_view kCoreSchemas;
extern const std::string_view kOwnSchemas;  ///< sluice.dev

}  // namespace sluice::api
