#include <boost/json.hpp>
#include <cmath>

#include "controller/api/schema/passes.h"
#include "controller/api/schema/spelling.h"

namespace sluice::api {
namespace {

namespace json = boost::json;

std::string unknown_field(const SchemaNode& node, std::string_view name) {
  std::string what = "no such field";
  std::string_view nearest;
  for (const auto& [known, child] : node.properties) {
    if (is_near(name, known)) nearest = known;
  }
  if (!nearest.empty()) what += "; " + std::string(nearest) + " is one";
  return what;
}

void fill_in(const SchemaNode& node, json::object& fields) {
  for (const auto& [name, child] : node.properties) {
    if (child->default_ && !fields.contains(name)) fields.emplace(name, *child->default_);
  }
}

void take_in_fields(const SchemaNode& node, json::object& fields, const Place& place, SchemaErrors& errors) {
  std::vector<std::string> dropped;
  for (auto& field : fields) {
    const std::string_view name = field.key();
    const auto known = node.properties.find(name);
    const SchemaNode* child = known != node.properties.end() ? known->second : node.additional_properties;
    if (child == nullptr) {
      if (!node.preserves_unknown) errors.add(place.field(name), unknown_field(node, name));
    } else if (field.value().is_null() && !child->nullable) {
      dropped.emplace_back(name);
    } else if (known == node.properties.end() || !child->default_) {
      take_in(*child, field.value(), place.field(name), errors);
    }
  }
  for (const std::string& name : dropped) fields.erase(name);
  if (node.has_defaults) fill_in(node, fields);
  // Fields with a default come now, whether they were there or are filled in: a default may lack defaults below it.
  for (const auto& [name, child] : node.properties) {
    if (!child->default_) continue;
    if (json::value* value = fields.if_contains(name)) take_in(*child, *value, place.field(name), errors);
  }
}

}  // namespace

void take_in(const SchemaNode& node, json::value& value, const Place& place, SchemaErrors& errors) {
  if (json::object* fields = value.if_object()) {
    // What is no object by its schema is refused by its type, not field by field.
    if (node.type == SchemaType::kObject) take_in_fields(node, *fields, place, errors);
  } else if (json::array* items = value.if_array()) {
    if (node.items == nullptr) return;
    for (std::size_t i = 0; i < items->size(); ++i) take_in(*node.items, (*items)[i], place.item(i), errors);
  } else if (value.is_double() && (node.type == SchemaType::kInteger || node.type == SchemaType::kIntOrString)) {
    const double real = value.get_double();
    if (std::trunc(real) == real && std::abs(real) < 9e15) value = static_cast<std::int64_t>(real);
  }
}

}  // namespace sluice::api
