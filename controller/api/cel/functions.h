// The functions that the rules of the Gateway API use: CEL's own, its strings library, and Kubernetes' format and IP
// libraries (k8s.io/apiserver/pkg/cel/library).
#pragma once

#include <expected>
#include <span>
#include <string>

#include "controller/api/cel/value.h"

namespace sluice::api::cel {

struct Node;

using Result = std::expected<Value, std::string>;

/// A function by name and number of arguments; of a method the receiver is the first argument.
struct Function {
  std::string_view name;
  bool method;
  std::size_t arguments;
  Result (*call)(std::span<const Value> arguments, const Node& site, Arena& arena);
};

/// Null where there is no such function.
const Function* find_function(std::string_view name, bool method, std::size_t arguments);

/// "1h30m", "-1.5s", as Go's time.ParseDuration reads it.
std::expected<Duration, std::string> parse_duration(std::string_view text);

/// Characters of UTF-8 text, as the API counts lengths.
std::size_t code_points(std::string_view text);

/// An IPv4 or IPv6 address without zone, and not IPv4 mapped into IPv6.
bool is_ip(std::string_view text);

}  // namespace sluice::api::cel
