// A BackendTLSPolicy: what is wrong with it, for the Gateways through which its Services are reached (Gateway API
// v1.7.0, backendtlspolicy_types.go; GEP-713, GEP-1897).
#pragma once

#include "controller/attach/route.h"

namespace sluice::attach {

/// Services of the policy's namespace that it targets, each once; there or not.
std::vector<api::NamespacedName> services_of(const api::BackendTlsPolicy& policy);

/// Services, and the ConfigMaps of its caCertificateRefs.
std::vector<api::ObjectRef> dependencies(const api::BackendTlsPolicy& policy);

/// Accepted and ResolvedRefs, the same for every ancestor.
/// rivals  every policy of its namespace that shares a target with it; the order does not matter.
Conditions judge(const World& world, const api::BackendTlsPolicy& policy,
                 std::span<const api::BackendTlsPolicy* const> rivals);

/// Whether the route speaks TLS to such backends itself, and refers, with permission, to the Service.
bool reaches(const World& world, const RouteResult& route, const api::NamespacedName& service);

}  // namespace sluice::attach
