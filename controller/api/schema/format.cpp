#include <arpa/inet.h>

#include <chrono>
#include <optional>

#include "controller/api/base64.h"
#include "controller/api/schema/passes.h"

namespace sluice::api {
namespace {

/// So many digits from the front of text.
std::optional<unsigned> take_digits(std::string_view& text, std::size_t count) {
  unsigned value = 0;
  if (text.size() < count) return std::nullopt;
  for (const char c : text.substr(0, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text[0]) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

bool is_date(std::string_view& text) {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, "-")) return false;
  const auto month = take_digits(text, 2);
  if (!month || !take(text, "-")) return false;
  const auto day = take_digits(text, 2);
  return day && std::chrono::year_month_day(std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month),
                                            std::chrono::day(*day))
                    .ok();
}

bool is_clock(std::string_view& text, bool seconds) {
  const auto hour = take_digits(text, 2);
  if (!hour || *hour > 23 || !take(text, ":")) return false;
  const auto minute = take_digits(text, 2);
  if (!minute || *minute > 59) return false;
  if (!seconds) return true;
  if (!take(text, ":")) return false;
  const auto second = take_digits(text, 2);
  return second && *second <= 60;
}

/// RFC 3339, section 5.6.
bool is_date_time(std::string_view text) {
  if (!is_date(text) || !take(text, "Tt") || !is_clock(text, true)) return false;
  if (take(text, ".")) {
    if (!take_digits(text, 1)) return false;
    while (take_digits(text, 1)) {
    }
  }
  if (take(text, "Zz")) return text.empty();
  return take(text, "+-") && is_clock(text, false) && text.empty();
}

bool is_address(int family, std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return false;
  in6_addr address{};
  return inet_pton(family, std::string(text).c_str(), &address) == 1;
}

}  // namespace

bool fits_format(std::string_view format, std::string_view text) {
  if (format == "date-time") return is_date_time(text);
  if (format == "ipv4") return is_address(AF_INET, text);
  if (format == "ipv6") return is_address(AF_INET6, text);
  if (format == "byte") return decode_base64(text).has_value();
  return true;
}

}  // namespace sluice::api
