#include "controller/attach/tls_overlap.h"

#include <algorithm>

namespace sluice::attach {
namespace {

/// The next wildcard that covers it: "a.b.c" -> "*.b.c" -> "*.c" -> "".
std::string wider(std::string_view name) {
  if (name.starts_with("*.")) name.remove_prefix(2);
  const auto dot = name.find('.');
  return dot == std::string_view::npos ? "" : "*" + std::string(name.substr(dot));
}

/// Calls visit(name, holders) for every name that `name` covers, itself apart, until it returns true.
template <class Names, class Visit>
void each_narrower(const Names& names, std::string_view name, Visit&& visit) {
  if (!name.empty() && !name.starts_with("*.")) return;
  const std::string_view suffix = name.substr(std::min<std::size_t>(name.size(), 1));
  for (auto at = names.lower_bound(suffix); at != names.end() && at->first.ends_with(suffix); ++at) {
    if (at->first != name && visit(at->first, at->second)) return;
  }
}

/// The same for every name that covers it, the closest first.
template <class Names, class Visit>
void each_wider(const Names& names, std::string_view name, Visit&& visit) {
  for (std::string cover(name); !cover.empty();) {
    cover = wider(cover);
    const auto found = names.find(cover);
    if (found != names.end() && visit(found->first, found->second)) return;
  }
}

std::string text_of(std::string_view name) {
  return name.empty() ? "any" : std::string(name);
}

}  // namespace

/// Whose overlap may be another since `name` has one holder more or less: of those that hold it while they are few
/// enough to be named, and of those that hold a name of theirs alone that covers it or is covered. Who shares a name
/// overlaps by that name already.
void TlsNames::note(const Names& names, std::string_view name, std::size_t fewest, Again& again) {
  constexpr std::size_t kFew = 3;
  const auto note_few = [&](std::size_t most) {
    return [&again, most](const std::string&, const Holders& holders) {
      if (holders.size() > most) return false;
      for (const Standing& holder : holders) again.insert(id_of(holder));
      return false;
    };
  };
  if (const auto own = names.find(name); own != names.end()) note_few(kFew)(own->first, own->second);
  if (fewest > 1) return;
  each_wider(names, name, note_few(1));
  each_narrower(names, name, note_few(1));
}

void TlsNames::take(Names& names, const std::string& name, const Standing& standing, Again& again) {
  Holders& holders = names[name];
  if (std::ranges::find(holders, standing) != holders.end()) return;  // a certificate that names it twice
  holders.push_back(standing);
  note(names, name, holders.size() - 1, again);
}

void TlsNames::give(Names& names, const std::string& name, const Standing& standing, Again& again) {
  const auto found = names.find(name);
  if (found == names.end() || std::erase(found->second, standing) == 0) return;
  const std::size_t left = found->second.size();
  note(names, name, left, again);
  if (left == 0) names.erase(found);
}

void TlsNames::add(const Standing& standing, Again& again) {
  again.insert(id_of(standing));
  for (const std::string& address : *standing.owner->addresses) {
    Place& place = places_[{address, standing.facts->listener->port}];
    take(place.hostnames, standing.facts->hostname, standing, again);
    for (const auto& name : standing.facts->certificate_names) take(place.certificates, name, standing, again);
  }
}

void TlsNames::remove(const Standing& standing, Again& again) {
  again.insert(id_of(standing));
  for (const std::string& address : *standing.owner->addresses) {
    const auto place = places_.find({address, standing.facts->listener->port});
    if (place == places_.end()) continue;
    give(place->second.hostnames, standing.facts->hostname, standing, again);
    for (const auto& name : standing.facts->certificate_names) give(place->second.certificates, name, standing, again);
    if (place->second.hostnames.empty()) places_.erase(place);
  }
}

void TlsNames::move(const Standing& from, const Standing& to) {
  const auto replace = [&](Names& names, const std::string& name) {
    const auto found = names.find(name);
    if (found != names.end()) std::ranges::replace(found->second, from, to);
  };
  for (const std::string& address : *to.owner->addresses) {
    const auto place = places_.find({address, to.facts->listener->port});
    if (place == places_.end()) continue;
    replace(place->second.hostnames, to.facts->hostname);
    for (const auto& name : to.facts->certificate_names) replace(place->second.certificates, name);
  }
}

bool TlsNames::contains(const Standing& standing) const {
  if (standing.owner->addresses->empty()) return false;
  const auto place = places_.find({standing.owner->addresses->front(), standing.facts->listener->port});
  if (place == places_.end()) return false;
  const auto found = place->second.hostnames.find(standing.facts->hostname);
  return found != place->second.hostnames.end() && std::ranges::find(found->second, standing) != found->second.end();
}

std::optional<TlsNames::Finding> TlsNames::find(const Names& names, std::string_view name, const Standing& standing) {
  std::optional<Finding> finding;
  const auto look = [&](const std::string& others, const Holders& holders) {
    const auto is_other = [&](const Standing& holder) { return holder != standing; };
    const auto first = std::ranges::find_if(holders, is_other);
    if (first == holders.end()) return false;
    const bool only = std::none_of(std::next(first), holders.end(), is_other);
    finding = Finding{name, others, only ? &*first : nullptr};
    return true;
  };
  const auto same = names.find(name);
  if (same != names.end() && look(same->first, same->second)) return finding;
  each_wider(names, name, look);
  if (!finding) each_narrower(names, name, look);
  return finding;
}

std::optional<Conflict> TlsNames::overlap_of(const Standing& standing) const {
  const std::int32_t port = standing.facts->listener->port;
  const auto conflict = [&](const Finding& finding, ConditionReason reason, const std::string& what) {
    const bool named = finding.only != nullptr && finding.only->owner == standing.owner;
    return Conflict{reason, "port " + std::to_string(port) + ": " + what + " " + text_of(finding.name) + " overlaps " +
                                text_of(finding.others) + " of another listener" +
                                (named ? " (" + finding.only->facts->listener->name + ")" : "")};
  };
  std::optional<Finding> hostname;
  for (const std::string& address : *standing.owner->addresses) {
    const auto place = places_.find({address, port});
    if (place == places_.end()) continue;
    for (const auto& name : standing.facts->certificate_names) {
      const auto found = find(place->second.certificates, name, standing);
      if (found) return conflict(*found, ConditionReason::OverlappingCertificates, "certificate for");
    }
    if (!hostname) hostname = find(place->second.hostnames, standing.facts->hostname, standing);
  }
  if (!hostname) return std::nullopt;
  return conflict(*hostname, ConditionReason::OverlappingHostnames, "hostname");
}

}  // namespace sluice::attach
