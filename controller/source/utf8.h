// UTF-8 as YAML 1.2 takes it (5.1, "Character Set").
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace sluice::source {

/// The first byte that no YAML text has: part of no character of UTF-8, or of a control character other than tab and
/// line breaks.
std::optional<std::size_t> first_bad_byte(std::string_view text);

}  // namespace sluice::source
