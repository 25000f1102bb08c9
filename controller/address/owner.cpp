#include "controller/address/owner.h"

#include <string_view>

namespace sluice::address {
namespace {

/// FNV-1a, 64 bits; its low entropy in the last characters is spread by rendezvous().
std::uint64_t fnv(std::string_view text, std::uint64_t hash) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

using Nodes = std::map<std::string, ServingNode>;

/// The winner among those that serve; empty: there is none.
std::string elect(const std::string& address, const std::optional<std::set<std::string>>& serving, const Nodes& nodes,
                  bool only_ready) {
  std::string best;
  std::uint64_t highest = 0;
  for (const auto& [name, node] : nodes) {
    if (!node.is_live || (only_ready && !node.is_ready) || (serving && !serving->contains(name))) continue;
    const std::uint64_t rank = rendezvous(name, address);
    if (best.empty() || rank > highest) {
      best = name;
      highest = rank;
    }
  }
  return best;
}

}  // namespace

std::uint64_t rendezvous(std::string_view node, std::string_view address) {
  std::uint64_t hash = fnv(node, 0xcbf29ce484222325);
  hash = fnv(address, fnv("\n", hash));
  // The finaliser of SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", 2014).
  hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9;
  hash = (hash ^ hash >> 27) * 0x94d049bb133111eb;
  return hash ^ hash >> 31;
}

Owners owners(const std::map<std::string, std::optional<std::set<std::string>>>& addresses, const Nodes& nodes,
              const Owners& before) {
  Owners out;
  for (const auto& [address, serving] : addresses) {
    std::string& owner = out[address];
    if (const auto last = before.find(address); last != before.end()) {
      const auto node = nodes.find(last->second);
      const bool stays = node != nodes.end() && node->second.is_live && (!serving || serving->contains(node->first));
      if (stays && node->second.is_absent) owner = elect(address, serving, nodes, true);
      if (stays && owner.empty()) owner = node->first;
    }
    if (owner.empty()) owner = elect(address, serving, nodes, true);
    if (owner.empty()) owner = elect(address, serving, nodes, false);
  }
  return out;
}

}  // namespace sluice::address
