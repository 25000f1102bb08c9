#include <boost/json.hpp>
#include <unordered_map>

#include "controller/api/schema/passes.h"

namespace sluice::api {
namespace {

namespace json = boost::json;

/// What makes an item of a list one of its kind: of a map its keys, as JSON; of a set the whole item.
json::value key_of(const SchemaNode& list, const json::value& item) {
  const json::object* fields = item.if_object();
  if (list.list_type == ListType::kSet || fields == nullptr) return item;
  json::object key;
  for (const std::string& name : list.map_keys) {
    if (const json::value* value = fields->if_contains(name)) key.emplace(name, *value);
  }
  return key;
}

void check_items(const SchemaNode& node, const json::array& items, const Place& place, SchemaErrors& errors) {
  std::unordered_map<std::string, std::size_t> seen;
  for (std::size_t i = 0; i < items.size(); ++i) {
    std::string key = json::serialize(key_of(node, items[i]));
    const auto [first, is_new] = seen.try_emplace(key, i);
    if (is_new) continue;
    errors.add(place.item(i), (errors.redacted() ? "REDACTED" : key) + " is item [" + std::to_string(first->second) +
                                  "] already; each may stand once");
  }
}

}  // namespace

void check_unique(const SchemaNode& node, const json::value& value, const Place& place, SchemaErrors& errors) {
  if (const json::object* fields = value.if_object()) {
    for (const auto& field : *fields) {
      const auto known = node.properties.find(std::string_view(field.key()));
      const SchemaNode* child = known != node.properties.end() ? known->second : node.additional_properties;
      const json::value& below = field.value();
      if (child != nullptr && below.is_structured()) check_unique(*child, below, place.field(field.key()), errors);
    }
  } else if (const json::array* items = value.if_array(); items != nullptr && node.items != nullptr) {
    if (node.list_type != ListType::kAtomic) check_items(node, *items, place, errors);
    for (std::size_t i = 0; i < items->size(); ++i) check_unique(*node.items, (*items)[i], place.item(i), errors);
  }
}

}  // namespace sluice::api
