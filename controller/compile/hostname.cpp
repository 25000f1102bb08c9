#include "controller/compile/hostname.h"

namespace sluice::compile {

bool is_wildcard(std::string_view hostname) {
  return hostname.starts_with("*.");
}

Specificity specificity(std::string_view hostname) {
  return {.exact = !hostname.empty() && !is_wildcard(hostname), .length = hostname.size()};
}

bool covers(std::string_view pattern, std::string_view hostname) {
  if (pattern.empty() || pattern == hostname) return true;
  if (!is_wildcard(pattern)) return false;
  const std::string_view suffix = pattern.substr(1);
  return hostname.size() > suffix.size() && hostname.ends_with(suffix);
}

std::optional<std::string> intersect(std::string_view one, std::string_view other) {
  if (covers(one, other)) return std::string(other);
  if (covers(other, one)) return std::string(one);
  return std::nullopt;
}

std::string wider(std::string_view hostname) {
  const std::string_view name = is_wildcard(hostname) ? hostname.substr(2) : hostname;
  const auto dot = name.find('.');
  return dot == std::string_view::npos ? std::string() : "*" + std::string(name.substr(dot));
}

}  // namespace sluice::compile
