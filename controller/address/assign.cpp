#include "controller/address/assign.h"

#include <algorithm>
#include <set>

#include "controller/address/pools.h"
#include "controller/attach/address.h"
#include "controller/attach/age.h"
#include "controller/attach/label_selector.h"

namespace sluice::address {
namespace {

/// One Gateway on its way to its addresses.
struct Applicant {
  const GatewayClaim* claim;
  std::vector<std::pair<std::size_t, Ip>> named;  ///< entries with a value
  std::vector<std::size_t> unnamed;               ///< entries without
  std::set<Ip> granted;
  std::map<std::size_t, std::string> missing;
};

struct Node {
  const NodeClaim* claim;
  std::array<std::optional<Ip>, 2> sources;  ///< by family
};

Applicant applicant_of(const GatewayClaim& claim) {
  Applicant out{.claim = &claim, .named = {}, .unnamed = {}, .granted = {}, .missing = {}};
  const auto& wanted = claim.gateway->spec.addresses;
  if (wanted.empty()) out.unnamed.push_back(0);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto address = attach::wanted_address(wanted[i]);
    if (!address) {
      out.missing[i] = address.error();
    } else if (address->empty()) {
      out.unnamed.push_back(i);
    } else {
      out.named.emplace_back(i, *parse_ip(*address));
    }
  }
  return out;
}

std::set<Ip> ips_of(const std::vector<std::string>& texts) {
  std::set<Ip> out;
  for (const auto& text : texts) {
    if (const auto ip = parse_ip(text)) out.insert(*ip);
  }
  return out;
}

class Round {
 public:
  explicit Round(const Claims& claims) : pools_(pools_of(claims.pools)) {
    for (const auto& claim : claims.gateways) applicants_.push_back(applicant_of(claim));
    std::ranges::sort(applicants_, {},
                      [](const Applicant& one) { return attach::age_of(one.claim->gateway->metadata); });
    for (const auto& one : applicants_) {
      const auto held = ips_of(one.claim->held);
      for (const auto& [index, ip] : one.named) {
        const Pool* pool = pool_of(ip);
        if (pool == nullptr || !refusal(*pool, *one.claim).empty()) continue;
        asked_.insert(ip);
        if (held.contains(ip)) held_by_name_[ip].insert(one.claim->gateway->metadata.namespace_);
      }
    }
    for (const auto& claim : claims.nodes) nodes_.push_back({&claim, {}});
    std::ranges::sort(nodes_, {}, [](const Node& node) { return node.claim->name; });
  }

  Assignment run() && {
    for (auto& one : applicants_) keep(one);
    for (auto& node : nodes_) keep(node);
    for (auto& one : applicants_) grant_named(one);
    for (auto& one : applicants_) grant_unnamed(one);
    for (auto& node : nodes_) grant_sources(node);
    return finish();
  }

 private:
  Pool* pool_of(const Ip& ip) {
    const auto found = std::ranges::find_if(pools_, [&](const Pool& pool) { return pool.holds(ip); });
    return found != pools_.end() ? &*found : nullptr;
  }

  /// Why the Gateway can have nothing from the pool; empty: it can.
  static std::string refusal(const Pool& pool, const GatewayClaim& claim) {
    const std::string name = "AddressPool " + pool.name();
    if (claim.pool && *claim.pool != pool.name()) {
      return "it is of " + name + ", and the Gateway's SluiceParameters name AddressPool " + *claim.pool;
    }
    if (!pool.takes_gateways()) return name + " is for nodes alone (usage NodeSources)";
    const auto& selector = pool.spec().gateway_selector;
    if (selector && !attach::selects(*selector, claim.gateway->metadata.labels)) {
      return name + " does not select this Gateway by its labels";
    }
    return "";
  }

  static bool gives_automatically(const Pool& pool, const GatewayClaim& claim) {
    return (pool.spec().auto_assign || claim.pool) && refusal(pool, claim).empty();
  }

  void give(Applicant& one, const Ip& ip) {
    one.granted.insert(ip);
    of_gateways_.insert(ip);
  }

  /// Whether Gateways of other namespaces have it by their own naming, and so have shared it with this one so far.
  bool is_others(const Ip& ip, const GatewayClaim& claim) const {
    const auto found = held_by_name_.find(ip);
    return found != held_by_name_.end() && !found->second.contains(claim.gateway->metadata.namespace_);
  }

  /// Step 1. What somebody older keeps already is not kept: automatic addresses are one Gateway's alone.
  void keep(Applicant& one) {
    for (const Ip& ip : ips_of(one.claim->held)) {
      if (one.unnamed.empty()) return;
      const bool named = std::ranges::any_of(one.named, [&](const auto& entry) { return entry.second == ip; });
      const Pool* pool = pool_of(ip);
      if (named || of_gateways_.contains(ip) || pool == nullptr || !refusal(*pool, *one.claim).empty()) continue;
      if (is_others(ip, *one.claim)) continue;
      give(one, ip);
      automatic_.emplace(ip, one.claim);
      one.unnamed.erase(one.unnamed.begin());
    }
  }

  /// Step 2.
  void keep(Node& node) {
    for (const Ip& ip : ips_of(node.claim->held)) {
      auto& source = node.sources[ip.is_v6 ? 1 : 0];
      const Pool* pool = pool_of(ip);
      const bool can = has_family(*node.claim, ip.is_v6) && pool != nullptr && pool->takes_nodes();
      if (source || !can || is_in_use(ip)) continue;
      source = ip;
      of_nodes_.emplace(ip, node.claim->name);
    }
  }

  /// Step 3.
  void grant_named(Applicant& one) {
    for (const auto& [index, ip] : one.named) {
      const Pool* pool = pool_of(ip);
      const auto node = of_nodes_.find(ip);
      std::string why = pool == nullptr ? "it is in no AddressPool" : refusal(*pool, *one.claim);
      if (why.empty() && node != of_nodes_.end()) why = "node " + node->second + " speaks to backends from it";
      if (why.empty()) why = refusal_of_holder(ip, *one.claim);
      if (why.empty()) {
        give(one, ip);
      } else {
        one.missing[index] = to_string(ip) + " is not usable: " + why;
      }
    }
  }

  /// Why who has the address automatically does not share it; empty: nobody has it so, or the namespace is the same.
  std::string refusal_of_holder(const Ip& ip, const GatewayClaim& claim) const {
    const auto holder = automatic_.find(ip);
    if (holder == automatic_.end()) return "";
    const auto& owner = holder->second->gateway->metadata;
    if (owner.namespace_ == claim.gateway->metadata.namespace_) return "";
    return "Gateway " + owner.namespace_ + "/" + owner.name +
           " has it automatically, which is shared within its namespace alone; across namespaces both must name it";
  }

  std::optional<Ip> lowest_free(const Applicant& one, bool is_v6) {
    for (Pool& pool : pools_) {
      if (!gives_automatically(pool, *one.claim)) continue;
      const auto ip = pool.lowest(is_v6, [&](const Ip& each) { return is_taken(each); });
      if (ip) return ip;
    }
    return std::nullopt;
  }

  /// Of the first pool that has one, IPv4 before IPv6.
  std::optional<Ip> lowest_free(const Applicant& one) {
    for (Pool& pool : pools_) {
      if (!gives_automatically(pool, *one.claim)) continue;
      for (const bool is_v6 : {false, true}) {
        const auto ip = pool.lowest(is_v6, [&](const Ip& each) { return is_taken(each); });
        if (ip) return ip;
      }
    }
    return std::nullopt;
  }

  /// Step 4: a family that the Gateway has no address of goes first, so that two entries without value are one of each.
  void grant_unnamed(Applicant& one) {
    for (const std::size_t index : one.unnamed) {
      const auto has = [&](bool is_v6) {
        return std::ranges::any_of(one.granted, [&](const Ip& ip) { return ip.is_v6 == is_v6; });
      };
      std::optional<Ip> ip;
      if (has(false) != has(true)) ip = lowest_free(one, has(false));
      if (!ip) ip = lowest_free(one);
      if (ip) {
        give(one, *ip);
      } else {
        one.missing[index] = why_none(*one.claim);
      }
    }
  }

  [[nodiscard]] std::string why_none(const GatewayClaim& claim) const {
    if (pools_.empty()) return "there is no AddressPool; create one";
    std::string names;
    for (const Pool& pool : pools_) {
      if (gives_automatically(pool, claim)) names += (names.empty() ? "" : ", ") + pool.name();
    }
    if (!names.empty()) return "no address is free in AddressPool " + names;
    if (claim.pool)
      return "AddressPool " + *claim.pool + ", which SluiceParameters name, is not there for this Gateway";
    return "no AddressPool with autoAssign selects this Gateway";
  }

  /// Step 5: pools for nodes alone go first.
  void grant_sources(Node& node) {
    for (const bool is_v6 : {false, true}) {
      auto& source = node.sources[is_v6 ? 1 : 0];
      if (source || !has_family(*node.claim, is_v6)) continue;
      bool had_pool = false;
      for (const bool nodes_alone : {true, false}) {
        for (Pool& pool : pools_) {
          const bool fits = pool.takes_nodes() && pool.takes_gateways() != nodes_alone && pool.has_family(is_v6);
          if (source || !fits) continue;
          had_pool = true;
          source = pool.highest(is_v6, [&](const Ip& each) { return is_taken(each); });
        }
      }
      if (source) of_nodes_.emplace(*source, node.claim->name);
      if (!source && had_pool) {
        shortages_.push_back("node " + node.claim->name + ": no " + (is_v6 ? "IPv6" : "IPv4") +
                             " address is free in the AddressPools for it to speak to backends from");
      }
    }
  }

  static bool has_family(const NodeClaim& claim, bool is_v6) { return is_v6 ? claim.has_ipv6 : claim.has_ipv4; }
  [[nodiscard]] bool is_in_use(const Ip& ip) const { return of_gateways_.contains(ip) || of_nodes_.contains(ip); }
  [[nodiscard]] bool is_taken(const Ip& ip) const { return is_in_use(ip) || asked_.contains(ip); }

  Assignment finish() {
    Assignment out;
    for (const auto& one : applicants_) {
      auto& grant = out.grants[{one.claim->gateway->metadata.namespace_, one.claim->gateway->metadata.name}];
      for (const Ip& ip : one.granted) grant.addresses.push_back(to_string(ip));
      std::ranges::sort(grant.addresses);
      grant.missing = one.missing;
    }
    for (const auto& node : nodes_) {
      auto& sources = out.sources[node.claim->name];
      for (const auto& ip : node.sources) {
        if (ip) sources.push_back(to_string(*ip));
      }
      std::ranges::sort(sources);
    }
    for (const Pool& pool : pools_) {
      out.pools[pool.name()] = {.total = count(pool.ranges()), .used = used(pool), .problem = pool.problem()};
    }
    out.shortages = std::move(shortages_);
    return out;
  }

  [[nodiscard]] std::int64_t used(const Pool& pool) const {
    const auto is_of = [&](const Ip& ip) { return pool.holds(ip); };
    return std::ranges::count_if(of_gateways_, is_of) +
           std::ranges::count_if(of_nodes_, [&](const auto& entry) { return is_of(entry.first); });
  }

  std::vector<Pool> pools_;
  std::vector<Applicant> applicants_;  ///< the oldest first
  std::vector<Node> nodes_;
  std::set<Ip> asked_;                                ///< by value, of a pool that would give it
  std::map<Ip, std::set<std::string>> held_by_name_;  ///< of those: namespaces whose Gateways have it
  std::map<Ip, const GatewayClaim*> automatic_;       ///< kept in step 1
  std::set<Ip> of_gateways_;
  std::map<Ip, std::string> of_nodes_;
  std::vector<std::string> shortages_;
};

}  // namespace

Assignment assign(const Claims& claims) {
  return Round(claims).run();
}

}  // namespace sluice::address
