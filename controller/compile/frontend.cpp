#include "controller/compile/frontend.h"

#include "controller/compile/endpoints.h"
#include "controller/compile/names.h"

namespace sluice::compile {
namespace {

model::v1::Protocol protocol_of(attach::ListenerProtocol protocol) {
  switch (protocol) {
    case attach::ListenerProtocol::Http:
      return model::v1::HTTP;
    case attach::ListenerProtocol::Https:
      return model::v1::HTTPS;
    case attach::ListenerProtocol::Tls:
      return model::v1::TLS;
    case attach::ListenerProtocol::Tcp:
      return model::v1::TCP;
    case attach::ListenerProtocol::Udp:
      return model::v1::UDP;
    case attach::ListenerProtocol::Unknown:
      break;
  }
  return model::v1::PROTOCOL_UNSPECIFIED;
}

bool terminates(const attach::ListenerResult& listener) {
  return listener.protocol == attach::ListenerProtocol::Https ||
         (listener.protocol == attach::ListenerProtocol::Tls && !listener.passthrough);
}

}  // namespace

TableKind table_kind(const attach::ListenerResult& listener) {
  switch (listener.protocol) {
    case attach::ListenerProtocol::Http:
    case attach::ListenerProtocol::Https:
      return TableKind::Http;
    case attach::ListenerProtocol::Tls:
      return TableKind::Sni;
    case attach::ListenerProtocol::Tcp:
    case attach::ListenerProtocol::Udp:
      return TableKind::L4;
    case attach::ListenerProtocol::Unknown:
      break;
  }
  return TableKind::None;
}

model::v1::Frontend compile_frontend(const attach::ListenerResult& listener, const attach::GatewayResult* gateway,
                                     const std::string& path, const std::vector<std::string>& keys) {
  model::v1::Frontend frontend;
  if (gateway != nullptr) {
    for (const auto& text : gateway->addresses) {
      if (auto ip = address_bytes(text); !ip.empty()) frontend.add_addresses()->set_ip(std::move(ip));
    }
    if (gateway->prefers_local) frontend.set_distribution(model::v1::Frontend::PREFER_LOCAL);
  }
  frontend.set_port(static_cast<std::uint32_t>(listener.listener->port));
  frontend.set_protocol(protocol_of(listener.protocol));
  frontend.set_hostname(listener.hostname);
  *frontend.add_parents() = object_ref(listener.id.owner, listener.id.name);
  if (listener.gateway != listener.id.owner) *frontend.add_parents() = object_ref(listener.gateway);
  switch (table_kind(listener)) {
    case TableKind::L4:
      frontend.set_l4("l4/" + path);
      break;
    case TableKind::Sni:
      frontend.set_sni("sni/" + path);
      break;
    case TableKind::Http:
      frontend.set_http("http/" + path);
      break;
    case TableKind::None:
      break;
  }
  if (terminates(listener)) {
    auto& tls = *frontend.mutable_tls();
    for (const auto& key : keys) tls.add_keys(key);
    if (listener.listener->tls) {
      tls.mutable_options()->insert(listener.listener->tls->options.begin(), listener.listener->tls->options.end());
    }
  }
  return frontend;
}

}  // namespace sluice::compile
