// Services, EndpointSlices and BackendTLSPolicies as the model's Backend and Endpoints.
#pragma once

#include <string>

#include "controller/attach/graph.h"
#include "controller/compile/service_index.h"
#include "sluice/model.pb.h"

namespace sluice::compile {

/// Services with what belongs to them. Borrows set and index, which fit each other, for its life.
class ServiceView {
 public:
  ServiceView(const api::ObjectSet& objects, const ServiceIndex& index) : objects_(objects), index_(index) {}

  /// Without its endpoints' name. A Service or port that is gone leaves a backend without application protocol; attach
  /// refuses such a reference before it comes here.
  [[nodiscard]] model::v1::Backend backend(const attach::ResolvedBackend& target) const;

  /// Of every EndpointSlice of the Service, IPv4 and IPv6, whose port has the name of the Service's port. An endpoint
  /// that several slices name stands once, ready if it is so in one. Without a slice: externalName.
  [[nodiscard]] model::v1::Endpoints endpoints(const attach::ResolvedBackend& target) const;

 private:
  [[nodiscard]] const api::ServicePort* port_of(const attach::ResolvedBackend& target) const;

  /// Whether a BackendTLSPolicy targets the port, by the port's name or with the whole Service.
  [[nodiscard]] bool tls_required(const api::NamespacedName& service, const api::ServicePort* port) const;

  const api::ObjectSet& objects_;
  const ServiceIndex& index_;
};

/// Network byte order, 4 or 16 bytes; empty for what is no IP address.
std::string address_bytes(const std::string& text);

}  // namespace sluice::compile
