#include <re2/re2.h>

#include <algorithm>
#include <boost/json.hpp>
#include <limits>

#include "controller/api/cel/functions.h"
#include "controller/api/schema/passes.h"

namespace sluice::api {
namespace {

namespace json = boost::json;

std::string_view article(SchemaType type) {
  switch (type) {
    case SchemaType::kObject:
      return "must be an object";
    case SchemaType::kArray:
      return "must be a list";
    case SchemaType::kString:
      return "must be text (in quotes where it reads as something else)";
    case SchemaType::kInteger:
      return "must be a whole number";
    case SchemaType::kNumber:
      return "must be a number";
    case SchemaType::kBoolean:
      return "must be true or false";
    default:
      return "must be a whole number or text";
  }
}

bool is_whole(const json::value& value) {
  return value.is_int64() || value.is_uint64();
}

bool has_type(SchemaType type, const json::value& value) {
  switch (type) {
    case SchemaType::kAny:
      return true;
    case SchemaType::kObject:
      return value.is_object();
    case SchemaType::kArray:
      return value.is_array();
    case SchemaType::kString:
      return value.is_string();
    case SchemaType::kInteger:
      return is_whole(value);
    case SchemaType::kNumber:
      return value.is_number();
    case SchemaType::kBoolean:
      return value.is_bool();
    case SchemaType::kIntOrString:
      return is_whole(value) || value.is_string();
  }
  return false;
}

/// "at least 1 items" reads badly.
std::string count(std::uint64_t number, std::string_view noun) {
  return std::to_string(number) + " " + std::string(noun) + (number == 1 ? "" : "s");
}

void check_count(std::uint64_t found, const std::optional<std::uint64_t>& least,
                 const std::optional<std::uint64_t>& most, std::string_view noun, const Place& place,
                 SchemaErrors& errors) {
  if (least && found < *least) errors.add(place, "has " + count(found, noun) + "; at least " + std::to_string(*least));
  if (most && found > *most) {
    errors.add_blocking(place, "has " + count(found, noun) + "; at most " + std::to_string(*most));
  }
}

void check_text(const SchemaNode& node, const json::value& value, const Place& place, SchemaErrors& errors) {
  const std::string_view text = value.get_string();
  check_count(cel::code_points(text), node.min_length, node.max_length, "character", place, errors);
  if (node.pattern && !RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *node.pattern)) {
    errors.add_value(place, value, "must match " + node.pattern->pattern());
  }
  if (!node.format.empty() && !fits_format(node.format, text)) {
    errors.add_value(place, value, "must be " + (node.format == "byte" ? "base64" : "of format " + node.format));
  }
}

void check_number(const SchemaNode& node, const json::value& value, const Place& place, SchemaErrors& errors) {
  const double number = value.to_number<double>();
  const auto written = [](double limit) { return json::serialize(json::value(static_cast<std::int64_t>(limit))); };
  if (node.minimum && number < *node.minimum) {
    errors.add_value(place, value, "must be at least " + written(*node.minimum));
  }
  if (node.maximum && number > *node.maximum)
    errors.add_value(place, value, "must be at most " + written(*node.maximum));
  using Int32 = std::numeric_limits<std::int32_t>;
  const bool too_wide = node.format == "int32" ? number < Int32::min() || number > Int32::max()
                                               : node.format == "int64" && value.is_uint64();
  if (too_wide && !node.maximum) errors.add_value(place, value, "must fit into " + node.format);
  if (too_wide) errors.block();
}

void check_enum(const SchemaNode& node, const json::value& value, const Place& place, SchemaErrors& errors) {
  if (node.enum_.empty() || std::ranges::find(node.enum_, value) != node.enum_.end()) return;
  std::string allowed;
  for (const auto& item : node.enum_) {
    allowed +=
        (allowed.empty() ? "" : ", ") + (item.is_string() ? std::string(item.get_string()) : json::serialize(item));
  }
  errors.add_value(place, value, (node.enum_.size() == 1 ? "must be " : "must be one of ") + allowed);
}

void check_fields(const SchemaNode& node, const json::object& fields, const Place& place, SchemaErrors& errors) {
  check_count(fields.size(), node.min_properties, node.max_properties, "field", place, errors);
  for (const std::string& name : node.required) {
    if (!fields.contains(name)) errors.add_blocking(place.field(name), "is required");
  }
  for (const auto& field : fields) {
    const auto known = node.properties.find(std::string_view(field.key()));
    const SchemaNode* child = known != node.properties.end() ? known->second : node.additional_properties;
    if (child != nullptr) validate(*child, field.value(), place.field(field.key()), errors);
  }
}

void check_items(const SchemaNode& node, const json::array& items, const Place& place, SchemaErrors& errors) {
  check_count(items.size(), node.min_items, node.max_items, "item", place, errors);
  if (node.items == nullptr) return;
  for (std::size_t i = 0; i < items.size(); ++i) validate(*node.items, items[i], place.item(i), errors);
}

bool fits(const SchemaNode& node, const json::value& value) {
  SchemaErrors found;
  validate(node, value, Place(), found);
  return found.list().empty();
}

/// Whether a field that tells the alternatives apart (type: Hostname) is as this one has it.
bool is_meant(const SchemaNode& alternative, const json::value& value) {
  const json::object* fields = value.if_object();
  for (const auto& [name, child] : alternative.properties) {
    const bool tells = !child->enum_.empty() || child->not_ != nullptr;
    const json::value* field = tells && fields != nullptr ? fields->if_contains(name) : nullptr;
    if (field != nullptr && !fits(*child, *field)) return false;
  }
  return true;
}

/// What is wrong with the one alternative that is meant; or all that would do.
void refuse_all(const std::vector<const SchemaNode*>& alternatives, const json::value& value, const Place& place,
                SchemaErrors& errors) {
  const SchemaNode* meant = nullptr;
  std::size_t count_meant = 0;
  std::string formats;
  for (const SchemaNode* alternative : alternatives) {
    if (!alternative->format.empty()) formats += (formats.empty() ? "" : " or ") + alternative->format;
    if (!is_meant(*alternative, value)) continue;
    meant = alternative;
    ++count_meant;
  }
  if (count_meant == 1) return validate(*meant, value, place, errors);
  errors.add_value(place, value, formats.empty() ? "fits none of the allowed forms" : "must be of format " + formats);
}

void check_alternatives(const SchemaNode& node, const json::value& value, const Place& place, SchemaErrors& errors) {
  const auto fitting = [&](const std::vector<const SchemaNode*>& alternatives) {
    return std::ranges::count_if(alternatives,
                                 [&](const SchemaNode* alternative) { return fits(*alternative, value); });
  };
  if (!node.one_of.empty()) {
    const auto count = fitting(node.one_of);
    if (count == 0) refuse_all(node.one_of, value, place, errors);
    if (count > 1) errors.add_value(place, value, "fits more than one of the allowed forms");
  }
  if (!node.any_of.empty() && fitting(node.any_of) == 0) refuse_all(node.any_of, value, place, errors);
  for (const SchemaNode* part : node.all_of) validate(*part, value, place, errors);
  if (node.not_ != nullptr && fits(*node.not_, value)) errors.add_value(place, value, "is not allowed here");
}

}  // namespace

void validate(const SchemaNode& node, const json::value& value, const Place& place, SchemaErrors& errors) {
  if (value.is_null() && node.nullable) return;
  if (!has_type(node.type, value)) {
    errors.add_value(place, value, std::string(article(node.type)));
    return errors.block();
  }
  check_enum(node, value, place, errors);
  if (value.is_string()) {
    check_text(node, value, place, errors);
  } else if (value.is_number()) {
    check_number(node, value, place, errors);
  } else if (const json::object* fields = value.if_object()) {
    check_fields(node, *fields, place, errors);
  } else if (const json::array* items = value.if_array()) {
    check_items(node, *items, place, errors);
  }
  check_alternatives(node, value, place, errors);
}

}  // namespace sluice::api
