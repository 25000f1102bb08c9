#include "controller/api/cel/value.h"

#include <array>
#include <optional>

namespace sluice::api::cel {
namespace {

namespace json = boost::json;

std::optional<double> as_number(const Value& value) {
  if (const auto* whole = value.if_a<std::int64_t>()) return static_cast<double>(*whole);
  if (const auto* real = value.if_a<double>()) return *real;
  return std::nullopt;
}

bool equal_maps(const json::object& a, const json::object& b) {
  if (a.size() != b.size()) return false;
  for (const auto& [key, value] : a) {
    const json::value* other = b.if_contains(key);
    if (other == nullptr || !equal(from_json(value), from_json(*other))) return false;
  }
  return true;
}

bool equal_lists(const Value& a, const Value& b) {
  if (list_size(a) != list_size(b)) return false;
  for (std::size_t i = 0; i < list_size(a); ++i) {
    if (!equal(list_item(a, i), list_item(b, i))) return false;
  }
  return true;
}

}  // namespace

Value from_json(const json::value& in) {
  switch (in.kind()) {
    case json::kind::null:
      return {Null{}};
    case json::kind::bool_:
      return {in.get_bool()};
    case json::kind::int64:
      return {in.get_int64()};
    case json::kind::uint64:
      return {static_cast<double>(in.get_uint64())};
    case json::kind::double_:
      return {in.get_double()};
    case json::kind::string:
      return {std::string_view(in.get_string())};
    case json::kind::array:
      return {&in.get_array()};
    default:
      return {&in.get_object()};
  }
}

TypeName type_of(const Value& value) {
  static constexpr std::array kByIndex{TypeName::kNull,   TypeName::kBool,     TypeName::kInt,    TypeName::kDouble,
                                       TypeName::kString, TypeName::kDuration, TypeName::kList,   TypeName::kList,
                                       TypeName::kMap,    TypeName::kFormat,   TypeName::kFormat, TypeName::kFormat};
  static_assert(kByIndex.size() == std::variant_size_v<decltype(Value::data)>);
  return kByIndex[value.data.index()];
}

std::string_view type_name(const Value& value) {
  static constexpr std::array<std::string_view, 9> kNames{"null", "bool", "int",      "double", "string",
                                                          "list", "map",  "duration", "format"};
  return kNames[static_cast<std::size_t>(type_of(value))];
}

bool is_list(const Value& value) {
  return type_of(value) == TypeName::kList;
}

std::size_t list_size(const Value& list) {
  if (const auto* items = list.if_a<const json::array*>()) return (*items)->size();
  const auto* items = list.if_a<const std::vector<Value>*>();
  return items != nullptr ? (*items)->size() : 0;
}

Value list_item(const Value& list, std::size_t index) {
  if (const auto* items = list.if_a<const json::array*>()) return from_json((**items)[index]);
  return (*std::get<const std::vector<Value>*>(list.data))[index];
}

bool equal(const Value& a, const Value& b) {
  if (const auto *x = a.if_a<std::int64_t>(), *y = b.if_a<std::int64_t>(); x != nullptr && y != nullptr)
    return *x == *y;
  if (const auto x = as_number(a), y = as_number(b); x && y) return *x == *y;
  if (type_of(a) != type_of(b)) return false;
  switch (type_of(a)) {
    case TypeName::kNull:
      return true;
    case TypeName::kBool:
      return std::get<bool>(a.data) == std::get<bool>(b.data);
    case TypeName::kString:
      return std::get<std::string_view>(a.data) == std::get<std::string_view>(b.data);
    case TypeName::kDuration:
      return std::get<Duration>(a.data).nanoseconds == std::get<Duration>(b.data).nanoseconds;
    case TypeName::kList:
      return equal_lists(a, b);
    case TypeName::kMap:
      return equal_maps(*std::get<const json::object*>(a.data), *std::get<const json::object*>(b.data));
    default: {
      const auto *x = a.if_a<TypeName>(), *y = b.if_a<TypeName>();
      return x != nullptr && y != nullptr && *x == *y;
    }
  }
}

}  // namespace sluice::api::cel
