#include "controller/attach/hostname.h"

namespace sluice::attach {

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool covers(std::string_view pattern, std::string_view hostname) {
  if (pattern.empty() || pattern == hostname) return true;
  if (!pattern.starts_with("*.")) return false;
  // "*.a.b" against "*.x.a.b" or "x.a.b": what is left of ".a.b" must not be empty, and "*" alone is "*.a.b" itself.
  const std::string_view suffix = pattern.substr(1);
  return hostname.size() > suffix.size() && hostname.ends_with(suffix);
}

std::optional<std::string> intersect(std::string_view one, std::string_view other) {
  if (covers(one, other)) return std::string(other);
  if (covers(other, one)) return std::string(one);
  return std::nullopt;
}

}  // namespace sluice::attach
