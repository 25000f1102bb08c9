// Listener protocols and the kinds of route that each can carry (Gateway API v1.7.0, ProtocolType,
// AllowedRoutes.kinds).
#pragma once

#include <string_view>
#include <vector>

#include "controller/attach/graph.h"

namespace sluice::attach {

inline constexpr std::string_view kGatewayGroup = "gateway.networking.k8s.io";

ListenerProtocol parse_protocol(std::string_view protocol);

/// HTTP, HTTPS and TLS listeners are told apart by hostname.
bool has_hostname(ListenerProtocol protocol);

/// HTTPS and TLS: a ClientHello comes first, so that they can share a port.
bool has_client_hello(ListenerProtocol protocol);

/// The kinds of ours that are compatible with the protocol, carried out by this build or not.
const RouteKinds& compatible_kinds(ListenerProtocol protocol);

}  // namespace sluice::attach
