#include "tools/sluicectl/json_view.h"

#include <fmt/format.h>

namespace sluice::ctl {

namespace json = boost::json;

namespace {

constexpr std::size_t kIndent = 4;

void append(const json::value& value, std::size_t indent, std::string& out) {
  const auto* object = value.if_object();
  const auto* array = value.if_array();
  if ((object == nullptr || object->empty()) && (array == nullptr || array->empty())) {
    out += value.is_double() ? fmt::format("{}", value.get_double()) : json::serialize(value);
    return;
  }
  const std::string line = "\n" + std::string(indent + kIndent, ' ');
  bool first = true;
  const auto next = [&] {
    out += first ? line : "," + line;
    first = false;
  };
  out += object != nullptr ? '{' : '[';
  if (object != nullptr) {
    for (const auto& [key, member] : *object) {
      next();
      out += json::serialize(json::value(key)) + ": ";
      append(member, indent + kIndent, out);
    }
  } else {
    for (const auto& element : *array) {
      next();
      append(element, indent + kIndent, out);
    }
  }
  out += "\n" + std::string(indent, ' ') + (object != nullptr ? '}' : ']');
}

}  // namespace

const json::value* at(const json::value& value, Path path) {
  const json::value* here = &value;
  for (const auto key : path) {
    const auto* object = here->if_object();
    here = object == nullptr ? nullptr : object->if_contains({key.data(), key.size()});
    if (here == nullptr) return nullptr;
  }
  return here;
}

std::string text_at(const json::value& value, Path path) {
  const auto* found = at(value, path);
  if (found == nullptr) return {};
  if (const auto* text = found->if_string()) return {text->data(), text->size()};
  if (found->is_number() || found->is_bool()) return json::serialize(*found);
  return {};
}

const json::array& list_at(const json::value& value, Path path) {
  static const json::array kNone;
  const auto* found = at(value, path);
  const auto* list = found == nullptr ? nullptr : found->if_array();
  return list == nullptr ? kNone : *list;
}

const json::array& items_of(const json::object& list) {
  static const json::array kNone;
  const auto* items = list.if_contains("items");
  return items == nullptr || !items->is_array() ? kNone : items->get_array();
}

std::string indented(const json::value& value) {
  std::string out;
  append(value, 0, out);
  return out + "\n";
}

}  // namespace sluice::ctl
