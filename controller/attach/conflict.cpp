#include "controller/attach/conflict.h"

#include <unordered_map>

#include "controller/attach/capability.h"
#include "controller/attach/protocol.h"

namespace sluice::attach {
namespace {

using Holder = const ListenerId*;

/// What is on one address and port already (UDP has ports of its own).
struct Port {
  std::map<Sharing, Holder> by_sharing;
  std::unordered_map<std::string_view, Holder> by_hostname;
  Holder passthrough = nullptr;  ///< of protocol TLS
  Holder terminate = nullptr;    ///< of protocol TLS
};

struct Candidate {
  ListenerId id;
  const ListenerFacts* facts = nullptr;
};

std::string port_text(const ListenerFacts& facts) {
  return "port " + std::to_string(facts.listener->port);
}

/// A tenant does not learn what another's ListenerSet holds.
std::string name_for(const ListenerId& reader, const ListenerId& holder) {
  if (holder.owner.kind == api::ListenerSet::kKind && holder.owner.namespace_ != reader.owner.namespace_) {
    return "a listener of another ListenerSet";
  }
  return "listener " + holder.name + " of " + api::to_string(holder.owner);
}

/// Siblings have no winner; between owners the earlier one's listener stays.
enum class Among { Siblings, Owners };

std::optional<Conflict> conflict_on(const Port& port, const Candidate& candidate, Among among) {
  const ListenerFacts& facts = *candidate.facts;
  const Sharing sharing = sharing_of(facts.protocol);
  const auto conflict = [&](ConditionReason reason, Holder holder, const std::string& what) {
    const std::string taken = among == Among::Siblings ? " is also claimed by " : " is taken by ";
    const std::string end = among == Among::Siblings ? "; neither serves" : "";
    return Conflict{reason, port_text(facts) + what + taken + name_for(candidate.id, *holder) + end};
  };
  for (const auto& [other, holder] : port.by_sharing) {
    if (other != sharing) {
      return conflict(ConditionReason::ProtocolConflict, holder,
                      ", which " + facts.listener->protocol + " cannot share,");
    }
  }
  if (!has_hostname(facts.protocol)) {
    const auto same = port.by_sharing.find(sharing);
    if (same == port.by_sharing.end()) return std::nullopt;
    return conflict(ConditionReason::ListenerConflict, same->second, " of protocol " + facts.listener->protocol);
  }
  if (const auto same = port.by_hostname.find(facts.hostname); same != port.by_hostname.end()) {
    const std::string name = facts.hostname.empty() ? " without hostname" : ", hostname " + facts.hostname;
    return conflict(ConditionReason::HostnameConflict, same->second, name);
  }
  if (facts.protocol == ListenerProtocol::Tls && !kTlsRouteMixed) {
    const Holder other = facts.passthrough ? port.terminate : port.passthrough;
    if (other != nullptr) {
      return conflict(ConditionReason::ProtocolConflict, other, " in the other TLS mode");
    }
  }
  return std::nullopt;
}

void put(Port& port, const Candidate& candidate) {
  const ListenerFacts& facts = *candidate.facts;
  port.by_sharing.try_emplace(sharing_of(facts.protocol), &candidate.id);
  if (has_hostname(facts.protocol)) port.by_hostname.try_emplace(facts.hostname, &candidate.id);
  if (facts.protocol == ListenerProtocol::Tls) {
    Holder& mode = facts.passthrough ? port.passthrough : port.terminate;
    if (mode == nullptr) mode = &candidate.id;
  }
}

class Placement {
 public:
  explicit Placement(std::map<ListenerId, Conflict>& found) : found_(found) {}

  void place(const Candidates& owned) {
    std::vector<Candidate*> left;
    for (const ListenerFacts* facts : owned.listeners) {
      auto& candidate = *kept_.emplace_back(std::make_unique<Candidate>(Candidate{id_of({owned.owner, facts}), facts}));
      if (auto conflict = with_earlier(*owned.owner, candidate)) {
        found_.emplace(candidate.id, *std::move(conflict));
      } else {
        left.push_back(&candidate);
      }
    }
    // Forwards and backwards, each meets all of its siblings: those before it and those after it.
    among_siblings(left.begin(), left.end());
    among_siblings(left.rbegin(), left.rend());
    for (const Candidate* candidate : left) {
      each_port(*owned.owner, *candidate->facts, [&](Port& port) {
        put(port, *candidate);
        return false;
      });
    }
  }

 private:
  using Key = std::pair<std::string_view, std::int64_t>;

  struct Hash {
    std::size_t operator()(const Key& key) const {
      return std::hash<std::string_view>()(key.first) * 31 + std::hash<std::int64_t>()(key.second);
    }
  };

  static std::int64_t port_of(const ListenerFacts& facts) {
    return facts.protocol == ListenerProtocol::Udp ? -std::int64_t{facts.listener->port} : facts.listener->port;
  }

  template <class Visit>
  void each_port(const Owner& owner, const ListenerFacts& facts, Visit&& visit) {
    for (const std::string& address : *owner.addresses) {
      if (visit(ports_[{address, port_of(facts)}])) return;
    }
  }

  std::optional<Conflict> with_earlier(const Owner& owner, const Candidate& candidate) {
    std::optional<Conflict> conflict;
    each_port(owner, *candidate.facts, [&](const Port& port) {
      conflict = conflict_on(port, candidate, Among::Owners);
      return conflict.has_value();
    });
    return conflict;
  }

  template <class Iterator>
  void among_siblings(Iterator begin, Iterator end) {
    std::map<std::int64_t, Port> ports;
    for (auto at = begin; at != end; ++at) {
      Port& port = ports[port_of(*(*at)->facts)];
      if (auto conflict = conflict_on(port, **at, Among::Siblings)) found_.try_emplace((*at)->id, *std::move(conflict));
      put(port, **at);
    }
  }

  std::map<ListenerId, Conflict>& found_;
  std::vector<std::unique_ptr<Candidate>> kept_;
  std::unordered_map<Key, Port, Hash> ports_;
};

}  // namespace

Sharing sharing_of(ListenerProtocol protocol) {
  if (protocol == ListenerProtocol::Tcp) return Sharing::Tcp;
  if (protocol == ListenerProtocol::Udp) return Sharing::Udp;
  return protocol == ListenerProtocol::Http ? Sharing::Http : Sharing::ClientHello;
}

std::map<ListenerId, Conflict> find_conflicts(std::span<const Candidates> owners) {
  std::map<ListenerId, Conflict> found;
  Placement placement(found);
  for (const Candidates& owned : owners) placement.place(owned);
  return found;
}

}  // namespace sluice::attach
