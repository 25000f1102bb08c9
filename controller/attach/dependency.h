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

struct ObjectRefOrder {
  bool operator()(const api::ObjectRef* one, const api::ObjectRef* other) const { return *one < *other; }
};

/// A result is named by its object; what it depends on need not exist.
class DependencyIndex {
 public:
  using Users = std::set<const api::ObjectRef*, ObjectRefOrder>;

  /// The result's dependencies from now on, in any order, repetitions possible; none: it is gone.
  void set(const api::ObjectRef& result, std::vector<api::ObjectRef> on);

  /// The results that depend on it, in order. Borrowed until the next set().
  [[nodiscard]] const Users& users_of(const api::ObjectRef& on) const;

 private:
  /// Each name stands once, as the key: thousands of routes depend on the same Namespace.
  struct Links {
    std::vector<const api::ObjectRef*> on;  ///< in order
    Users users;
  };
  using Objects = std::unordered_map<api::ObjectRef, Links, ObjectRefHash>;

  void drop_if_unused(const api::ObjectRef& object);

  Objects objects_;
};

}  // namespace sluice::attach
