// Durations of the Gateway API (GEP-2257): "1h30m", "250ms", "0s".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::compile {

/// Milliseconds, or nullopt for what GEP-2257 does not allow: ^([0-9]{1,5}(h|m|s|ms)){1,4}$.
std::optional<std::uint64_t> parse_duration_ms(std::string_view text);

}  // namespace sluice::compile
