#include <boost/json.hpp>

#include "controller/api/schema/passes.h"

namespace sluice::api {
namespace {

namespace json = boost::json;

bool is_of_interest(const SchemaNode& node, const json::value* old) {
  return old != nullptr ? node.has_transitions : node.has_rules;
}

/// Items of lists by key are the same item before and after; those of other lists have no past.
const json::value* item_before(const SchemaNode& list, const json::value& item, const json::array& old) {
  const json::object* fields = item.if_object();
  if (list.list_type != ListType::kMap || fields == nullptr) return nullptr;
  for (const auto& candidate : old) {
    const json::object* before = candidate.if_object();
    bool same = before != nullptr;
    for (const std::string& key : list.map_keys) {
      if (!same) break;
      const auto *a = fields->if_contains(key), *b = before->if_contains(key);
      same = a != nullptr && b != nullptr ? *a == *b : a == b;
    }
    if (same) return &candidate;
  }
  return nullptr;
}

void check_here(const SchemaNode& node, const json::value& value, const json::value* old, const Place& place,
                SchemaErrors& errors, std::size_t& budget) {
  for (const SchemaRule& rule : node.rules) {
    if (rule.rule.is_transition() != (old != nullptr)) continue;
    const auto holds = rule.rule.holds(value, old, budget);
    if (!holds) {
      errors.add(place, rule.message + " (the rule cannot be evaluated: " + holds.error() + ")");
    } else if (!*holds) {
      errors.add(place, rule.message);
    }
  }
}

}  // namespace

void check_rules(const SchemaNode& node, const json::value& value, const json::value* old, const Place& place,
                 SchemaErrors& errors, std::size_t& budget) {
  if (!is_of_interest(node, old)) return;
  check_here(node, value, old, place, errors, budget);
  if (const json::object* fields = value.if_object()) {
    const json::object* before = old != nullptr ? old->if_object() : nullptr;
    for (const auto& field : *fields) {
      const auto known = node.properties.find(std::string_view(field.key()));
      const SchemaNode* child = known != node.properties.end() ? known->second : node.additional_properties;
      const json::value* past = before != nullptr ? before->if_contains(field.key()) : nullptr;
      if (child == nullptr || (old != nullptr && past == nullptr)) continue;
      check_rules(*child, field.value(), past, place.field(field.key()), errors, budget);
    }
  } else if (const json::array* items = value.if_array(); items != nullptr && node.items != nullptr) {
    const json::array* before = old != nullptr ? old->if_array() : nullptr;
    for (std::size_t i = 0; i < items->size(); ++i) {
      const json::value* past = before != nullptr ? item_before(node, (*items)[i], *before) : nullptr;
      if (old != nullptr && past == nullptr) continue;
      check_rules(*node.items, (*items)[i], past, place.item(i), errors, budget);
    }
  }
}

}  // namespace sluice::api
