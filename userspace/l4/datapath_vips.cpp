// Which of the model's addresses this node answers for, among the nodes of a cluster.
#include <algorithm>
#include <utility>

#include "userspace/l4/datapath_state.h"
#include "userspace/l4/shared_memory.h"

namespace sluice::l4 {
namespace {

constexpr std::uint32_t kRivalMemory = 60 * kTicksASecond;

std::string text_of(const std::array<std::uint8_t, 6>& mac) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const auto byte : mac) {
    if (!text.empty()) text += ':';
    text += {kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return text;
}

}  // namespace

/// Before the services: a backend that comes with them is given its source then.
void Datapath::State::place(const model::Store& store, const std::set<std::string>& changed) {
  // Stand-alone nobody else has an address, whatever a model says that was saved as a cluster's node.
  if (!parts.options.member || (applied && !concerns_placement(changed))) return;
  // Who has an address is said anew for those that changed: what was given up before that is void.
  const auto is_said = [&](const Address& vip) { return changed.contains("vip/" + vip.text()); };
  std::erase_if(yielded, is_said);
  std::erase_if(listening, [&](const auto& entry) { return is_said(entry.first); });
  auto now = placement_of(store, parts.options.node);
  if (parts.configured_sources.empty() && now.sources != placement.sources) {
    sources.set_configured(now.sources);
    if (applied && backends.resolve_all()) parts.programs.bump_generation();
  }
  placement = std::move(now);
  if (!applied && !known && !current) hold_back();
}

/// As the programs judge it (bpf/lib/neighbour.h).
bool Datapath::State::lease_is_over() const {
  auto& settings = parts.programs.settings();
  const std::uint32_t lease = published(settings.timeout[TIMEOUT_LEASE]);
  // Before the clock: else the other thread may say so in between, and that would be in the future.
  const std::uint32_t attended = published(settings.attended);
  const std::uint32_t now = parts.programs.jiffies();
  return lease != 0 && now != 0 && now - attended > lease;
}

void Datapath::State::attend() {
  if (!fenced) parts.programs.attend();
}

void Datapath::State::lease_renewed() {
  if (!fenced && !lease_is_over()) parts.programs.attend();
}

/// The first model of a process may be an old one. What it gives to this node may be another's by now, but for what is
/// still set up: that the node never ceased to have, unless its Lease ran out meanwhile. It listens before it answers
/// for the rest, as nobody may be there who could say whose it is.
void Datapath::State::hold_back() {
  for (const auto& vip : placement.own) {
    if (fenced || !addresses.is_noted(vip)) listening[vip] = parts.options.listen_seconds;
  }
}

/// Who cannot hear does not take silence for an answer.
void Datapath::State::listened() {
  if (!rivals) return;
  for (auto& [vip, seconds] : listening) --seconds;
  if (std::erase_if(listening, [](const auto& entry) { return entry.second == 0; }) > 0) settle_again({});
}

std::set<Address> Datapath::State::elsewhere() const {
  auto all = placement.elsewhere;
  all.insert(yielded.begin(), yielded.end());
  for (const auto& [vip, seconds] : listening) all.insert(vip);
  return all;
}

void Datapath::State::set_current(bool now) {
  if (std::exchange(current, now) == now || !now || (yielded.empty() && listening.empty())) return;
  yielded.clear();
  listening.clear();
  settle_again({});
}

void Datapath::State::set_known(bool now) {
  if (std::exchange(known, now) == now || !now || listening.empty()) return;
  listening.clear();
  settle_again({});
}

/// This process was stopped for longer than its Lease: as if it had just been started.
void Datapath::State::come_late() {
  fenced = true;
  hold_back();
  settle_again({});
  fenced = false;
}

std::map<Address, HeardClaim> Datapath::State::claimed_by_others() {
  const auto held = addresses.held();
  std::map<Address, HeardClaim> claimed;
  for (const auto& [claim, device] : rivals->read()) {
    const auto is_ours = [&, mac = claim.mac](const auto& entry) { return entry.second.mac == mac; };
    const bool concerns = held.contains(claim.address) || listening.contains(claim.address);
    if (!concerns || std::ranges::any_of(parts.network.links(), is_ours)) continue;
    // Who says so elsewhere, such as a pod on the node's bridge, is nobody that the address's neighbours would believe.
    if (addresses.lies_on(claim.address, device)) claimed.try_emplace(claim.address, claim, device);
  }
  return claimed;
}

void Datapath::State::hear_rivals() {
  if (!rivals || !applied) return;
  const auto claimed = claimed_by_others();
  if (claimed.empty()) return;
  for (const auto& [vip, heard] : claimed) {
    if (!current) {
      yielded.insert(vip);
      listening.erase(vip);
    } else if (contested.insert(vip).second) {
      addresses.announce_again(vip);
    }
    ++(current ? claims_contested : claims_yielded);
    tell_rival(heard, !current);
  }
  if (!current) settle_again({});
}

void Datapath::State::tell_rival(const HeardClaim& heard, bool is_given_up) {
  const auto [heard_at, is_new] = rival_heard.try_emplace(heard.claim.address, ticks);
  const bool is_told = !is_new && !is_given_up && ticks - heard_at->second < kRivalMemory;
  heard_at->second = ticks;
  if (is_told || !rival_told) return;
  const auto* link = parts.network.link(heard.device);
  rival_told({heard.claim.address.text(), text_of(heard.claim.mac), link != nullptr ? link->name : "", is_given_up});
}

/// Each second, and at most so often: two hosts that both defend would else go on without end. The last word is the one
/// that neighbours keep: a host that was answered at once may have spoken again.
void Datapath::State::contest() {
  for (const auto& vip : std::exchange(contested, {})) {
    if (addresses.held().contains(vip)) addresses.announce_again(vip);
  }
  std::erase_if(rival_heard, [this](const auto& entry) { return ticks - entry.second >= kRivalMemory; });
}

}  // namespace sluice::l4
