#include "controller/compile/duration.h"

#include <charconv>

namespace sluice::compile {
namespace {

constexpr std::size_t kMaxDigits = 5;
constexpr int kMaxParts = 4;

/// Takes the unit off the front of `text`; 0 when there is none.
std::uint64_t take_unit_ms(std::string_view& text) {
  struct Unit {
    std::string_view name;
    std::uint64_t ms;
  };
  for (const auto& unit : {Unit{"ms", 1}, Unit{"h", 3'600'000}, Unit{"m", 60'000}, Unit{"s", 1'000}}) {
    if (!text.starts_with(unit.name)) continue;
    text.remove_prefix(unit.name.size());
    return unit.ms;
  }
  return 0;
}

}  // namespace

std::optional<std::uint64_t> parse_duration_ms(std::string_view text) {
  std::uint64_t total = 0;
  int parts = 0;
  while (!text.empty()) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const auto digits = static_cast<std::size_t>(end - text.data());
    if (error != std::errc{} || digits > kMaxDigits || ++parts > kMaxParts) return std::nullopt;
    text.remove_prefix(digits);
    const std::uint64_t unit = take_unit_ms(text);
    if (unit == 0) return std::nullopt;
    total += number * unit;
  }
  return parts == 0 ? std::nullopt : std::optional(total);
}

}  // namespace sluice::compile
