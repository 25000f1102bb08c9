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

/// How many of the alternatives fit; why adds what each of the others wants.
std::size_t fitting(const std::vector<const SchemaNode*>& alternatives, const json::value& value, bool redacted,
                    std::string& why) {
  std::size_t count = 0;
  for (const SchemaNode* alternative : alternatives) {
    SchemaErrors found(redacted);
    validate(*alternative, value, Place(), found);
    if (found.list().empty()) {
      ++count;
    } else {
      const SchemaError& first = found.list().front();
      const std::string field = first.field.str();
      why += (why.empty() ? "" : ", or ") + (field.empty() ? "" : field + ": ") + first.what;
    }
  }
  return count;
}

void check_alternatives(const SchemaNode& node, const json::value& value, const Place& place, SchemaErrors& errors) {
  std::string why;
  if (!node.one_of.empty()) {
    const std::size_t count = fitting(node.one_of, value, errors.redacted(), why);
    if (count == 0) errors.add(place, "fits none of the allowed forms: " + why);
    if (count > 1) errors.add(place, "fits more than one of the allowed forms");
  }
  why.clear();
  if (!node.any_of.empty() && fitting(node.any_of, value, errors.redacted(), why) == 0) errors.add(place, why);
  for (const SchemaNode* part : node.all_of) validate(*part, value, place, errors);
  if (node.not_ != nullptr && fitting({node.not_}, value, errors.redacted(), why) == 1) {
    errors.add_value(place, value, "is not allowed here");
  }
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
