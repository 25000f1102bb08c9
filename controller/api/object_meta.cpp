#include "controller/api/object_meta.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "controller/api/names.h"
#include "controller/api/schema/spelling.h"

namespace sluice::api {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxAnnotationBytes = 256 << 10;

constexpr std::array<std::string_view, 4> kKept{"name", "namespace", "labels", "annotations"};
/// Written by an API server, or without meaning in a folder.
constexpr std::array<std::string_view, 11> kDropped{
    "uid",          "generation", "resourceVersion", "creationTimestamp",          "managedFields",    "selfLink",
    "generateName", "finalizers", "ownerReferences", "deletionGracePeriodSeconds", "deletionTimestamp"};

template <std::size_t N>
bool is_in(const std::array<std::string_view, N>& list, std::string_view name) {
  return std::ranges::find(list, name) != list.end();
}

void check_fields(json::object& metadata, const Place& place, SchemaErrors& errors) {
  std::vector<std::string> dropped;
  for (const auto& field : metadata) {
    const std::string_view name = field.key();
    if (is_in(kDropped, name) || (is_in(kKept, name) && field.value().is_null())) {
      dropped.emplace_back(name);
    } else if (!is_in(kKept, name)) {
      const auto* near = std::ranges::find_if(kKept, [&](std::string_view known) { return is_near(name, known); });
      errors.add(place.field(name),
                 "no such field" + (near != kKept.end() ? "; " + std::string(*near) + " is one" : ""));
    }
  }
  for (const std::string& name : dropped) metadata.erase(name);
}

/// Names of kinds that become part of a host name are labels, others subdomains.
bool is_label_kind(const KindSchema& kind) {
  return kind.group.empty() && (kind.kind == "Namespace" || kind.kind == "Service");
}

void check_name(const json::object& metadata, const KindSchema& kind, const Place& place, SchemaErrors& errors) {
  const json::value* name = metadata.if_contains("name");
  const Place field = place.field("name");
  if (name == nullptr) return errors.add_blocking(field, "is required");
  if (!name->is_string()) {
    errors.block();
    return errors.add_value(field, *name, "must be text (in quotes where it reads as something else)");
  }
  const std::string_view text = name->get_string();
  if (is_label_kind(kind) ? is_dns_label(text) : is_dns_subdomain(text)) return;
  errors.add_value(field, *name,
                   is_label_kind(kind)
                       ? "must be a DNS label: at most 63 of a-z, 0-9 and '-', which neither begins nor ends it"
                       : "must be a DNS subdomain: at most 253 of a-z, 0-9, '-' and '.', each part of it "
                         "beginning and ending with a letter or digit");
}

void check_namespace(json::object& metadata, const KindSchema& kind, const Place& place, SchemaErrors& errors) {
  if (!kind.namespaced) {
    metadata.erase("namespace");
    return;
  }
  const json::value* value = metadata.if_contains("namespace");
  if (value == nullptr || *value == "") {
    metadata["namespace"] = "default";
  } else if (!value->is_string() || !is_dns_label(std::string_view(value->get_string()))) {
    errors.add_value(place.field("namespace"), *value,
                     "must be a DNS label: at most 63 of a-z, 0-9 and '-', which neither begins nor ends it");
  }
}

/// Labels or annotations.
const json::object* check_map(const json::object& metadata, std::string_view name, const Place& field,
                              SchemaErrors& errors) {
  const json::value* value = metadata.if_contains(name);
  if (value == nullptr) return nullptr;
  const json::object* entries = value->if_object();
  if (entries == nullptr) {
    errors.block();
    errors.add_value(field, *value, "must be an object");
    return nullptr;
  }
  for (const auto& entry : *entries) {
    const Place place = field.field(entry.key());
    if (!is_qualified_name(std::string_view(entry.key()))) {
      errors.add(
          place,
          "must be [prefix/]name: a name of at most 63 of A-Z, a-z, 0-9, '-', '_' and '.', after a DNS subdomain");
    }
    if (!entry.value().is_string()) {
      errors.add_value(place, entry.value(), "must be text (in quotes where it reads as something else)");
    }
  }
  return entries;
}

void check_labels(const json::object& metadata, const Place& place, SchemaErrors& errors) {
  const Place field = place.field("labels");
  const json::object* labels = check_map(metadata, "labels", field, errors);
  if (labels == nullptr) return;
  for (const auto& label : *labels) {
    const json::string* text = label.value().if_string();
    if (text == nullptr || is_label_value(std::string_view(*text))) continue;
    errors.add_value(field.field(label.key()), label.value(),
                     "must be empty, or at most 63 of A-Z, a-z, 0-9, '-', '_' and '.', beginning and ending with a "
                     "letter or digit");
  }
}

void check_annotations(const json::object& metadata, const Place& place, SchemaErrors& errors) {
  const Place field = place.field("annotations");
  const json::object* annotations = check_map(metadata, "annotations", field, errors);
  if (annotations == nullptr) return;
  std::size_t bytes = 0;
  for (const auto& entry : *annotations) {
    const json::string* text = entry.value().if_string();
    bytes += entry.key().size() + (text != nullptr ? text->size() : 0);
  }
  if (bytes > kMaxAnnotationBytes) errors.add(field, "have " + std::to_string(bytes) + " bytes; at most 262144");
}

}  // namespace

void check_metadata(json::object& object, const KindSchema& kind, SchemaErrors& errors) {
  const Place root;
  const Place place = root.field("metadata");
  json::value& value = object["metadata"];
  if (value.is_null()) value = json::object();
  json::object* metadata = value.if_object();
  if (metadata == nullptr) {
    errors.block();
    return errors.add_value(place, value, "must be an object");
  }
  check_fields(*metadata, place, errors);
  check_name(*metadata, kind, place, errors);
  check_namespace(*metadata, kind, place, errors);
  check_labels(*metadata, place, errors);
  check_annotations(*metadata, place, errors);
}

}  // namespace sluice::api
