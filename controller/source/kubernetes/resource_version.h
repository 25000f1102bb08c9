// The order of resourceVersions. Those of Kubernetes' own types and of custom resources are decimal numbers that grow
// with each write (kubernetes.io/docs/reference/using-api/api-concepts, "Resource versions"); any other text can only
// be equal or not.
#pragma once

#include <algorithm>
#include <compare>
#include <string_view>

namespace sluice::kubernetes {

constexpr bool is_decimal(std::string_view version) {
  return !version.empty() && version.front() != '0' &&
         std::ranges::all_of(version, [](char c) { return c >= '0' && c <= '9'; });
}

constexpr std::partial_ordering compare_versions(std::string_view one, std::string_view other) {
  if (one == other) return std::partial_ordering::equivalent;
  if (!is_decimal(one) || !is_decimal(other)) return std::partial_ordering::unordered;
  if (one.size() != other.size()) return one.size() <=> other.size();
  return one.compare(other) <=> 0;
}

}  // namespace sluice::kubernetes
