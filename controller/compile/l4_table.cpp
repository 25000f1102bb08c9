#include "controller/compile/l4_table.h"

#include <algorithm>

#include "controller/compile/names.h"
#include "controller/compile/precedence.h"
#include "controller/compile/route_spec.h"

namespace sluice::compile {
namespace {

constexpr std::size_t kRule = 0;  // the API allows one rule in a route of these kinds (MaxItems=1)

/// A rule that cannot be carried out refuses everything.
template <class Table>
void add_backends(const attach::RouteResult& route, const std::string& unsupported, Table& table, BackendUses& uses) {
  if (!unsupported.empty()) {
    *table.add_backends() = refused_backend(route, "UnsupportedValue: " + unsupported, uses);
    return;
  }
  for (auto& backend : weighted_backends(route, kRule, uses)) *table.add_backends() = std::move(backend);
}

std::string unsupported_field(const attach::RouteResult& route) {
  return route.rules.empty() ? std::string() : route.rules[kRule].unsupported;
}

struct Candidate {
  std::string hostname;
  Specificity own;
  const attach::RouteResult* route = nullptr;
};

bool goes_before(const Candidate& one, const Candidate& other) {
  const auto precise = specificity(one.hostname) <=> specificity(other.hostname);
  if (precise != 0) return precise > 0;
  if (one.hostname != other.hostname) return one.hostname < other.hostname;
  if (one.own != other.own) return one.own > other.own;
  return older(*one.route, *other.route);
}

}  // namespace

model::v1::L4Table compile_l4(std::vector<const attach::RouteResult*> routes, BackendUses& uses) {
  model::v1::L4Table table;
  std::ranges::sort(routes, [](const auto* one, const auto* other) { return older(*one, *other); });
  if (routes.empty()) return table;
  *table.mutable_route() = rule_ref(*routes.front(), kRule);
  add_backends(*routes.front(), unsupported_field(*routes.front()), table, uses);
  for (std::size_t i = 1; i < routes.size(); ++i) *table.add_shadowed() = object_ref(routes[i]->ref);
  return table;
}

model::v1::SniTable compile_sni(const std::vector<SniRoute>& routes, const attach::ListenerResult& listener,
                                BackendUses& uses) {
  std::vector<Candidate> candidates;
  for (const auto& [route, hostnames] : routes) {
    for (const auto& hostname : hostnames) {
      candidates.push_back(
          {.hostname = hostname, .own = own_specificity(*route, listener.hostname, hostname), .route = route});
    }
  }
  std::ranges::sort(candidates, goes_before);
  model::v1::SniTable table;
  for (const auto& candidate : candidates) {
    auto& entry = *table.add_entries();
    entry.set_rank(static_cast<std::uint32_t>(table.entries_size() - 1));
    entry.set_hostname(candidate.hostname);
    *entry.mutable_route() = rule_ref(*candidate.route, kRule);
    std::string unsupported = unsupported_field(*candidate.route);
    if (unsupported.empty() && !listener.passthrough) unsupported = "spec.listeners.tls.mode Terminate";
    add_backends(*candidate.route, unsupported, entry, uses);
  }
  return table;
}

}  // namespace sluice::compile
