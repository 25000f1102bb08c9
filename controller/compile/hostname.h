// How precise hostnames are, and what is wider than one. attach/hostname.h says what they are and which covers which.
#pragma once

#include <compare>
#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::compile {

/// How precisely a hostname says whom it means; greater is more specific: exact before wildcard before none, then
/// longer before shorter (HTTPRouteSpec.hostnames, "largest number of characters").
struct Specificity {
  bool exact = false;
  std::size_t length = 0;
  auto operator<=>(const Specificity&) const = default;
};

Specificity specificity(std::string_view hostname);

bool is_wildcard(std::string_view hostname);

/// The next wildcard that covers `hostname`, longest first: "a.b.c" -> "*.b.c" -> "*.c" -> "". Not for "".
std::string wider(std::string_view hostname);

}  // namespace sluice::compile
