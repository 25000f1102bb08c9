// OverlappingTLSConfig: HTTPS and TLS listeners on one address and port whose names or certificates stand for the same
// hosts, so that a client that reuses a connection may meet the wrong one (Gateway API v1.7.0, ListenerConditionType).
#pragma once

#include <map>
#include <set>

#include "controller/attach/neighbourhood.h"

namespace sluice::attach {

/// The names that listeners, and their certificates, stand for, by address and port. Owners and facts are borrowed and
/// stay as they are from add() to remove() or move().
class TlsNames {
 public:
  /// Listeners whose overlap is to be asked for again.
  using Again = std::set<ListenerId>;

  void add(const Standing& standing, Again& again);
  void remove(const Standing& standing, Again& again);
  /// The same listener with the same names, elsewhere in memory.
  void move(const Standing& from, const Standing& to);

  [[nodiscard]] bool contains(const Standing& standing) const;

  /// Of a listener that is here: the first of its certificates' names that stands for another's too, else its hostname.
  [[nodiscard]] std::optional<Conflict> overlap_of(const Standing& standing) const;

 private:
  /// Names that end alike stand together: what a wildcard covers is one range.
  struct FromTheEnd {
    bool operator()(std::string_view one, std::string_view other) const {
      return std::lexicographical_compare(one.rbegin(), one.rend(), other.rbegin(), other.rend());
    }
    using is_transparent = void;
  };
  using Holders = std::vector<Standing>;
  using Names = std::map<std::string, Holders, FromTheEnd>;
  struct Place {
    Names hostnames;
    Names certificates;
  };
  struct Finding {
    std::string_view name;           ///< the listener's own
    std::string_view others;         ///< what it overlaps
    const Standing* only = nullptr;  ///< the other listener, where there is just one
  };

  static void note(const Names& names, std::string_view name, std::size_t fewest, Again& again);
  static void take(Names& names, const std::string& name, const Standing& standing, Again& again);
  static void give(Names& names, const std::string& name, const Standing& standing, Again& again);
  static std::optional<Finding> find(const Names& names, std::string_view name, const Standing& standing);

  std::map<std::pair<std::string, std::int32_t>, Place> places_;
};

}  // namespace sluice::attach
