// Backends: what a route's references become, and which of them are in use.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "controller/attach/graph.h"
#include "controller/compile/resource_set.h"
#include "controller/compile/service_index.h"

namespace sluice::compile {

/// Where a reference ended: a Service port, or the reason why nowhere.
using BackendUse = std::variant<attach::ResolvedBackend, std::shared_ptr<const model::v1::Backend>>;

/// Names of Backend resources and what they stand for.
using BackendUses = std::map<std::string, BackendUse>;

/// The rule's references as weighted backends, one for each, in order. An unresolved one is a backend in state INVALID
/// that keeps its weight. Adds each to `uses`.
std::vector<model::v1::WeightedBackend> weighted_backends(const attach::RouteResult& route, std::size_t rule,
                                                          BackendUses& uses);

/// A single backend that refuses all: what a rule becomes that this build cannot carry out.
model::v1::WeightedBackend refused_backend(const attach::RouteResult& route, const std::string& reason,
                                           BackendUses& uses);

/// Keeps a Backend, and with it an Endpoints, for as long as a table names it.
class BackendRegistry {
 public:
  /// `owner` (the name of a table) uses these from now on, and no others.
  void set_uses(const std::string& owner, const BackendUses& uses);

  /// Services or EndpointSlices that changed: what is in use of them is made anew by flush().
  void touch(const api::NamespacedName& service);

  /// Brings the resources up to date with what is in use.
  void flush(const api::ObjectSet& objects, const ServiceIndex& index, ResourceSet& resources);

 private:
  struct Entry {
    BackendUse use;
    std::size_t users = 0;
  };
  using Entries = std::map<std::string, Entry>;

  void release(Entries::iterator entry);

  Entries entries_;  ///< those of one Service stand together, by their names
  std::map<std::string, std::vector<Entries::iterator>> used_by_;
  std::set<std::string> touched_;
};

}  // namespace sluice::compile
