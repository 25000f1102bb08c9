// spec.tls.frontend of a Gateway (GEP-91): clients' certificates, for its HTTPS listeners by port.
#pragma once

#include "controller/attach/listener.h"

namespace sluice::attach {

/// Adds what is wrong with the validation that holds for HTTPS listeners on `port`. While clients' certificates are not
/// validated by this build, a listener that asks for it is not accepted: it must not serve whom it should turn away.
void check_client_validation(const ListenerContext& context, std::int32_t port, std::vector<Refusal>& not_accepted,
                             std::vector<Refusal>& unresolved);

/// Whether any part of it falls back to AllowInsecureFallback.
bool falls_back(const api::Gateway& gateway);

/// ConfigMaps and grants that check_client_validation() depends on, as dependencies() of a listener.
std::vector<api::ObjectRef> client_validation_dependencies(const api::ObjectRef& gateway, const api::GatewaySpec& spec);

}  // namespace sluice::attach
