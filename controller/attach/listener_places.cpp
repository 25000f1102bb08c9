#include "controller/attach/listener_places.h"

#include <limits>

#include "controller/attach/capability.h"

namespace sluice::attach {
namespace {

constexpr int kBefore = -1;
constexpr int kBehind = std::numeric_limits<int>::max();

std::int64_t port_of(const ListenerFacts& facts) {
  const std::int64_t port = facts.listener->port;
  return facts.protocol == ListenerProtocol::Udp ? -port : port;
}

int class_of(const ListenerFacts& facts) {
  return static_cast<int>(sharing_of(facts.protocol));
}

}  // namespace

ListenerPlaces::Key ListenerPlaces::key_of(const Entry& entry) {
  const ListenerFacts& facts = *entry.standing.facts;
  return {*entry.address, port_of(facts), class_of(facts), facts.hostname};
}

bool ListenerPlaces::Order::operator()(const Entry& one, const Entry& other) const {
  const Key a = key_of(one);
  const Key b = key_of(other);
  return a == b ? std::less<>()(one.standing.facts, other.standing.facts) : a < b;
}

void ListenerPlaces::count_mode(const std::string& address, const ListenerFacts& facts, std::int32_t by) {
  if (facts.protocol != ListenerProtocol::Tls) return;
  const auto found = tls_modes_.try_emplace({address, facts.listener->port}).first;
  found->second[facts.passthrough ? 1 : 0] += static_cast<std::uint32_t>(by);
  if (found->second == Mode{}) tls_modes_.erase(found);
}

void ListenerPlaces::add(const Standing& standing) {
  for (const std::string& address : *standing.owner->addresses) {
    entries_.insert({&address, standing});
    count_mode(address, *standing.facts, 1);
  }
}

void ListenerPlaces::remove(const Standing& standing) {
  for (const std::string& address : *standing.owner->addresses) {
    if (entries_.erase({&address, standing}) > 0) count_mode(address, *standing.facts, -1);
  }
}

bool ListenerPlaces::meets_all(const Entry& entry, Entries::const_iterator begin, Entries::const_iterator end) const {
  const ListenerFacts& facts = *entry.standing.facts;
  if (begin == end) return false;
  const int own = class_of(facts);
  if (class_of(*begin->standing.facts) != own || class_of(*std::prev(end)->standing.facts) != own) return true;
  if (kTlsRouteMixed || facts.protocol != ListenerProtocol::Tls) return false;
  const auto modes = tls_modes_.find({*entry.address, facts.listener->port});
  return modes != tls_modes_.end() && modes->second[facts.passthrough ? 0 : 1] > 0;
}

void ListenerPlaces::each_rival(const Standing& standing, Swept& swept,
                                const std::function<void(const Standing&)>& visit) const {
  for (const std::string& address : *standing.owner->addresses) {
    const Entry entry{&address, standing};
    const Key alike = key_of(entry);
    const Key everything{address, std::get<1>(alike), kBefore, {}};
    if (swept.contains(everything) || swept.contains(alike)) continue;
    auto begin = entries_.lower_bound(everything);
    auto end = entries_.lower_bound(Key{address, std::get<1>(alike), kBehind, {}});
    if (meets_all(entry, begin, end)) {
      swept.insert(everything);
    } else {
      swept.insert(alike);
      begin = entries_.lower_bound(alike);
      end = entries_.upper_bound(alike);
    }
    for (; begin != end; ++begin) visit(begin->standing);
  }
}

}  // namespace sluice::attach
