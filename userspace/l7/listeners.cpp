#include "userspace/l7/listeners.h"

#include <utility>

#include "userspace/model/locality.h"

namespace sluice::l7 {

const PortListeners* Listeners::find(const SocketAddress& local) const {
  const auto found = ports_.find(local);
  return found == ports_.end() ? nullptr : found->second.get();
}

std::map<std::string, std::string> Listeners::errors() const {
  std::map<std::string, std::string> out;
  for (const auto& [name, frontend] : frontends_) {
    if (!frontend->error.empty()) out[name] = frontend->error;
    if (frontend->tls != nullptr && frontend->tls->keys != nullptr)
      out.insert(frontend->tls->keys->errors().begin(), frontend->tls->keys->errors().end());
  }
  return out;
}

std::shared_ptr<const Listeners> ListenersBuilder::update(const model::Store& store,
                                                          const std::set<std::string>& changed) {
  auto listeners = last_ == nullptr ? std::make_shared<Listeners>() : std::make_shared<Listeners>(*last_);
  std::set<std::string> names;
  if (last_ != nullptr) {
    names = store.frontends_of(changed);
  } else {
    const auto& all = store.all();
    for (auto it = all.lower_bound("frontend/"); it != all.end() && it->first.starts_with("frontend/"); ++it)
      names.insert(it->first);
  }
  std::set<SocketAddress> places;
  for (const auto& name : names) {
    auto made = frontend(store, name);
    auto& held = listeners->frontends_[name];
    if (held != nullptr) add_places(*held, places);
    if (made != nullptr) add_places(*made, places);
    held = std::move(made);
    if (held == nullptr) listeners->frontends_.erase(name);
  }
  rebuild(*listeners, places);
  last_ = listeners;
  return listeners;
}

// nullptr: gone, or not the engine's (TCP, UDP).
std::shared_ptr<const Listeners::Frontend> ListenersBuilder::frontend(const model::Store& store,
                                                                      const std::string& name) {
  using model::v1::Frontend;
  const model::ResourcePtr resource = store.find(name);
  if (resource == nullptr) return nullptr;
  const Frontend& origin = resource->frontend();
  if (origin.protocol() == model::v1::TCP || origin.protocol() == model::v1::UDP) return nullptr;
  auto made = std::make_shared<Listeners::Frontend>();
  made->origin = origin;
  if (origin.protocol() == model::v1::HTTP) return made;

  auto tls = std::make_shared<TlsListener>();
  tls->frontend = name;
  if (origin.table_case() == Frontend::kSni && origin.protocol() == model::v1::TLS) {
    tls->passthrough = sni_.build(store, origin.sni(), model::preferred_node(origin, node_));
    if (tls->passthrough == nullptr) made->error = "the model has no " + origin.sni();
  } else if (origin.table_case() == Frontend::kHttp && origin.protocol() == model::v1::HTTPS) {
    tls->keys = keys_.build(store, origin.tls());
    if (tls->keys->empty()) made->error = "no usable certificate: connections are refused";
  } else {
    made->error = "TLS that ends here and goes on as TCP is not supported: connections are refused";
  }
  made->tls = std::move(tls);
  return made;
}

// A frontend without addresses can be reached nowhere (model.proto).
void ListenersBuilder::add_places(const Listeners::Frontend& frontend, std::set<SocketAddress>& places) {
  for (const auto& address : frontend.origin.addresses())
    places.insert(SocketAddress::make(address.ip(), static_cast<std::uint16_t>(frontend.origin.port())));
}

void ListenersBuilder::rebuild(Listeners& listeners, const std::set<SocketAddress>& places) {
  if (places.empty()) return;
  std::map<SocketAddress, std::shared_ptr<PortListeners>> made;
  for (const auto& [name, frontend] : listeners.frontends_) {
    std::set<SocketAddress> own;
    add_places(*frontend, own);
    for (const SocketAddress& place : own) {
      if (!places.contains(place)) continue;
      auto& port = made[place];
      if (port == nullptr) port = std::make_shared<PortListeners>();
      if (frontend->tls == nullptr)
        port->http = true;
      else
        port->tls.insert(frontend->origin.hostname(), frontend->tls);
    }
  }
  for (const SocketAddress& place : places) listeners.ports_.erase(place);
  for (auto& [place, port] : made) listeners.ports_[place] = std::move(port);
}

}  // namespace sluice::l7
