#include "controller/compile/hostname.h"

namespace sluice::compile {

bool is_wildcard(std::string_view hostname) {
  return hostname.starts_with("*.");
}

Specificity specificity(std::string_view hostname) {
  return {.exact = !hostname.empty() && !is_wildcard(hostname), .length = hostname.size()};
}

std::string wider(std::string_view hostname) {
  const std::string_view name = is_wildcard(hostname) ? hostname.substr(2) : hostname;
  const auto dot = name.find('.');
  return dot == std::string_view::npos ? std::string() : "*" + std::string(name.substr(dot));
}

}  // namespace sluice::compile
