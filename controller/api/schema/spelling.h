// For "did you mean": whether a name is likely a misspelt other one.
#pragma once

#include <string_view>

namespace sluice::api {

/// At most two letters wrong, missing, or too many (one in a name of at most 4), whatever their case.
bool is_near(std::string_view written, std::string_view known);

}  // namespace sluice::api
