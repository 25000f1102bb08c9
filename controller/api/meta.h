// The parts that every object shares. Typed objects are declared once (Boost.Describe) and mapped to and from JSON
// generically (controller/api/json.h): member backend_refs is field backendRefs; a trailing '_' keeps a C++ keyword
// apart. They are made from JSON that the schemas have defaulted and validated, so a field with a default is no
// optional. Lists keep their order; std::optional means "may be absent".
#pragma once

#include <boost/describe.hpp>
#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::api {

/// Where an object stands: a file of the folder and its first line; both empty for an API server.
struct Origin {
  std::string file;
  unsigned line = 0;
};

/// Names one object. Ordered by kind, namespace, name.
struct ObjectRef {
  std::string kind;
  std::string namespace_;  ///< empty for cluster-scoped kinds
  std::string name;
  auto operator<=>(const ObjectRef&) const = default;
};
BOOST_DESCRIBE_STRUCT(ObjectRef, (), (kind, namespace_, name))

/// "Gateway edge/main", "GatewayClass sluice".
inline std::string to_string(const ObjectRef& ref) {
  return ref.kind + " " + (ref.namespace_.empty() ? "" : ref.namespace_ + "/") + ref.name;
}

struct ObjectMeta {
  std::string name;
  std::string namespace_;
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
  std::int64_t generation = 1;
  std::string creation_timestamp;  ///< RFC 3339, UTC; empty in a folder: all objects are of one age there
  std::string uid;
  std::string resource_version;
};
BOOST_DESCRIBE_STRUCT(ObjectMeta, (),
                      (name, namespace_, labels, annotations, generation, creation_timestamp, uid, resource_version))

struct LabelSelectorRequirement {
  std::string key;
  std::string operator_;  ///< In, NotIn, Exists, DoesNotExist
  std::vector<std::string> values;
};
BOOST_DESCRIBE_STRUCT(LabelSelectorRequirement, (), (key, operator_, values))

struct LabelSelector {
  std::map<std::string, std::string> match_labels;
  std::vector<LabelSelectorRequirement> match_expressions;
};
BOOST_DESCRIBE_STRUCT(LabelSelector, (), (match_labels, match_expressions))

/// Another object in the same namespace.
struct LocalObjectReference {
  std::string group;
  std::string kind;
  std::string name;
};
BOOST_DESCRIBE_STRUCT(LocalObjectReference, (), (group, kind, name))

/// Another object; without namespace, in the namespace of the one that refers.
struct ObjectReference {
  std::string group;
  std::string kind;
  std::string name;
  std::optional<std::string> namespace_;
};
BOOST_DESCRIBE_STRUCT(ObjectReference, (), (group, kind, name, namespace_))

}  // namespace sluice::api
