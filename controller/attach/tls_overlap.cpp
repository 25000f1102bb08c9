#include "controller/attach/tls_overlap.h"

#include <algorithm>
#include <set>

#include "controller/attach/protocol.h"

namespace sluice::attach {
namespace {

/// A listener and one of the names that it, or its certificate, stands for.
struct Entry {
  const OwnedListeners* owned;
  const ListenerFacts* facts;
};

using Names = std::map<std::string_view, std::vector<Entry>>;

/// The next wildcard that covers it: "a.b.c" -> "*.b.c" -> "*.c" -> "".
std::string wider(std::string_view name) {
  if (name.starts_with("*.")) name.remove_prefix(2);
  const auto dot = name.find('.');
  return dot == std::string_view::npos ? "" : "*" + std::string(name.substr(dot));
}

ListenerId id_of(const Entry& entry) {
  return {entry.owned->owner, entry.facts->listener->name};
}

class Overlaps {
 public:
  explicit Overlaps(std::map<ListenerId, Neighbourhood>& found) : found_(found) {}

  void look(const Names& names, ConditionReason reason, std::string_view what) {
    std::set<std::string_view> marked;  // covers whose listeners are all marked: a popular one is walked once
    for (const auto& [name, entries] : names) {
      for (std::string cover(name);; cover = wider(cover)) {
        const auto others = names.find(cover);
        if (others != names.end()) {
          mark_all(entries, others->second, {reason, what, name, cover});
          if (!marked.contains(others->first) &&
              mark_all(others->second, entries, {reason, what, others->first, name})) {
            marked.insert(others->first);
          }
        }
        if (cover.empty()) break;
      }
    }
  }

 private:
  struct Finding {
    ConditionReason reason;
    std::string_view what;
    std::string_view name;
    std::string_view others_name;
  };

  /// Whether each had another to overlap with.
  bool mark_all(const std::vector<Entry>& entries, const std::vector<Entry>& others, const Finding& finding) {
    bool all = true;
    for (const Entry& entry : entries) {
      const auto other = std::ranges::find_if(others, [&](const Entry& e) { return e.facts != entry.facts; });
      all = all && other != others.end();
      if (other != others.end()) mark(entry, *other, finding);
    }
    return all;
  }

  /// The first finding stays, names being walked in order; only the stronger reason replaces it.
  void mark(const Entry& entry, const Entry& other, const Finding& finding) {
    Neighbourhood& neighbourhood = found_[id_of(entry)];
    neighbourhood.port = entry.facts->listener->port;
    auto& overlap = neighbourhood.overlap;
    if (overlap && (overlap->reason == finding.reason || finding.reason == ConditionReason::OverlappingHostnames)) {
      return;
    }
    const auto text = [](std::string_view name) { return name.empty() ? std::string("any") : std::string(name); };
    std::string message = "port " + std::to_string(entry.facts->listener->port) + ": " + std::string(finding.what) +
                          " " + text(finding.name) + " overlaps " + text(finding.others_name) + " of another listener";
    if (entry.owned->owner == other.owned->owner) message += " (" + other.facts->listener->name + ")";
    overlap = Conflict{finding.reason, std::move(message)};
  }

  std::map<ListenerId, Neighbourhood>& found_;
};

}  // namespace

void find_overlaps(std::span<const OwnedListeners> owners, const std::set<std::int32_t>* ports,
                   std::map<ListenerId, Neighbourhood>& found) {
  struct Port {
    Names hostnames;
    Names certificates;
  };
  std::map<std::pair<std::string_view, std::int32_t>, Port> places;
  for (const OwnedListeners& owned : owners) {
    for (const ListenerFacts& facts : owned.listeners) {
      if (!has_client_hello(facts.protocol)) continue;
      if (ports != nullptr && !ports->contains(facts.listener->port)) continue;
      const auto at = found.find({owned.owner, facts.listener->name});
      if (at != found.end() && at->second.conflict) continue;
      for (const std::string& address : owned.addresses) {
        Port& port = places[{address, facts.listener->port}];
        port.hostnames[facts.hostname].push_back({&owned, &facts});
        for (const auto& name : facts.certificate_names) {
          auto& entries = port.certificates[name];
          if (entries.empty() || entries.back().facts != &facts) entries.push_back({&owned, &facts});
        }
      }
    }
  }
  Overlaps overlaps(found);
  for (const auto& [address, port] : places) {
    overlaps.look(port.hostnames, ConditionReason::OverlappingHostnames, "hostname");
    overlaps.look(port.certificates, ConditionReason::OverlappingCertificates, "certificate for");
  }
}

}  // namespace sluice::attach
