#include "controller/source/kubernetes/object_text.h"

#include <boost/json.hpp>

namespace sluice::kubernetes {

namespace json = boost::json;

std::string text_of(const json::object& fields, std::string_view name) {
  const json::value* value = fields.if_contains(name);
  const json::string* text = value != nullptr ? value->if_string() : nullptr;
  return text != nullptr ? std::string(*text) : std::string();
}

const json::object* object_of(const json::object& fields, std::string_view name) {
  const json::value* value = fields.if_contains(name);
  return value != nullptr ? value->if_object() : nullptr;
}

std::expected<ParsedObject, std::string> parse_object(std::string_view text) {
  boost::system::error_code failed;
  json::parse_options options;
  options.max_depth = 100;  // managedFields nest deeper than what they are of
  json::value value = json::parse(json::string_view(text.data(), text.size()), failed, {}, options);
  if (failed) return std::unexpected("is no JSON: " + failed.message());
  json::object* fields = value.if_object();
  if (fields == nullptr) return std::unexpected("is no object");
  const json::object* metadata = object_of(*fields, "metadata");
  if (metadata == nullptr) return std::unexpected("has no metadata");
  ParsedObject out{.name = {text_of(*metadata, "namespace"), text_of(*metadata, "name")},
                   .resource_version = text_of(*metadata, "resourceVersion"),
                   .fields = std::move(*fields),
                   .text = text};
  if (out.name.name.empty()) return std::unexpected("has no metadata.name");
  if (out.resource_version.empty()) return std::unexpected("has no metadata.resourceVersion");
  return out;
}

}  // namespace sluice::kubernetes
