#include "controller/api/schema/reader.h"

#include <re2/re2.h>

#include <algorithm>
#include <boost/json.hpp>

namespace sluice::api {

SchemaNode::SchemaNode() = default;
SchemaNode::~SchemaNode() = default;
SchemaNode::SchemaNode(SchemaNode&&) noexcept = default;

namespace {

namespace json = boost::json;

struct NamedType {
  std::string_view name;
  SchemaType type;
};
constexpr NamedType kTypes[] = {{"object", SchemaType::kObject}, {"array", SchemaType::kArray},
                                {"string", SchemaType::kString}, {"integer", SchemaType::kInteger},
                                {"number", SchemaType::kNumber}, {"boolean", SchemaType::kBoolean}};

/// Reads one node; those before it are there already.
class NodeReader {
 public:
  NodeReader(const json::object& in, const std::vector<SchemaNode>& before) : in_(in), before_(before) {}

  /// Or what is wrong.
  std::expected<SchemaNode, std::string> run() {
    for (const auto& field : in_) {
      if (!keyword(field.key(), field.value())) return std::unexpected(error_.empty() ? bad(field.key()) : error_);
    }
    node_.has_defaults |= node_.default_.has_value();
    for (const auto& [name, child] : node_.properties) inherit(child);
    inherit(node_.items);
    inherit(node_.additional_properties);
    return std::move(node_);
  }

 private:
  static std::string bad(std::string_view keyword) { return "keyword " + std::string(keyword) + " is not read"; }

  void inherit(const SchemaNode* child) {
    if (child == nullptr) return;
    node_.has_defaults |= child->has_defaults;
    node_.has_rules |= child->has_rules;
    node_.has_transitions |= child->has_transitions;
  }
  bool keyword(std::string_view name, const json::value& value) {
    return type(name, value) || limit(name, value) || children(name, value);
  }
  bool type(std::string_view name, const json::value& value) {
    if (name == "type") {
      const auto* found = std::ranges::find(kTypes, std::string_view(value.as_string()), &NamedType::name);
      if (found == std::end(kTypes)) return false;
      node_.type = found->type;
    } else if (name == "x-kubernetes-int-or-string") {
      node_.type = SchemaType::kIntOrString;
    } else if (name == "x-kubernetes-preserve-unknown-fields") {
      node_.preserves_unknown = value.as_bool();
    } else if (name == "nullable") {
      node_.nullable = value.as_bool();
    } else if (name == "format") {
      node_.format = value.as_string();
    } else if (name == "default") {
      node_.default_ = value;
    } else if (name == "enum") {
      node_.enum_.assign(value.as_array().begin(), value.as_array().end());
    } else if (name == "x-kubernetes-list-type") {
      node_.list_type = value == "map" ? ListType::kMap : value == "set" ? ListType::kSet : ListType::kAtomic;
    } else if (name == "x-kubernetes-list-map-keys") {
      for (const auto& key : value.as_array()) node_.map_keys.emplace_back(key.as_string());
    } else if (name == "required") {
      for (const auto& key : value.as_array()) node_.required.emplace_back(key.as_string());
    } else {
      return false;
    }
    return true;
  }
  bool limit(std::string_view name, const json::value& value) {
    if (name == "pattern") {
      node_.pattern = std::make_unique<RE2>(std::string(value.as_string()), RE2::Quiet);
      if (!node_.pattern->ok()) error_ = "pattern " + node_.pattern->pattern() + ": " + node_.pattern->error();
      return node_.pattern->ok();
    }
    if (name == "minimum" || name == "maximum") {
      (name == "minimum" ? node_.minimum : node_.maximum) = value.to_number<double>();
      return true;
    }
    static constexpr std::pair<std::string_view, std::optional<std::uint64_t> SchemaNode::*> kLimits[] = {
        {"minLength", &SchemaNode::min_length},         {"maxLength", &SchemaNode::max_length},
        {"minItems", &SchemaNode::min_items},           {"maxItems", &SchemaNode::max_items},
        {"minProperties", &SchemaNode::min_properties}, {"maxProperties", &SchemaNode::max_properties}};
    for (const auto& [keyword, member] : kLimits) {
      if (keyword != name) continue;
      node_.*member = value.to_number<std::uint64_t>();
      return true;
    }
    return false;
  }
  bool children(std::string_view name, const json::value& value) {
    if (name == "properties") {
      for (const auto& field : value.as_object()) node_.properties.emplace(field.key(), child(field.value()));
    } else if (name == "items") {
      node_.items = child(value);
    } else if (name == "additionalProperties") {
      node_.additional_properties = child(value);
    } else if (name == "not") {
      node_.not_ = child(value);
    } else if (name == "oneOf" || name == "anyOf" || name == "allOf") {
      auto& list = name == "oneOf" ? node_.one_of : name == "anyOf" ? node_.any_of : node_.all_of;
      for (const auto& item : value.as_array()) list.push_back(child(item));
    } else {
      return name == "rules" && rules(value.as_array());
    }
    return error_.empty();
  }
  const SchemaNode* child(const json::value& place) {
    const auto at = place.to_number<std::size_t>();
    if (at < before_.size()) return &before_[at];
    error_ = "child " + std::to_string(at) + " comes later";
    return nullptr;
  }
  bool rules(const json::array& list) {
    for (const auto& item : list) {
      const json::object& fields = item.as_object();
      const std::string source(fields.at("rule").as_string());
      for (const auto& field : fields) {
        if (field.key() != "rule" && field.key() != "message" && field.key() != "reason") error_ = bad(field.key());
      }
      auto rule = cel::Rule::compile(source);
      if (!rule) error_ = "rule " + source + ": " + rule.error();
      if (!error_.empty()) return false;
      const json::value* message = fields.if_contains("message");
      node_.has_rules = true;
      node_.has_transitions |= rule->is_transition();
      node_.rules.push_back(
          {*std::move(rule), message != nullptr ? std::string(message->as_string()) : "must keep the rule: " + source});
    }
    return true;
  }

  const json::object& in_;
  const std::vector<SchemaNode>& before_;
  SchemaNode node_;
  std::string error_;
};

}  // namespace

std::expected<std::vector<SchemaNode>, std::string> read_nodes(const json::array& list) {
  std::vector<SchemaNode> nodes;
  nodes.reserve(list.size());  // nodes point to each other
  for (const auto& item : list) {
    auto node = NodeReader(item.as_object(), nodes).run();
    if (!node) return std::unexpected("nodes[" + std::to_string(nodes.size()) + "]: " + node.error());
    nodes.push_back(*std::move(node));
  }
  return nodes;
}

}  // namespace sluice::api
