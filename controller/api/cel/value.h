// Values of CEL, the language of the API's rules (github.com/google/cel-spec). A value is small and borrows: texts and
// lists from the JSON that a rule looks at, from the rule's own literals, or from the evaluation's arena.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sluice::api::cel {

struct Value;

struct Null {};
struct Duration {
  std::int64_t nanoseconds = 0;
};
enum class NamedFormat : std::uint8_t { kDns1123Subdomain, kQualifiedName };
/// What format.x().validate(text) gives: has a value when the text is not in the format.
struct Defects {
  bool any = false;
};
enum class TypeName : std::uint8_t { kNull, kBool, kInt, kDouble, kString, kList, kMap, kDuration, kFormat };

struct Value {
  std::variant<Null, bool, std::int64_t, double, std::string_view, Duration, const boost::json::array*,
               const std::vector<Value>*, const boost::json::object*, NamedFormat, Defects, TypeName>
      data;

  template <class T>
  [[nodiscard]] const T* if_a() const {
    return std::get_if<T>(&data);
  }
};

/// A JSON value as CEL sees it.
Value from_json(const boost::json::value& json);

/// "string", "int", …: for messages.
std::string_view type_name(const Value& value);
TypeName type_of(const Value& value);

/// Items of a list of either kind.
bool is_list(const Value& value);
std::size_t list_size(const Value& list);
Value list_item(const Value& list, std::size_t index);

/// Deep equality; numbers compare by value, values of different types are unequal.
bool equal(const Value& a, const Value& b);

/// Owns what an evaluation makes; what it gave out lives as long as it does.
class Arena {
 public:
  const std::vector<Value>* list(std::vector<Value> items) { return &lists_.emplace_back(std::move(items)); }
  std::string_view text(std::string text) { return texts_.emplace_back(std::move(text)); }

 private:
  std::deque<std::vector<Value>> lists_;
  std::deque<std::string> texts_;
};

}  // namespace sluice::api::cel
