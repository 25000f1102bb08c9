// Which EndpointSlices and BackendTLSPolicies belong to a Service, so that a change of one costs no walk over all.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "controller/api/object_set.h"

namespace sluice::compile {

class ServiceIndex {
 public:
  using Names = std::set<api::NamespacedName>;

  /// From scratch.
  void build(const api::ObjectSet& objects);

  /// An EndpointSlice or BackendTLSPolicy that was added, changed or removed. Returns the Services that it belonged to
  /// before or belongs to now.
  Names update_slice(const api::ObjectSet& objects, const api::NamespacedName& slice);
  Names update_policy(const api::ObjectSet& objects, const api::NamespacedName& policy);

  [[nodiscard]] const Names& slices_of(const api::NamespacedName& service) const { return slices_.of(service); }
  [[nodiscard]] const Names& policies_of(const api::NamespacedName& service) const { return policies_.of(service); }

 private:
  /// Members of Services, and the Services of a member.
  class Membership {
   public:
    void clear();
    /// Returns the Services of before and of now.
    Names set(const api::NamespacedName& member, const Names& services);
    [[nodiscard]] const Names& of(const api::NamespacedName& service) const;

   private:
    std::map<api::NamespacedName, Names> members_;
    std::map<api::NamespacedName, std::vector<const api::NamespacedName*>> services_;  ///< in order; keys of members_
  };

  Membership slices_;
  Membership policies_;
};

}  // namespace sluice::compile
