#include "controller/api/cel/evaluator.h"

#include <boost/json/object.hpp>
#include <compare>
#include <optional>

namespace sluice::api::cel {
namespace {

namespace json = boost::json;

constexpr std::size_t kBytesAStep = 16;

std::unexpected<std::string> error(std::string what) {
  return std::unexpected(std::move(what));
}

/// Steps that looking at the whole of a value takes.
std::size_t weight(const Value& value) {
  if (const auto* text = value.if_a<std::string_view>()) return text->size() / kBytesAStep;
  if (const auto* map = value.if_a<const json::object*>()) return (*map)->size();
  return list_size(value);
}

const bool* truth(const Result& result) {
  return result ? result->if_a<bool>() : nullptr;
}

/// The error of a result, or that it is no bool.
std::unexpected<std::string> no_truth(const Result& result) {
  if (!result) return error(result.error());
  return error("no such overload: " + std::string(type_name(*result)) + " where bool is meant");
}

std::optional<double> real(const Value& value) {
  if (const auto* whole = value.if_a<std::int64_t>()) return static_cast<double>(*whole);
  if (const auto* number = value.if_a<double>()) return *number;
  return std::nullopt;
}

/// Unordered where the types have no common order.
std::partial_ordering order(const Value& a, const Value& b) {
  if (const auto *x = a.if_a<std::int64_t>(), *y = b.if_a<std::int64_t>(); x != nullptr && y != nullptr)
    return *x <=> *y;
  if (const auto x = real(a), y = real(b); x && y) return *x <=> *y;
  if (const auto *x = a.if_a<std::string_view>(), *y = b.if_a<std::string_view>(); x != nullptr && y != nullptr) {
    return *x <=> *y;
  }
  if (const auto *x = a.if_a<Duration>(), *y = b.if_a<Duration>(); x != nullptr && y != nullptr) {
    return x->nanoseconds <=> y->nanoseconds;
  }
  if (const auto *x = a.if_a<bool>(), *y = b.if_a<bool>(); x != nullptr && y != nullptr) return int{*x} <=> int{*y};
  return std::partial_ordering::unordered;
}

Result whole_numbers(Operator op, std::int64_t a, std::int64_t b) {
  std::int64_t out = 0;
  bool overflows = false;
  if (op == Operator::kAdd) {
    overflows = __builtin_add_overflow(a, b, &out);
  } else if (op == Operator::kSubtract) {
    overflows = __builtin_sub_overflow(a, b, &out);
  } else if (op == Operator::kMultiply) {
    overflows = __builtin_mul_overflow(a, b, &out);
  } else if (b == 0) {
    return error("division by zero");
  } else {
    overflows = b == -1 && a == std::numeric_limits<std::int64_t>::min();
    if (!overflows) out = op == Operator::kDivide ? a / b : a % b;
  }
  return overflows ? Result(error("integer overflow")) : Result(Value{out});
}

Result real_numbers(Operator op, double a, double b) {
  if (op == Operator::kAdd) return Value{a + b};
  if (op == Operator::kSubtract) return Value{a - b};
  if (op == Operator::kMultiply) return Value{a * b};
  return op == Operator::kDivide ? Result(Value{a / b}) : Result(error("no such overload: double % double"));
}

bool is_equality(Operator op) {
  return op == Operator::kEqual || op == Operator::kUnequal;
}

/// A field of a map; null where it has none.
const json::value* field_of(const Value& map, std::string_view name) {
  const auto* object = map.if_a<const json::object*>();
  return object != nullptr ? (*object)->if_contains(name) : nullptr;
}

}  // namespace

bool Evaluator::spend(std::size_t steps) {
  const bool enough = budget_ > steps;
  budget_ = enough ? budget_ - steps : 0;
  return enough;
}

Result Evaluator::value(const Node& node) {
  if (!spend(1)) return error("the rule costs too much on a value of this size");
  switch (node.op) {
    case Operator::kLiteral:
      return node.literal;
    case Operator::kVariable:
      return variables_[node.slot];
    case Operator::kSelect:
    case Operator::kHas:
      return select(node);
    case Operator::kIndex:
      return index(node);
    case Operator::kList:
      return list(node);
    case Operator::kNot:
    case Operator::kAnd:
    case Operator::kOr:
    case Operator::kConditional:
      return logic(node);
    case Operator::kCall:
      return call(node);
    case Operator::kAll:
    case Operator::kExists:
    case Operator::kExistsOne:
    case Operator::kFilter:
      return comprehension(node);
    case Operator::kNegate:
    case Operator::kAdd:
    case Operator::kSubtract:
    case Operator::kMultiply:
    case Operator::kDivide:
    case Operator::kModulo:
      return compute(node);
    default:
      return compare(node);
  }
}

Result Evaluator::select(const Node& node) {
  const Result of = value(*node.args[0]);
  if (!of) return of;
  if (of->if_a<const json::object*>() == nullptr) {
    return error("no such field: " + node.text + " of " + std::string(type_name(*of)));
  }
  const json::value* found = field_of(*of, node.text);
  if (node.op == Operator::kHas) return Value{found != nullptr};
  return found != nullptr ? Result(from_json(*found)) : Result(error("no such key: " + node.text));
}

Result Evaluator::index(const Node& node) {
  const Result of = value(*node.args[0]);
  if (!of) return of;
  const Result at = value(*node.args[1]);
  if (!at) return at;
  if (const auto* place = at->if_a<std::int64_t>(); place != nullptr && is_list(*of)) {
    if (*place < 0 || static_cast<std::size_t>(*place) >= list_size(*of)) return error("index out of bounds");
    return list_item(*of, static_cast<std::size_t>(*place));
  }
  if (const auto* key = at->if_a<std::string_view>(); key != nullptr && of->if_a<const json::object*>() != nullptr) {
    const json::value* found = field_of(*of, *key);
    return found != nullptr ? Result(from_json(*found)) : Result(error("no such key: " + std::string(*key)));
  }
  return error("no such overload: " + std::string(type_name(*of)) + "[" + std::string(type_name(*at)) + "]");
}

Result Evaluator::list(const Node& node) {
  std::vector<Value> items;
  items.reserve(node.args.size());
  for (const auto& arg : node.args) {
    const Result item = value(*arg);
    if (!item) return item;
    items.push_back(*item);
  }
  return Value{arena_.list(std::move(items))};
}

/// && and || do not care for an error on one side where the other side decides (cel-spec, "Logical Operators").
Result Evaluator::logic(const Node& node) {
  const Result left = value(*node.args[0]);
  const bool* decided = truth(left);
  if (node.op == Operator::kNot) return decided != nullptr ? Result(Value{!*decided}) : Result(no_truth(left));
  if (node.op == Operator::kConditional) {
    if (decided == nullptr) return no_truth(left);
    return value(*node.args[*decided ? 1 : 2]);
  }
  const bool deciding = node.op == Operator::kOr;
  if (decided != nullptr && *decided == deciding) return left;
  const Result right = value(*node.args[1]);
  const bool* other = truth(right);
  if (other == nullptr) return no_truth(decided != nullptr ? right : left);
  return decided != nullptr || *other == deciding ? right : Result(no_truth(left));
}

Result Evaluator::compare(const Node& node) {
  const Result a = value(*node.args[0]);
  if (!a) return a;
  const Result b = value(*node.args[1]);
  if (!b) return b;
  if (!spend(weight(*a) + weight(*b))) return error("the rule costs too much on a value of this size");
  if (is_equality(node.op)) return Value{equal(*a, *b) == (node.op == Operator::kEqual)};
  if (node.op == Operator::kIn) {
    if (const auto* key = a->if_a<std::string_view>(); key != nullptr && b->if_a<const json::object*>() != nullptr) {
      return Value{field_of(*b, *key) != nullptr};
    }
    if (!is_list(*b)) return error("no such overload: in " + std::string(type_name(*b)));
    for (std::size_t i = 0; i < list_size(*b); ++i) {
      if (equal(*a, list_item(*b, i))) return Value{true};
    }
    return Value{false};
  }
  const std::partial_ordering ordered = order(*a, *b);
  const bool both_numbers = real(*a) && real(*b);
  if (ordered == std::partial_ordering::unordered && !both_numbers) {
    return error("no such overload: order of " + std::string(type_name(*a)) + " and " + std::string(type_name(*b)));
  }
  if (node.op == Operator::kLess) return Value{ordered < 0};
  if (node.op == Operator::kLessEqual) return Value{ordered <= 0};
  return Value{node.op == Operator::kGreater ? ordered > 0 : ordered >= 0};
}

Result Evaluator::compute(const Node& node) {
  const Result a = value(*node.args[0]);
  if (!a) return a;
  if (node.op == Operator::kNegate) {
    if (const auto* whole = a->if_a<std::int64_t>()) return whole_numbers(Operator::kSubtract, 0, *whole);
    if (const auto* number = a->if_a<double>()) return Value{-*number};
    return error("no such overload: -" + std::string(type_name(*a)));
  }
  const Result b = value(*node.args[1]);
  if (!b) return b;
  if (const auto *x = a->if_a<std::int64_t>(), *y = b->if_a<std::int64_t>(); x != nullptr && y != nullptr) {
    return whole_numbers(node.op, *x, *y);
  }
  if (const auto *x = a->if_a<double>(), *y = b->if_a<double>(); x != nullptr && y != nullptr) {
    return real_numbers(node.op, *x, *y);
  }
  if (!spend(weight(*a) + weight(*b))) return error("the rule costs too much on a value of this size");
  if (const auto *x = a->if_a<std::string_view>(), *y = b->if_a<std::string_view>();
      x != nullptr && y != nullptr && node.op == Operator::kAdd) {
    return Value{arena_.text(std::string(*x) + std::string(*y))};
  }
  if (is_list(*a) && is_list(*b) && node.op == Operator::kAdd) {
    std::vector<Value> items;
    items.reserve(list_size(*a) + list_size(*b));
    for (std::size_t i = 0; i < list_size(*a); ++i) items.push_back(list_item(*a, i));
    for (std::size_t i = 0; i < list_size(*b); ++i) items.push_back(list_item(*b, i));
    return Value{arena_.list(std::move(items))};
  }
  return error("no such overload: " + std::string(type_name(*a)) + " and " + std::string(type_name(*b)));
}

Result Evaluator::call(const Node& node) {
  std::vector<Value> arguments;
  arguments.reserve(node.args.size());
  std::size_t steps = 0;
  for (const auto& arg : node.args) {
    const Result argument = value(*arg);
    if (!argument) return argument;
    steps += weight(*argument);
    arguments.push_back(*argument);
  }
  if (!spend(steps)) return error("the rule costs too much on a value of this size");
  return node.function->call(arguments, node, arena_);
}

Result Evaluator::comprehension(const Node& node) {
  const Result range = value(*node.args[0]);
  if (!range) return range;
  // A map is gone through by its keys.
  Value items = *range;
  if (const auto* map = range->if_a<const json::object*>()) {
    std::vector<Value> keys;
    for (const auto& field : **map) keys.push_back({std::string_view(field.key())});
    items = {arena_.list(std::move(keys))};
  }
  if (!is_list(items)) return error("no such overload: a macro over " + std::string(type_name(items)));
  return node.op == Operator::kFilter ? filter(node, items) : quantify(node, items);
}

/// all and exists pass over an error where another item decides; exists_one does not.
Result Evaluator::quantify(const Node& node, const Value& range) {
  const bool deciding = node.op == Operator::kExists;
  std::size_t matching = 0;
  std::optional<std::string> failed;
  for (std::size_t i = 0; i < list_size(range); ++i) {
    variables_[node.slot] = list_item(range, i);
    const Result result = value(*node.args[1]);
    const bool* decided = truth(result);
    if (node.op == Operator::kExistsOne) {
      if (decided == nullptr) return no_truth(result);
      matching += *decided ? 1 : 0;
    } else if (decided == nullptr) {
      if (!failed) failed = no_truth(result).error();
      if (budget_ == 0) break;
    } else if (*decided == deciding) {
      return Value{deciding};
    }
  }
  if (failed) return error(*std::move(failed));
  return Value{node.op == Operator::kExistsOne ? matching == 1 : !deciding};
}

Result Evaluator::filter(const Node& node, const Value& range) {
  std::vector<Value> kept;
  for (std::size_t i = 0; i < list_size(range); ++i) {
    variables_[node.slot] = list_item(range, i);
    const Result result = value(*node.args[1]);
    const bool* decided = truth(result);
    if (decided == nullptr) return no_truth(result);
    if (*decided) kept.push_back(variables_[node.slot]);
  }
  return Value{arena_.list(std::move(kept))};
}

}  // namespace sluice::api::cel
