// Hostnames as the Gateway API compares them: lower case, "" any, "*.example.com" a wildcard of one label or more.
#pragma once

#include <compare>
#include <cstddef>
#include <optional>
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

/// Whether every name that `hostname` stands for is one of `pattern`: "*.a.b" covers "x.a.b" and "*.x.a.b", not "a.b".
bool covers(std::string_view pattern, std::string_view hostname);

/// The names that both stand for; nullopt when there are none.
std::optional<std::string> intersect(std::string_view one, std::string_view other);

/// The next wildcard that covers `hostname`, longest first: "a.b.c" -> "*.b.c" -> "*.c" -> "". Not for "".
std::string wider(std::string_view hostname);

}  // namespace sluice::compile
