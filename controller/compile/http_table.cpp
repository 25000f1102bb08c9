#include "controller/compile/http_table.h"

#include <algorithm>
#include <utility>

#include "controller/compile/hostname.h"
#include "controller/compile/http_rule.h"
#include "controller/compile/names.h"

namespace sluice::compile {
namespace {

struct Candidate {
  RankedMatch rank;
  model::v1::HttpMatch match;
};

/// All rules of the routes, in the order in which they win.
std::vector<Candidate> ranked(const std::vector<const attach::RouteResult*>& routes,
                              const std::string& listener_hostname, const std::string& hostname) {
  std::vector<Candidate> candidates;
  for (const auto* route : routes) {
    const Specificity own = own_specificity(*route, listener_hostname, hostname);
    for (std::size_t rule = 0; rule < http_rule_count(*route); ++rule) {
      auto matches = compile_matches(*route, rule);
      for (std::size_t i = 0; i < matches.size(); ++i) {
        candidates.push_back(
            {.rank = {.own_hostname = own, .weight = matches[i].weight, .route = route, .rule = rule, .match = i},
             .match = std::move(matches[i].match)});
      }
    }
  }
  std::ranges::sort(candidates, wins, &Candidate::rank);
  return candidates;
}

}  // namespace

void HttpTable::set_route(const api::ObjectRef& route, const std::vector<std::string>& hostnames, bool changed) {
  const auto found = hostnames_.find(route);
  if (found == hostnames_.end() && hostnames.empty()) return;
  if (found != hostnames_.end() && found->second == hostnames && !changed) return;
  if (found != hostnames_.end()) {
    for (const auto& hostname : found->second) {
      hosts_[hostname].routes.erase(route);
      dirty_.insert(hostname);
    }
  }
  for (const auto& hostname : hostnames) {
    hosts_[hostname].routes.insert(route);
    dirty_.insert(hostname);
  }
  if (hostnames.empty()) {
    hostnames_.erase(found);
  } else {
    hostnames_[route] = hostnames;
  }
}

const std::string* HttpTable::next_of(const std::string& hostname) const {
  for (std::string name = hostname; !name.empty();) {
    name = wider(name);
    if (const auto found = hosts_.find(name); found != hosts_.end()) return &found->first;
  }
  return nullptr;
}

void HttpTable::build_host(const std::string& hostname, const attach::Graph& graph, BackendRegistry& backends,
                           ResourceSet& resources) const {
  const Host& host = hosts_.at(hostname);
  std::vector<const attach::RouteResult*> routes;
  routes.reserve(host.routes.size());
  for (const auto& ref : host.routes) routes.push_back(&graph.routes.at(ref));

  model::v1::Resource resource;
  resource.set_name(host_name(path_, hostname));
  auto& out = *resource.mutable_host();
  out.set_hostname(hostname);
  if (host.has_next) out.set_next(host_name(path_, host.next));
  BackendUses uses;
  std::map<std::pair<const attach::RouteResult*, std::size_t>, std::uint32_t> actions;
  for (auto& candidate : ranked(routes, listener_hostname_, hostname)) {
    const auto [action, added] = actions.try_emplace({candidate.rank.route, candidate.rank.rule}, actions.size());
    if (added) *out.add_actions() = compile_action(*candidate.rank.route, candidate.rank.rule, uses);
    auto& entry = *out.add_entries();
    entry.set_rank(static_cast<std::uint32_t>(out.entries_size() - 1));
    *entry.mutable_match() = std::move(candidate.match);
    entry.set_action(action->second);
  }
  backends.set_uses(resource.name(), uses);
  resources.put(std::move(resource));
}

void HttpTable::drop_host(const std::string& hostname, BackendRegistry& backends, ResourceSet& resources) const {
  const std::string name = host_name(path_, hostname);
  backends.set_uses(name, {});
  resources.erase(name);
}

void HttpTable::link_host(const std::string& hostname, Host& host) {
  const std::string* next = next_of(hostname);
  host.linked = true;
  if (host.has_next == (next != nullptr) && (next == nullptr || host.next == *next)) return;
  host.has_next = next != nullptr;
  host.next = next == nullptr ? std::string() : *next;
  dirty_.insert(hostname);
}

bool HttpTable::settle_hosts(BackendRegistry& backends, ResourceSet& resources) {
  bool wide = false;
  for (const auto& hostname : dirty_) {
    const auto host = hosts_.find(hostname);
    const bool gone = host->second.routes.empty();
    if (!gone && host->second.linked) continue;
    hosts_changed_ = true;
    wide |= hostname.empty() || is_wildcard(hostname);
    if (!gone) continue;
    hosts_.erase(host);
    drop_host(hostname, backends, resources);
  }
  return wide;
}

void HttpTable::put_table(ResourceSet& resources) const {
  model::v1::Resource resource;
  resource.set_name("http/" + path_);
  auto& table = *resource.mutable_http();
  for (const auto& [hostname, host] : hosts_) {
    auto& ref = *table.add_hosts();
    ref.set_hostname(hostname);
    ref.set_host(host_name(path_, hostname));
  }
  resources.put(std::move(resource));
}

void HttpTable::flush(const attach::Graph& graph, BackendRegistry& backends, ResourceSet& resources) {
  if (settle_hosts(backends, resources)) {
    // What comes or goes changes where the names under it go on to.
    for (auto& [hostname, host] : hosts_) link_host(hostname, host);
  }
  if (hosts_changed_) put_table(resources);
  const std::set<std::string> dirty = std::exchange(dirty_, {});
  for (const auto& hostname : dirty) {
    const auto host = hosts_.find(hostname);
    if (host == hosts_.end()) continue;
    if (!host->second.linked) link_host(hostname, host->second);
    build_host(hostname, graph, backends, resources);
  }
  dirty_.clear();
  hosts_changed_ = false;
}

void HttpTable::clear(BackendRegistry& backends, ResourceSet& resources) {
  for (const auto& [hostname, host] : hosts_) drop_host(hostname, backends, resources);
  resources.erase("http/" + path_);
  hosts_.clear();
  hostnames_.clear();
  dirty_.clear();
  hosts_changed_ = true;
}

}  // namespace sluice::compile
