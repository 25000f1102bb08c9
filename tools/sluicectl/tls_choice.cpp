#include "tools/sluicectl/tls_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <vector>

#include "tools/sluicectl/placed.h"

namespace sluice::ctl {
namespace {

auto precision(const std::string& hostname) {
  return std::tuple(!hostname.empty() && !hostname.starts_with('*'), hostname.size());
}

/// The store in which the port's frontends without an address have the one that is asked for, or some.
model::Store reachable(const model::Store& store, std::uint16_t port, const std::string& ip) {
  std::vector<std::string> frontends;
  for (auto each = store.all().lower_bound("frontend/"); each != store.all().end(); ++each) {
    if (!each->second->has_frontend()) break;
    if (each->second->frontend().port() == port) frontends.push_back(each->first);
  }
  return placed(store, frontends, ip.empty() ? std::string(4, '\0') : ip);
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
  const auto listeners = builder.update(reachable(store, port, ip), {});
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
