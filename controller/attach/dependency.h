// Which results are made from which objects: what has to be looked at again when an object changes.
#pragma once

#include <set>
#include <unordered_map>
#include <vector>

#include "controller/api/meta.h"

namespace sluice::attach {

struct ObjectRefHash {
  std::size_t operator()(const api::ObjectRef& ref) const {
    const std::hash<std::string_view> hash;
    return (hash(ref.kind) * 31 + hash(ref.namespace_)) * 31 + hash(ref.name);
  }
};

/// All ReferenceGrants of a namespace, as one dependency: who asks for a grant depends on those that are not there,
/// too.
api::ObjectRef grants_of(const std::string& namespace_);

/// All Gateways with a defaultScope, as one dependency.
api::ObjectRef default_gateways();

/// A result is named by its object; what it depends on need not exist.
class DependencyIndex {
 public:
  /// The result's dependencies from now on, in any order, repetitions possible; none: it is gone.
  void set(const api::ObjectRef& result, std::vector<api::ObjectRef> on);

  /// The results that depend on it, in order.
  [[nodiscard]] const std::set<api::ObjectRef>& users_of(const api::ObjectRef& on) const;

 private:
  std::unordered_map<api::ObjectRef, std::vector<api::ObjectRef>, ObjectRefHash> on_;
  std::unordered_map<api::ObjectRef, std::set<api::ObjectRef>, ObjectRefHash> users_;
};

}  // namespace sluice::attach
