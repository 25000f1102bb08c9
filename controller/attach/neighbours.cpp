#include "controller/attach/neighbours.h"

#include <algorithm>

#include "controller/attach/protocol.h"

namespace sluice::attach {
namespace {

using Pair = std::pair<const ListenerFacts*, const ListenerFacts*>;

bool stands(const ListenerFacts& facts) {
  return facts.protocol != ListenerProtocol::Unknown;
}

bool same_place(const ListenerFacts& one, const ListenerFacts& other) {
  return one.listener->port == other.listener->port && one.protocol == other.protocol &&
         one.listener->protocol == other.listener->protocol && one.hostname == other.hostname &&
         one.passthrough == other.passthrough && one.certificate_names == other.certificate_names;
}

/// Listeners that are where they were, each with what it was; none when they changed their order.
std::vector<Pair> kept_of(const Owner& before, const Owner& now) {
  std::vector<Pair> kept;
  if (before.precedence != now.precedence || *before.addresses != *now.addresses) return kept;
  std::map<std::string_view, std::size_t> places;
  for (std::size_t i = 0; i < before.listeners.size(); ++i) places.emplace(before.listeners[i].listener->name, i);
  std::size_t behind = 0;
  for (const ListenerFacts& facts : now.listeners) {
    const auto found = places.find(facts.listener->name);
    if (found == places.end()) continue;
    if (found->second < behind) return {};
    behind = found->second + 1;
    const ListenerFacts& was = before.listeners[found->second];
    if (same_place(was, facts)) kept.emplace_back(&was, &facts);
  }
  return kept;
}

}  // namespace

void Neighbours::take_out(const Owner& owner, const Facts& kept) {
  ListenerPlaces::Swept swept;
  for (const ListenerFacts& facts : owner.listeners) {
    if (!stands(facts) || kept.contains(&facts)) continue;
    again_.insert(id_of({&owner, &facts}));
    places_.each_rival({&owner, &facts}, swept, [&](const Standing& rival) { again_.insert(id_of(rival)); });
  }
  for (const ListenerFacts& facts : owner.listeners) {
    if (!stands(facts)) continue;
    const Standing standing{&owner, &facts};
    places_.remove(standing);
    if (!kept.contains(&facts) && names_.contains(standing)) names_.remove(standing, overlaps_);
  }
}

void Neighbours::put_in(const Owner& owner, const std::vector<Pair>& kept) {
  Facts same;
  for (const auto& [was, is] : kept) {
    if (!stands(*is)) continue;
    same.insert(is);
    names_.move({&owner, was}, {&owner, is});
  }
  for (const ListenerFacts& facts : owner.listeners) {
    if (!stands(facts)) continue;
    places_.add({&owner, &facts});
    if (!same.contains(&facts)) again_.insert(id_of({&owner, &facts}));
  }
}

void Neighbours::set(const api::ObjectRef& ref, std::optional<Owner> now) {
  const auto found = owners_.find(ref);
  std::vector<Pair> kept;
  if (found != owners_.end()) {
    if (now) kept = kept_of(found->second, *now);
    Facts stay;
    for (const auto& [was, is] : kept) stay.insert(was);
    take_out(found->second, stay);
  }
  if (!now) {
    if (found != owners_.end()) owners_.erase(found);
    return;
  }
  Owner& owner = owners_[ref];
  owner = *std::move(now);
  put_in(owner, kept);
}

void Neighbours::move(const api::ObjectRef& ref, const Precedence& precedence,
                      const std::shared_ptr<const std::vector<std::string>>& addresses) {
  const auto found = owners_.find(ref);
  if (found == owners_.end()) return;
  Owner now = found->second;
  now.precedence = precedence;
  now.addresses = addresses;
  set(ref, std::move(now));
}

std::optional<Standing> Neighbours::find(const ListenerId& id) const {
  const auto owner = owners_.find(id.owner);
  if (owner == owners_.end()) return std::nullopt;
  for (const ListenerFacts& facts : owner->second.listeners) {
    if (facts.listener->name == id.name && stands(facts)) return Standing{&owner->second, &facts};
  }
  return std::nullopt;
}

bool Neighbours::has_conflict(const ListenerId& id) const {
  const auto found = found_.find(id);
  return found != found_.end() && found->second.conflict;
}

/// Those to be judged, their rivals, and the rivals of these: nobody else's conflict can change.
std::vector<Standing> Neighbours::closure() const {
  std::vector<Standing> standings;
  Facts seen;
  const auto see = [&](const Standing& standing) {
    if (seen.insert(standing.facts).second) standings.push_back(standing);
  };
  for (const auto& id : again_) {
    if (const auto standing = find(id)) see(*standing);
  }
  ListenerPlaces::Swept swept;
  for (std::size_t i = 0; i < standings.size(); ++i) places_.each_rival(Standing(standings[i]), swept, see);
  return standings;
}

void Neighbours::judge_conflicts(const std::vector<Standing>& standings, std::set<ListenerId>& changed) {
  const auto by_precedence = [](const Owner* one, const Owner* other) { return one->precedence < other->precedence; };
  std::map<const Owner*, Candidates, decltype(by_precedence)> by_owner(by_precedence);
  for (const auto& [owner, facts] : standings) {
    Candidates& candidates = by_owner[owner];
    candidates.owner = owner;
    candidates.listeners.push_back(facts);
  }
  std::vector<Candidates> owners;
  for (auto& [owner, candidates] : by_owner) {
    std::ranges::sort(candidates.listeners);  // they stand in one array, in the object's order
    owners.push_back(std::move(candidates));
  }
  auto conflicts = find_conflicts(owners);
  for (const Standing& standing : standings) {
    const ListenerId id = id_of(standing);
    const auto now = conflicts.find(id);
    std::optional<Conflict> conflict;
    if (now != conflicts.end()) conflict = std::move(now->second);
    const bool has_names = has_client_hello(standing.facts->protocol) && !conflict;
    if (has_names != names_.contains(standing)) {
      has_names ? names_.add(standing, overlaps_) : names_.remove(standing, overlaps_);
    }
    const auto known = found_.find(id);
    if (known == found_.end() ? !conflict : known->second.conflict == conflict) continue;
    found_[id].conflict = std::move(conflict);
    changed.insert(id);
  }
}

void Neighbours::judge_overlaps(std::set<ListenerId>& changed) {
  for (const auto& id : overlaps_) {
    const auto standing = find(id);
    std::optional<Conflict> overlap;
    if (standing && names_.contains(*standing)) overlap = names_.overlap_of(*standing);
    const auto known = found_.find(id);
    if (known == found_.end() ? !overlap : known->second.overlap == overlap) continue;
    found_[id].overlap = std::move(overlap);
    changed.insert(id);
  }
}

std::set<ListenerId> Neighbours::settle() {
  std::set<ListenerId> changed;
  const auto standings = closure();
  judge_conflicts(standings, changed);
  judge_overlaps(changed);
  compared_ = standings.size() + overlaps_.size();
  for (const auto& id : again_) {
    if (!find(id) && found_.erase(id) > 0) changed.insert(id);
  }
  for (const auto& id : changed) {
    const auto found = found_.find(id);
    if (found != found_.end() && found->second == Neighbourhood{}) found_.erase(found);
  }
  again_.clear();
  overlaps_.clear();
  return changed;
}

}  // namespace sluice::attach
