// The release channels of the Gateway API: which kinds, versions and fields are served.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::api {

enum class Channel : std::uint8_t { kExperimental, kStandard };

/// As `--channel` takes it: "experimental" or "standard".
constexpr std::optional<Channel> parse_channel(std::string_view text) {
  if (text == "experimental") return Channel::kExperimental;
  if (text == "standard") return Channel::kStandard;
  return std::nullopt;
}

constexpr std::string_view to_string(Channel channel) {
  return channel == Channel::kExperimental ? "experimental" : "standard";
}

}  // namespace sluice::api
