// Which of the model's addresses this node answers for, among the nodes of a cluster.
#include <algorithm>
#include <utility>

#include "userspace/l4/datapath_state.h"

namespace sluice::l4 {

/// Before the services: a backend that comes with them is given its source then.
void Datapath::State::place(const model::Store& store, const std::set<std::string>& changed) {
  if (parts.options.node.empty() || (applied && !concerns_placement(changed))) return;
  // Who has an address is said anew for those that changed: what was given up before that is void.
  std::erase_if(yielded, [&](const Address& vip) { return changed.contains("vip/" + vip.text()); });
  auto now = placement_of(store, parts.options.node);
  if (parts.configured_sources.empty() && now.sources != placement.sources) {
    sources.set_configured(now.sources);
    if (applied && backends.resolve_all()) parts.programs.bump_generation();
  }
  placement = std::move(now);
  if (!applied && !current) hold_back();
}

/// The first model of a process may be an old one. What it gives to this node may be another's by now, but for what is
/// still set up: that the node never ceased to have.
void Datapath::State::hold_back() {
  for (const auto& vip : placement.own) {
    if (!addresses.is_noted(vip)) yielded.insert(vip);
  }
}

std::set<Address> Datapath::State::elsewhere() const {
  auto all = placement.elsewhere;
  all.insert(yielded.begin(), yielded.end());
  return all;
}

void Datapath::State::set_current(bool now) {
  if (std::exchange(current, now) == now || !now || yielded.empty()) return;
  yielded.clear();
  settle_again({});
}

std::set<Address> Datapath::State::claimed_by_others() {
  const auto held = addresses.held();
  std::set<Address> claimed;
  for (const auto& [claim, device] : rivals->read()) {
    const auto is_ours = [&, mac = claim.mac](const auto& entry) { return entry.second.mac == mac; };
    if (!held.contains(claim.address) || std::ranges::any_of(parts.network.links(), is_ours)) continue;
    // Who says so elsewhere, such as a pod on the node's bridge, is nobody that the address's neighbours would believe.
    if (addresses.lies_on(claim.address, device)) claimed.insert(claim.address);
  }
  return claimed;
}

void Datapath::State::hear_rivals() {
  if (!rivals || !applied) return;
  const auto claimed = claimed_by_others();
  if (claimed.empty()) return;
  if (current) {
    for (const auto& vip : claimed) {
      if (contested.insert(vip).second) addresses.announce_again(vip);
    }
    return;
  }
  yielded.insert(claimed.begin(), claimed.end());
  settle_again({});
  if (!yield_told) return;
  for (const auto& vip : claimed) yield_told(vip.text());
}

/// Each second, and at most so often: two hosts that both defend would else go on without end. The last word is the one
/// that neighbours keep: a host that was answered at once may have spoken again.
void Datapath::State::contest() {
  for (const auto& vip : std::exchange(contested, {})) {
    if (addresses.held().contains(vip)) addresses.announce_again(vip);
  }
}

}  // namespace sluice::l4
