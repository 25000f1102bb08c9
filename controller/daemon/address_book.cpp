#include "controller/daemon/address_book.h"

#include <algorithm>
#include <boost/json.hpp>

#include "controller/address/ip.h"
#include "controller/attach/gateway.h"
#include "controller/attach/label_selector.h"
#include "controller/attach/parameters.h"
#include "controller/source/kubernetes/raw_json.h"

namespace sluice::daemon {
namespace {

namespace json = boost::json;

address::NodeClaim claim_of(const api::Node& node, const lease::NodeLife& life) {
  address::NodeClaim out{.name = node.metadata.name, .held = life.holdings.sources};
  bool has_ipv4 = false;
  bool has_ipv6 = false;
  for (const auto& each : node.status.addresses) {
    const auto ip = each.type == "InternalIP" ? address::parse_ip(each.address) : std::nullopt;
    if (ip) (ip->is_v6 ? has_ipv6 : has_ipv4) = true;
  }
  if (has_ipv4 || has_ipv6) {
    out.has_ipv4 = has_ipv4;
    out.has_ipv6 = has_ipv6;
  }
  return out;
}

/// What the kubelet, or who watches it, says last; a node without a word of it may be ready.
bool is_ready(const api::Node& node) {
  return std::ranges::none_of(node.status.conditions, [](const api::NodeCondition& condition) {
    return condition.type == "Ready" && condition.status != "True";
  });
}

/// What both serve.
void narrow(std::optional<std::set<std::string>>& nodes, std::optional<std::set<std::string>> others) {
  if (!others) return;
  if (nodes) std::erase_if(*others, [&](const auto& node) { return !nodes->contains(node); });
  nodes = std::move(others);
}

}  // namespace

std::vector<std::string> status_addresses(const std::string& status_json) {
  std::vector<std::string> out;
  const auto list = kubernetes::raw_member(status_json, "addresses");
  const auto items = list ? kubernetes::raw_items(*list) : std::nullopt;
  if (!items) return out;
  for (const auto item : *items) {
    boost::system::error_code failed;
    const json::value value = json::parse(json::string_view(item.data(), item.size()), failed);
    const json::object* fields = failed ? nullptr : value.if_object();
    if (fields == nullptr) continue;
    const json::value* type = fields->if_contains("type");
    const json::value* address = fields->if_contains("value");
    if (type != nullptr && *type != "IPAddress") continue;
    if (address != nullptr && address->is_string()) out.emplace_back(address->get_string());
  }
  return out;
}

std::optional<std::set<std::string>> serving_nodes(const api::ObjectSet& objects, const api::Gateway& gateway) {
  const auto selector = attach::parameters_of(objects, gateway).node_selector;
  if (!selector) return std::nullopt;
  std::set<std::string> out;
  for (const auto& [name, node] : objects.nodes) {
    if (attach::selects(*selector, node->metadata.labels)) out.insert(name.name);
  }
  return out;
}

address::Claims AddressBook::claims(const api::ObjectSet& objects, const RecordOf& record_of,
                                    const lease::NodeLives& lives) const {
  address::Claims out;
  for (const auto& [name, pool] : objects.address_pools) out.pools.push_back(pool);
  for (const auto& [name, gateway] : objects.gateways) {
    if (!attach::is_ours(objects, options_, *gateway)) continue;
    auto& claim = out.gateways.emplace_back();
    claim.gateway = gateway;
    claim.pool = attach::parameters_of(objects, *gateway).pool;
    const auto given = assignment_.grants.find(name);
    if (leads_ && given != assignment_.grants.end()) claim.held = given->second.addresses;
    if (!claim.held.empty()) continue;
    const auto record = record_of({std::string(api::Gateway::kKind), name.namespace_, name.name});
    if (record != nullptr) claim.held = status_addresses(record->status);
  }
  for (const auto& [name, life] : lives.nodes) {
    const auto node = objects.nodes.find({"", name});
    if (node == objects.nodes.end()) continue;  // its Lease has outlived it
    auto& claim = out.nodes.emplace_back(claim_of(*node->second, life));
    const auto given = assignment_.sources.find(name);
    if (leads_ && given != assignment_.sources.end() && !given->second.empty()) claim.held = given->second;
  }
  return out;
}

const address::Assignment& AddressBook::assign(const api::ObjectSet& objects, const RecordOf& record_of,
                                               const lease::NodeLives& lives) {
  assignment_ = address::assign(claims(objects, record_of, lives));
  return assignment_;
}

/// A leader's own, and of what it has not given yet, what the nodes' Leases say: where two name an address, who was
/// seen to renew, for the other's word may be of long ago.
address::Owners AddressBook::owners_so_far(const lease::NodeLives& lives) const {
  address::Owners out;
  for (const bool is_renewed : {true, false}) {
    for (const auto& [name, life] : lives.nodes) {
      if (!life.is_live || life.is_renewed != is_renewed) continue;
      for (const auto& vip : life.holdings.vips) out.emplace(vip, name);
    }
  }
  if (!leads_) return out;
  for (const auto& [address, node] : owners_) {
    if (!node.empty()) out[address] = node;
  }
  return out;
}

const std::vector<model::v1::Resource>& AddressBook::resources(const api::ObjectSet& objects,
                                                               const attach::Graph& graph,
                                                               const lease::NodeLives& lives,
                                                               const std::optional<Hearing>& hearing) {
  std::map<std::string, std::optional<std::set<std::string>>> addresses;
  for (const auto& [name, gateway] : graph.gateways) {
    if (!gateway.accepted) continue;
    const auto serving = serving_nodes(objects, *gateway.gateway);
    for (const auto& address : gateway.addresses) narrow(addresses[address], serving);
  }
  std::map<std::string, address::ServingNode> nodes;
  for (const auto& [name, node] : objects.nodes) {
    const auto life = lives.nodes.find(name.name);
    const bool has_lease = life != lives.nodes.end();
    const bool is_heard = hearing && hearing->connected.contains(name.name);
    // Who is heard is told of each change, so it may keep what it has though a renewal does not get through.
    const bool is_live = (has_lease && life->second.is_live) || (is_heard && !(has_lease && life->second.is_given_up));
    if (!has_lease && !is_heard) continue;
    nodes[name.name] = {.is_live = is_live,
                        .is_ready = is_ready(*node) && (!hearing || is_heard),
                        .is_absent = hearing && hearing->absent.contains(name.name)};
  }
  owners_ = address::owners(addresses, nodes, owners_so_far(lives));
  resources_ = address::resources(owners_, assignment_.sources);
  return resources_;
}

bool AddressBook::covers(const attach::Graph& graph) const {
  std::set<std::string_view> addresses;
  for (const auto& [name, gateway] : graph.gateways) {
    if (gateway.accepted) addresses.insert(gateway.addresses.begin(), gateway.addresses.end());
  }
  return std::ranges::equal(addresses, owners_, {}, {}, [](const auto& entry) { return entry.first; });
}

json::object status_of(const address::PoolUse& use, std::int64_t generation) {
  const bool is_valid = use.problem.empty();
  json::object condition{{"type", "Accepted"},
                         {"status", is_valid ? "True" : "False"},
                         {"reason", is_valid ? "Accepted" : "Invalid"},
                         {"message", is_valid ? "all of spec.addresses can be given out"
                                              : use.problem + "; the rest of spec.addresses is given out"},
                         {"observedGeneration", generation},
                         {"lastTransitionTime", "1970-01-01T00:00:00Z"}};
  return {{"total", use.total}, {"used", use.used}, {"conditions", json::array{std::move(condition)}}};
}

}  // namespace sluice::daemon
