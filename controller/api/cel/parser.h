// The grammar of CEL (cel-spec, "Syntax"), as far as the rules of the API use it: no map or message literals, no bytes,
// no unsigned numbers.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "controller/api/cel/node.h"

namespace sluice::api::cel {

/// Slots of variables: self, oldSelf, then one for each macro that encloses another.
inline constexpr std::size_t kSelfSlot = 0;
inline constexpr std::size_t kOldSelfSlot = 1;
/// Trees that are deeper are refused, so that evaluation needs a bounded stack.
inline constexpr unsigned kMaxTreeDepth = 200;

struct ParsedRule {
  std::unique_ptr<Node> root;
  std::size_t slots = 2;       ///< that an evaluation needs
  bool uses_old_self = false;  ///< a transition rule
};

/// The rule's tree, patterns compiled; or what cannot be read, with its byte.
std::expected<ParsedRule, std::string> parse_rule(std::string_view source);

}  // namespace sluice::api::cel
