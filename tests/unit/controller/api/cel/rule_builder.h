// Rules for tests, from their text.
#pragma once

#include <string>
#include <string_view>

namespace sluice::api::cel {

/// What a rule says of self (JSON): "true", "false", or "error: …"; "unreadable: …" where it does not parse.
std::string verdict(std::string_view rule, std::string_view self = "{}");

}  // namespace sluice::api::cel
