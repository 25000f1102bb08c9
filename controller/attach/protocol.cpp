#include "controller/attach/protocol.h"

#include <array>
#include <utility>

namespace sluice::attach {
namespace {

std::vector<api::RouteGroupKind> ours(std::initializer_list<std::string_view> kinds) {
  std::vector<api::RouteGroupKind> out;
  for (const auto kind : kinds) out.push_back({std::string(kGatewayGroup), std::string(kind)});
  return out;
}

}  // namespace

ListenerProtocol parse_protocol(std::string_view protocol) {
  static constexpr std::array<std::pair<std::string_view, ListenerProtocol>, 5> kProtocols = {{
      {"HTTP", ListenerProtocol::Http},
      {"HTTPS", ListenerProtocol::Https},
      {"TLS", ListenerProtocol::Tls},
      {"TCP", ListenerProtocol::Tcp},
      {"UDP", ListenerProtocol::Udp},
  }};
  for (const auto& [word, value] : kProtocols) {
    if (word == protocol) return value;
  }
  return ListenerProtocol::Unknown;
}

bool has_hostname(ListenerProtocol protocol) {
  return protocol == ListenerProtocol::Http || has_client_hello(protocol);
}

bool has_client_hello(ListenerProtocol protocol) {
  return protocol == ListenerProtocol::Https || protocol == ListenerProtocol::Tls;
}

const RouteKinds& compatible_kinds(ListenerProtocol protocol) {
  static const RouteKinds http = ours({"GRPCRoute", "HTTPRoute"});
  static const RouteKinds tls = ours({"TLSRoute"});
  static const RouteKinds tcp = ours({"TCPRoute"});
  static const RouteKinds udp = ours({"UDPRoute"});
  static const RouteKinds none;
  switch (protocol) {
    case ListenerProtocol::Http:
    case ListenerProtocol::Https:
      return http;
    case ListenerProtocol::Tls:
      return tls;
    case ListenerProtocol::Tcp:
      return tcp;
    case ListenerProtocol::Udp:
      return udp;
    case ListenerProtocol::Unknown:
      break;
  }
  return none;
}

}  // namespace sluice::attach
