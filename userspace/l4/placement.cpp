#include "userspace/l4/placement.h"

namespace sluice::l4 {
namespace {

constexpr std::string_view kVip = "vip/";
constexpr std::string_view kSource = "source/";

bool has_any(const std::set<std::string>& names, std::string_view prefix) {
  const auto first = names.lower_bound(std::string(prefix));
  return first != names.end() && first->starts_with(prefix);
}

}  // namespace

bool concerns_placement(const std::set<std::string>& changed) {
  return has_any(changed, kVip) || has_any(changed, kSource);
}

Placement placement_of(const model::Store& store, std::string_view node) {
  Placement placement;
  if (node.empty()) return placement;
  for (auto at = store.all().lower_bound(kVip); at != store.all().end() && at->first.starts_with(kVip); ++at) {
    const auto& vip = at->second->vip();
    const auto address = Address::from_bytes(vip.address().ip());
    if (address) (vip.node() == node ? placement.own : placement.elsewhere).insert(*address);
  }
  if (const auto own = store.find(std::string(kSource) + std::string(node))) {
    for (const auto& source : own->node_source().addresses()) {
      if (const auto address = Address::from_bytes(source.ip())) placement.sources.push_back(*address);
    }
  }
  return placement;
}

}  // namespace sluice::l4
