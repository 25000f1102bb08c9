#include "controller/source/document.h"

#include <boost/json.hpp>

#include "controller/api/json.h"
#include "controller/api/schema/spelling.h"
#include "controller/api/unread_fields.h"
#include "controller/source/yaml_value.h"

namespace sluice::source {
namespace {

namespace json = boost::json;

constexpr std::string_view kGatewayGroups[] = {"gateway.networking.k8s.io", "gateway.networking.x-k8s.io"};

std::string text_of(const json::object& fields, std::string_view name) {
  const json::value* value = fields.if_contains(name);
  const json::string* text = value != nullptr ? value->if_string() : nullptr;
  return text != nullptr ? std::string(*text) : std::string();
}

/// "TCPRoute shop/db", as far as it can be read.
std::string name_of(const json::object& object) {
  const json::value* metadata = object.if_contains("metadata");
  const json::object* fields = metadata != nullptr ? metadata->if_object() : nullptr;
  const std::string name = fields != nullptr ? text_of(*fields, "name") : "";
  const std::string space = fields != nullptr ? text_of(*fields, "namespace") : "";
  std::string out = text_of(object, "kind");
  if (out.empty() || name.empty()) return out;
  return out + " " + (space.empty() ? name : space + "/" + name);
}

api::FieldPath path_of(std::string_view dotted) {
  api::FieldPath path;
  for (std::size_t dot = 0; dot != std::string_view::npos;) {
    dot = dotted.find('.');
    path.push(dotted.substr(0, dot));
    if (dot != std::string_view::npos) dotted.remove_prefix(dot + 1);
  }
  return path;
}

/// Kinds of a cluster: nodes, and the addresses that they share. A folder has one node, and names addresses.
template <class T>
constexpr bool kOfAClusterAlone = std::same_as<T, api::Node> || std::same_as<T, api::AddressPool>;

/// Fields that are read, and have an effect in a cluster alone.
std::string without_effect(const api::SluiceParameters& object) {
  const bool nodes = object.spec.node_selector.has_value();
  if (!object.spec.pool) return nodes ? "spec.nodeSelector" : "";
  return nodes ? "spec.pool, spec.nodeSelector" : "spec.pool";
}
template <class T>
std::string without_effect(const T&) {
  return "";
}

bool is_gateway_group(std::string_view group) {
  for (const std::string_view known : kGatewayGroups) {
    if (group == known) return true;
  }
  return false;
}

std::string api_version(const std::string& group, const std::string& version) {
  return group.empty() ? version : group + "/" + version;
}

/// Every field of a small object, with its line.
void note_lines(const YamlNode& root, const json::value& value, api::FieldPath& path,
                std::map<std::string, unsigned>& lines) {
  if (!path.steps().empty()) lines[path.str()] = line_of(root, path);
  if (const json::object* fields = value.if_object()) {
    for (const auto& field : *fields) {
      path.push(field.key());
      note_lines(root, field.value(), path, lines);
      path.pop();
    }
  } else if (const json::array* items = value.if_array()) {
    for (std::size_t i = 0; i < items->size(); ++i) {
      path.push(i);
      note_lines(root, (*items)[i], path, lines);
      path.pop();
    }
  }
}

std::shared_ptr<const ChangeRecord> change_record(const YamlNode& root, const api::VersionSchema& version,
                                                  const json::object& object) {
  if (!version.root->has_transitions) return nullptr;
  auto record = std::make_shared<ChangeRecord>(ChangeRecord{object, {}, &version});
  api::FieldPath path;
  note_lines(root, object, path, record->lines);
  return record;
}

}  // namespace

void DocumentReader::error(const Subject& subject, const api::FieldPath& field, std::string what) {
  out_.errors.push_back({.file = file_,
                         .line = line_of(subject.root, field),
                         .object = subject.name,
                         .field = field.str(),
                         .what = std::move(what)});
}
void DocumentReader::error(const Subject& subject, std::string_view field, std::string what) {
  error(subject, field.empty() ? api::FieldPath() : path_of(field), std::move(what));
}
void DocumentReader::notice(const Subject& subject, std::string what) {
  out_.notices.push_back({.file = file_, .line = subject.root.line, .object = subject.name, .what = std::move(what)});
}

void DocumentReader::read(const YamlNode& root, std::size_t& budget) {
  std::vector<ValueError> defects;
  json::value value = to_value(root, budget, defects);
  if (defects.empty()) return read_value(root, value);
  const std::string name = value.is_object() ? name_of(value.get_object()) : "";
  for (ValueError& defect : defects) {
    out_.errors.push_back({.file = file_,
                           .line = defect.line,
                           .object = name,
                           .field = defect.field.str(),
                           .what = std::move(defect.what)});
  }
}

void DocumentReader::read_value(const YamlNode& root, json::value& value) {
  json::object* object = value.if_object();
  if (object == nullptr) return error({root, {}}, "", "is no object; a manifest has apiVersion, kind and metadata");
  const std::string kind = text_of(*object, "kind");
  const std::string version = text_of(*object, "apiVersion");
  if (kind.empty()) return error({root, {}}, "kind", "is required; a manifest has apiVersion, kind and metadata");
  if (version.empty()) return error({root, name_of(*object)}, "apiVersion", "is required");
  const json::value* items = object->if_contains("items");
  if (kind == "List" && version == "v1") return read_list(root, *object);
  if (kind.ends_with("List") && items != nullptr && items->is_array()) return read_list(root, *object);
  read_object(root, *object);
}

void DocumentReader::read_list(const YamlNode& root, json::object& list) {
  const Subject subject{root, text_of(list, "kind")};
  json::value* items = list.if_contains("items");
  if (items == nullptr || items->is_null()) return;
  if (!items->is_array()) return error(subject, "items", "must be a list");
  const YamlNode* nodes = nullptr;
  for (const auto& [key, child] : root.children) {
    if (key != nullptr && key->text == "items") nodes = child;
  }
  for (std::size_t i = 0; i < items->get_array().size(); ++i) {
    const bool has_node = nodes != nullptr && i < nodes->children.size();
    read_value(has_node ? *nodes->children[i].second : root, items->get_array()[i]);
  }
}

void DocumentReader::read_object(const YamlNode& root, json::object& object) {
  const std::string whole = text_of(object, "apiVersion");
  const std::size_t slash = whole.find('/');
  const std::string group = slash == std::string::npos ? "" : whole.substr(0, slash);
  const std::string version = slash == std::string::npos ? whole : whole.substr(slash + 1);
  const Subject subject{root, name_of(object)};
  const std::string name = text_of(object, "kind");
  const api::KindSchema* kind = catalog_.find(group, name);
  if (kind == nullptr) {
    if (is_gateway_group(group)) return refuse_kind(subject, group, name);
    return notice(subject, "is skipped: " + whole + " " + name + " is no kind that Sluice reads");
  }
  const api::VersionSchema* schema = kind->version(version);
  if (schema == nullptr || !schema->served) return refuse_version(subject, *kind, version);
  if (!schema->deprecated.empty()) notice(subject, schema->deprecated);
  admit(subject, *kind, *schema, object);
}

/// A misspelt kind of the Gateway API is no foreign one: an API server refuses it too.
void DocumentReader::refuse_kind(const Subject& subject, const std::string& group, const std::string& kind) {
  std::string what =
      "\"" + kind + "\"; " + group + " has no such kind in the " + std::string(api::to_string(channel_)) + " channel";
  for (const api::KindSchema& known : catalog_.kinds()) {
    if (known.group == group && api::is_near(kind, known.kind)) what += ", but " + known.kind;
  }
  error(subject, "kind", std::move(what));
}

void DocumentReader::refuse_version(const Subject& subject, const api::KindSchema& kind, const std::string& version) {
  std::string served;
  for (const api::VersionSchema& known : kind.versions) {
    if (known.served) served += (served.empty() ? "" : ", ") + known.name;
  }
  const bool by_channel = is_gateway_group(kind.group);
  error(subject, "apiVersion",
        api_version(kind.group, version) + "; " + kind.kind + " is served as " + served +
            (by_channel ? " in the " + std::string(api::to_string(channel_)) + " channel" : ""));
}

void DocumentReader::admit(const Subject& subject, const api::KindSchema& kind, const api::VersionSchema& version,
                           json::object& object) {
  const json::value* space = object.contains("metadata") && object["metadata"].is_object()
                                 ? object["metadata"].get_object().if_contains("namespace")
                                 : nullptr;
  if (!kind.namespaced && space != nullptr && !space->is_null()) {
    notice(subject, "metadata.namespace is ignored: " + kind.kind + " is cluster-scoped");
  }
  const auto errors = api::admit(object, kind, version);
  const Subject named{subject.root, name_of(object)};
  for (const api::SchemaError& found : errors) error(named, found.field, found.what);
  if (errors.empty()) keep(named, kind, version, object);
}

void DocumentReader::keep(const Subject& subject, const api::KindSchema& kind, const api::VersionSchema& version,
                          json::object& object) {
  const json::object& metadata = object["metadata"].get_object();
  ManifestObject out{.ref = {kind.kind, text_of(metadata, "namespace"), text_of(metadata, "name")},
                     .origin = {file_, subject.root.line},
                     .object = std::nullopt,
                     .change = change_record(subject.root, version, object)};
  if (const api::VersionSchema* v1 = kind.version("v1"); v1 != nullptr && v1 != &version) api::convert(object, *v1);
  bool typed = false;
  bool is_of_cluster = false;
  api::Kinds::for_each([&]<class T>() {
    if (T::kKind != kind.kind) return;
    if constexpr (kOfAClusterAlone<T>) {
      is_of_cluster = true;
    } else {
      typed = true;
      keep_typed<T>(subject, object, out);
    }
  });
  if (is_of_cluster) return notice(subject, "is valid, but has an effect in a cluster alone");
  if (!typed) notice(subject, "is valid, but " + kind.kind + " is not supported yet; it has no effect");
  if (!typed || out.object) out_.objects.push_back(std::move(out));
}

template <class T>
void DocumentReader::keep_typed(const Subject& subject, const json::object& object, ManifestObject& out) {
  auto typed = api::from_json<T>(object);
  if (!typed) {
    out_.errors.push_back({.file = file_,
                           .line = subject.root.line,
                           .object = subject.name,
                           .field = std::move(typed.error().field),
                           .what = std::move(typed.error().what)});
    return;
  }
  if (const auto fields = without_effect(*typed); !fields.empty()) {
    notice(subject, "has fields that have an effect in a cluster alone: " + fields);
  }
  out.object = std::make_shared<const T>(*std::move(typed));
  // The Gateway API's own fields are all acted upon, or refused by a condition.
  if constexpr (!api::KindOf<T>::kApiVersion.starts_with("gateway.")) {
    std::string fields;
    for (const std::string& field : api::unread_fields<T>(object)) fields += (fields.empty() ? "" : ", ") + field;
    if (!fields.empty()) notice(subject, "has fields that are not used here: " + fields);
  }
}

}  // namespace sluice::source
