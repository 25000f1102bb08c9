// Services, EndpointSlices and BackendTLSPolicies as the model's Backend and Endpoints.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "controller/attach/graph.h"
#include "sluice/model.pb.h"

namespace sluice::compile {

/// Some Services with what belongs to them. Borrows the set for its life.
class ServiceView {
 public:
  ServiceView(const api::ObjectSet& objects, const std::set<api::NamespacedName>& services);

  /// Without its endpoints' name. A Service or port that is gone leaves a backend without application protocol; attach
  /// refuses such a reference before it comes here.
  [[nodiscard]] model::v1::Backend backend(const attach::ResolvedBackend& target) const;

  /// Of every EndpointSlice of the Service, IPv4 and IPv6, whose port has the name of the Service's port. An endpoint
  /// that several slices name stands once, ready if it is so in one. Without a slice: externalName.
  [[nodiscard]] model::v1::Endpoints endpoints(const attach::ResolvedBackend& target) const;

 private:
  [[nodiscard]] const api::ServicePort* port_of(const attach::ResolvedBackend& target) const;

  const api::ObjectSet& objects_;
  std::map<api::NamespacedName, std::vector<const api::EndpointSlice*>> slices_;
  /// Services that a BackendTLSPolicy targets, with the port names that it is limited to ("" for all).
  std::map<api::NamespacedName, std::set<std::string>> tls_;
};

/// Network byte order, 4 or 16 bytes; empty for what is no IP address.
std::string address_bytes(const std::string& text);

}  // namespace sluice::compile
