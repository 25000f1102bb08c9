// One schema of the API: types, limits, defaults and rules of one value (OpenAPI v3 as Kubernetes narrows it,
// "structural schemas"). Nodes are shared and never change.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/api/cel/rule.h"

namespace re2 {
class RE2;
}

namespace sluice::api {

enum class SchemaType : std::uint8_t { kAny, kObject, kArray, kString, kInteger, kNumber, kBoolean, kIntOrString };
enum class ListType : std::uint8_t { kAtomic, kSet, kMap };

struct SchemaRule {
  cel::Rule rule;
  std::string message;
};

struct SchemaNode {
  SchemaNode();
  ~SchemaNode();
  SchemaNode(SchemaNode&&) noexcept;

  SchemaType type = SchemaType::kAny;
  ListType list_type = ListType::kAtomic;
  bool nullable = false;
  bool preserves_unknown = false;
  std::string format;
  std::optional<boost::json::value> default_;
  std::vector<boost::json::value> enum_;
  std::unique_ptr<re2::RE2> pattern;
  std::optional<double> minimum, maximum;
  std::optional<std::uint64_t> min_length, max_length, min_items, max_items, min_properties, max_properties;
  std::vector<std::string> required;
  std::vector<std::string> map_keys;  ///< of a list of type map
  /// Below: borrowed from the catalog that holds all nodes.
  std::map<std::string, const SchemaNode*, std::less<>> properties;
  const SchemaNode* items = nullptr;
  const SchemaNode* additional_properties = nullptr;
  std::vector<const SchemaNode*> one_of, any_of, all_of;
  const SchemaNode* not_ = nullptr;
  std::vector<SchemaRule> rules;
  /// Somewhere in this node or below: a default, a rule, a transition rule. What has none need not be walked.
  bool has_defaults = false, has_rules = false, has_transitions = false;
};

}  // namespace sluice::api
