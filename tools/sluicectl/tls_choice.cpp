#include "tools/sluicectl/tls_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace sluice::ctl {
namespace {

auto precision(const std::string& hostname) {
  return std::tuple(!hostname.empty() && !hostname.starts_with('*'), hostname.size());
}

/// A folder does not say which addresses Gateways without any will have: they may be the one that is asked for.
model::Store placed(model::Store store, std::uint16_t port, const std::string& ip) {
  model::v1::Delta delta;
  delta.set_base_generation(store.generation());
  delta.set_generation(store.generation());
  for (auto each = store.all().lower_bound("frontend/"); each != store.all().end(); ++each) {
    const auto& resource = *each->second;
    if (!resource.has_frontend()) break;
    if (resource.frontend().port() != port || !resource.frontend().addresses().empty()) continue;
    *delta.add_changed() = resource;
    auto* address = delta.mutable_changed()->rbegin()->mutable_frontend()->add_addresses();
    address->set_ip(ip.empty() ? std::string(4, '\0') : ip);
  }
  (void)store.apply(delta);
  return store;
}

}  // namespace

std::string why_not(const model::v1::Frontend& other, const model::v1::Frontend* chosen, std::string_view name) {
  const std::string asked = name.empty() ? "no name" : std::string(name);
  if (chosen == nullptr) return fmt::format("its hostname does not take {}", asked);
  if (other.hostname() == chosen->hostname()) return "the same hostname on another address";
  return fmt::format("its hostname does not take {}, or less specifically", asked);
}

TlsChoice choose_tls(const model::Store& store, std::uint16_t port, const std::string& ip, std::string_view name) {
  l7::TlsKeysBuilder keys;
  l7::ListenersBuilder builder(keys);
  const auto listeners = builder.update(placed(store, port, ip), {});
  TlsChoice choice;
  std::map<std::string, model::ResourcePtr> candidates;
  for (const auto& [place, group] : listeners->ports()) {
    if (place.port != port) continue;
    if (!ip.empty() && place != l7::SocketAddress::make(ip, port)) continue;
    for (const auto& [hostname, listener] : group->tls.all()) {
      candidates.emplace(listener->frontend, store.find(listener->frontend));
    }
    const auto* taker = group->tls.find(name);
    if (taker == nullptr) continue;
    auto frontend = store.find((*taker)->frontend);
    if (choice.listener != nullptr &&
        precision(frontend->frontend().hostname()) <= precision(choice.frontend->frontend().hostname())) {
      continue;
    }
    choice.listener = *taker;
    choice.frontend = std::move(frontend);
  }
  const auto* chosen = choice.frontend == nullptr ? nullptr : &choice.frontend->frontend();
  for (const auto& [frontend, resource] : candidates) {
    if (resource == choice.frontend) continue;
    choice.others.push_back({listener_text(resource->frontend()), why_not(resource->frontend(), chosen, name)});
  }
  std::ranges::sort(choice.others, {}, &PassedOver::what);
  return choice;
}

}  // namespace sluice::ctl
