// The tree of a rule.
#pragma once

#include <memory>

#include "controller/api/cel/functions.h"
#include "controller/api/cel/value.h"

namespace re2 {
class RE2;
}

namespace sluice::api::cel {

enum class Operator : std::uint8_t {
  kLiteral,   ///< literal
  kVariable,  ///< slot
  kSelect,    ///< args[0].text
  kHas,       ///< has(args[0].text)
  kIndex,     ///< args[0][args[1]]
  kList,      ///< [args…]
  kNot,
  kNegate,
  kAnd,
  kOr,
  kConditional,  ///< args[0] ? args[1] : args[2]
  kEqual,
  kUnequal,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kCall,  ///< function(args…); of a method the receiver comes first
  kAll,   ///< args[0].all(slot, args[1]); so the next three
  kExists,
  kExistsOne,
  kFilter,
};

struct Node {
  Node();
  ~Node();
  Operator op = Operator::kLiteral;
  Value literal;
  std::string text;  ///< of a literal string, or a field's name
  std::size_t slot = 0;
  unsigned depth = 1;  ///< of the tree below, this node counted
  const Function* function = nullptr;
  std::vector<std::unique_ptr<Node>> args;
  std::unique_ptr<re2::RE2> pattern;  ///< of matches() with a literal, compiled once
};

}  // namespace sluice::api::cel
