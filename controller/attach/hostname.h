// Hostnames as attachment compares them: lower case, "" any, "*.example.com" a wildcard of one label or more.
// Source: Gateway API v1.7.0, Listener.hostname and HTTPRouteSpec.hostnames.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice::attach {

std::string lower_case(std::string_view text);

/// Whether each name that `hostname` stands for is one of `pattern`: "*.a.b" covers "x.a.b" and "*.x.a.b", not "a.b".
bool covers(std::string_view pattern, std::string_view hostname);

/// The names that both stand for: the narrower of the two; nullopt when there are none.
std::optional<std::string> intersect(std::string_view one, std::string_view other);

}  // namespace sluice::attach
