#include "controller/source/kubernetes/object_reader.h"

#include <boost/json.hpp>

#include "controller/api/json.h"
#include "controller/api/schema/admission.h"
#include "controller/source/kubernetes/raw_json.h"

namespace sluice::kubernetes {
namespace {

namespace json = boost::json;

constexpr std::string_view kLastApplied = "kubectl.kubernetes.io/last-applied-configuration";

/// Takes out what the schema does not know: a newer API may have it. unknown gets the ways to it.
void prune(const api::SchemaNode& node, json::value& value, const api::Place& place,
           std::vector<std::string>& unknown) {
  if (json::array* items = value.if_array()) {
    if (node.items == nullptr) return;
    for (std::size_t i = 0; i < items->size(); ++i) prune(*node.items, (*items)[i], place.item(i), unknown);
    return;
  }
  json::object* fields = value.if_object();
  if (fields == nullptr || node.type != api::SchemaType::kObject) return;
  std::vector<std::string> dropped;
  for (auto& field : *fields) {
    const std::string_view name = field.key();
    const auto known = node.properties.find(name);
    const api::SchemaNode* child = known != node.properties.end() ? known->second : node.additional_properties;
    if (child != nullptr) {
      prune(*child, field.value(), place.field(name), unknown);
    } else if (!node.preserves_unknown) {
      unknown.push_back(place.field(name).path().str());
      dropped.emplace_back(name);
    }
  }
  for (const std::string& name : dropped) fields->erase(name);
}

/// Labels and annotations that something reads.
json::object kept_metadata(const WatchedKind& kind, const json::object& metadata) {
  json::object out;
  for (const std::string_view name : {"name", "namespace"}) {
    if (const json::value* value = metadata.if_contains(name)) out[name] = *value;
  }
  const json::object* labels = object_of(metadata, "labels");
  if (labels != nullptr && kind.keeps_labels) out["labels"] = *labels;
  if (labels != nullptr && !kind.kept_label.empty() && labels->contains(kind.kept_label)) {
    json::object kept;
    kept[kind.kept_label] = labels->at(kind.kept_label);
    out["labels"] = std::move(kept);
  }
  const json::object* annotations = object_of(metadata, "annotations");
  if (annotations != nullptr && kind.keeps_annotations) {
    json::object kept = *annotations;
    kept.erase(kLastApplied);
    out["annotations"] = std::move(kept);
  }
  return out;
}

std::int64_t number_of(const json::object& fields, std::string_view name, std::int64_t otherwise) {
  const json::value* value = fields.if_contains(name);
  const std::int64_t* number = value != nullptr ? value->if_int64() : nullptr;
  return number != nullptr ? *number : otherwise;
}

std::shared_ptr<const StatusRecord> record_of(const ParsedObject& object, const json::object& metadata) {
  auto out = std::make_shared<StatusRecord>();
  out->resource_version = object.resource_version;
  out->uid = text_of(metadata, "uid");
  out->generation = number_of(metadata, "generation", 1);
  out->is_deleting = metadata.contains("deletionTimestamp");
  out->status = raw_member(object.text, "status").value_or("");
  const auto raw_metadata = raw_member(object.text, "metadata");
  out->finalizers = raw_member(raw_metadata.value_or(""), "finalizers").value_or("");
  return out;
}

void trim(api::Service& service) {
  service.spec.selector.clear();
}
template <class T>
void trim(T&) {}

/// What an API server alone writes of metadata.
struct Written {
  std::int64_t generation;
  std::string creation_timestamp;
  std::string uid;
  std::string resource_version;
};

template <class T>
std::expected<api::AnyObject, std::string> typed(const json::object& fields, const Written& written) {
  auto out = api::from_json<T>(fields);
  if (!out) return std::unexpected(out.error().field + ": " + out.error().what);
  out->metadata.generation = written.generation;
  out->metadata.creation_timestamp = written.creation_timestamp;
  out->metadata.uid = written.uid;
  out->metadata.resource_version = written.resource_version;
  trim(*out);
  return std::make_shared<const T>(*std::move(out));
}

std::expected<api::AnyObject, std::string> typed(std::string_view kind, const json::object& fields,
                                                 const Written& written) {
  std::expected<api::AnyObject, std::string> out = std::unexpected(std::string(kind) + " is no kind of ours");
  api::Kinds::for_each([&]<class T>() {
    if (T::kKind == kind) out = typed<T>(fields, written);
  });
  return out;
}

}  // namespace

ObjectReader::ObjectReader(const WatchedKind& kind, std::string_view version)
    : kind_(&kind),
      schema_(api::Catalog::of(api::Channel::kExperimental).find(kind.group, kind.kind)),
      version_(schema_->version(version)) {}

std::expected<ReadObject, std::vector<std::string>> ObjectReader::read(ParsedObject object) const {
  ReadObject out;
  const json::object metadata = std::move(object.fields["metadata"].get_object());
  if (kind_->has_status) out.record = record_of(object, metadata);
  const Written written{number_of(metadata, "generation", 1), text_of(metadata, "creationTimestamp"),
                        text_of(metadata, "uid"), kind_->reading == Reading::kContents ? object.resource_version : ""};
  object.fields.erase("metadata");
  if (!kind_->reads_status) object.fields.erase("status");
  if (is_custom(*kind_)) {
    json::value body(std::move(object.fields));
    prune(*version_->root, body, api::Place(), out.unknown_fields);
    object.fields = std::move(body.get_object());
    object.fields["metadata"] = kept_metadata(*kind_, metadata);
    std::vector<std::string> errors;
    for (const auto& error : api::admit(object.fields, *schema_, *version_)) {
      errors.push_back((error.field.steps().empty() ? "" : error.field.str() + ": ") + error.what);
    }
    if (!errors.empty()) return std::unexpected(std::move(errors));
    const api::VersionSchema* v1 = schema_->version("v1");
    if (v1 != nullptr && v1 != version_) api::convert(object.fields, *v1);
  } else {
    object.fields["metadata"] = kept_metadata(*kind_, metadata);
  }
  auto typed_object = typed(kind_->kind, object.fields, written);
  if (!typed_object) return std::unexpected(std::vector{std::move(typed_object.error())});
  out.object = *std::move(typed_object);
  return out;
}

}  // namespace sluice::kubernetes
