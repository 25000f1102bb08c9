// Where listeners stand: by address and port, those together that may be in each other's way. Finds a listener's rivals
// without looking at the others of its port.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <set>
#include <tuple>

#include "controller/attach/conflict.h"

namespace sluice::attach {

/// Listeners of a protocol that is ours. Owners and facts are borrowed and stay as they are from add() to remove().
class ListenerPlaces {
 public:
  void add(const Standing& standing);
  void remove(const Standing& standing);

  /// address, port (negative: UDP), class, hostname
  using Key = std::tuple<std::string_view, std::int64_t, int, std::string_view>;
  /// What each_rival() has gone through already, and passes over; holds while nothing is added or removed.
  using Swept = std::set<Key>;

  /// Every listener on an address and port of this one that is in its way, or would be by its kind; itself where it is
  /// here, and a listener that shares two addresses with it twice.
  void each_rival(const Standing& standing, Swept& swept, const std::function<void(const Standing&)>& visit) const;

 private:
  struct Entry {
    const std::string* address;
    Standing standing;
  };
  struct Order {
    using is_transparent = void;
    bool operator()(const Entry& one, const Entry& other) const;
    bool operator()(const Entry& one, const Key& other) const { return key_of(one) < other; }
    bool operator()(const Key& one, const Entry& other) const { return one < key_of(other); }
  };
  using Entries = std::set<Entry, Order>;
  using Mode = std::array<std::uint32_t, 2>;  ///< listeners of protocol TLS that terminate, that pass through

  static Key key_of(const Entry& entry);
  void count_mode(const std::string& address, const ListenerFacts& facts, std::int32_t by);
  /// Whether all that stand there are in this one's way, or may be.
  [[nodiscard]] bool meets_all(const Entry& entry, Entries::const_iterator begin, Entries::const_iterator end) const;

  Entries entries_;
  std::map<std::pair<std::string, std::int32_t>, Mode> tls_modes_;
};

}  // namespace sluice::attach
