// Neighbours kept up to date against the rules spelled out pair by pair, and what an edit costs.
#include "controller/attach/neighbours.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "controller/attach/capability.h"
#include "controller/attach/hostname.h"
#include "controller/attach/protocol.h"

namespace sluice::attach {
namespace {

using Listeners = std::vector<ListenerFacts>;

ListenerFacts listener(const std::string& name, ListenerProtocol protocol, std::int32_t port, std::string hostname,
                       CertificateNames certificate = {}) {
  api::Listener object{.name = name, .port = port, .protocol = std::to_string(static_cast<int>(protocol))};
  ListenerFacts facts{.listener = std::make_shared<const api::Listener>(std::move(object)), .protocol = protocol};
  if (has_hostname(protocol)) facts.hostname = std::move(hostname);
  if (has_client_hello(protocol)) facts.certificate_names = std::move(certificate);
  return facts;
}

api::ObjectRef ref_of(const std::string& name) {
  return {"Gateway", "edge", name};
}

/// Owners with their listeners, as the facts of a round keep them.
class Town {
 public:
  void put(const std::string& name, std::vector<std::string> addresses, Listeners listeners) {
    const auto kept = std::make_shared<const Listeners>(std::move(listeners));
    Precedence precedence;
    precedence.gateway = {"", {"edge", name}};
    const Owner owner{ref_of(name), precedence, std::make_shared<const std::vector<std::string>>(std::move(addresses)),
                      *kept};
    neighbours.set(owner.ref, owner);
    owners[owner.ref] = owner;
    kept_[owner.ref] = kept;  // what was there before goes only now
  }
  void remove(const std::string& name) {
    neighbours.set(ref_of(name), std::nullopt);
    owners.erase(ref_of(name));
    kept_.erase(ref_of(name));
  }

  Neighbours neighbours;
  std::map<api::ObjectRef, Owner> owners;

 private:
  std::map<api::ObjectRef, std::shared_ptr<const Listeners>> kept_;
};

bool meet(const Owner& one, const Owner& other) {
  return std::ranges::any_of(*one.addresses, [&](const auto& address) {
    return std::ranges::find(*other.addresses, address) != other.addresses->end();
  });
}

/// GatewaySpec.listeners, "Distinct Listeners".
bool indistinct(const ListenerFacts& one, const ListenerFacts& other) {
  const bool udp = one.protocol == ListenerProtocol::Udp;
  if (one.listener->port != other.listener->port || udp != (other.protocol == ListenerProtocol::Udp)) return false;
  if (sharing_of(one.protocol) != sharing_of(other.protocol)) return true;
  if (one.hostname == other.hostname) return true;
  const bool both_tls = one.protocol == ListenerProtocol::Tls && other.protocol == ListenerProtocol::Tls;
  return both_tls && !kTlsRouteMixed && one.passthrough != other.passthrough;
}

std::vector<Standing> all_of(const Town& town) {
  std::vector<Standing> all;
  for (const auto& [ref, owner] : town.owners) {
    for (const auto& facts : owner.listeners) {
      if (facts.protocol != ListenerProtocol::Unknown) all.push_back({&owner, &facts});
    }
  }
  return all;
}

/// Pair by pair: who is in conflict. Owners stand in precedence.
std::set<ListenerId> conflicts_of(const Town& town) {
  std::set<ListenerId> conflicts;
  std::vector<Standing> placed;
  for (const auto& [ref, owner] : town.owners) {
    std::vector<Standing> left;
    for (const auto& facts : owner.listeners) {
      if (facts.protocol == ListenerProtocol::Unknown) continue;
      const bool lost = std::ranges::any_of(placed, [&](const Standing& earlier) {
        return meet(*earlier.owner, owner) && indistinct(*earlier.facts, facts);
      });
      if (lost) conflicts.insert(id_of({&owner, &facts}));
      if (!lost) left.push_back({&owner, &facts});
    }
    for (const auto& one : left) {
      for (const auto& other : left) {
        if (one.facts != other.facts && indistinct(*one.facts, *other.facts)) conflicts.insert(id_of(one));
      }
    }
    placed.insert(placed.end(), left.begin(), left.end());
  }
  return conflicts;
}

bool cover_each_other(const std::string& one, const std::string& other) {
  return covers(one, other) || covers(other, one);
}

/// Pair by pair: who overlaps, by certificates (true) or by hostname alone.
std::map<ListenerId, bool> overlaps_of(const Town& town, const std::set<ListenerId>& conflicts) {
  std::map<ListenerId, bool> overlaps;
  for (const auto& one : all_of(town)) {
    for (const auto& other : all_of(town)) {
      if (one == other || !meet(*one.owner, *other.owner)) continue;
      if (one.facts->listener->port != other.facts->listener->port) continue;
      if (!has_client_hello(one.facts->protocol) || !has_client_hello(other.facts->protocol)) continue;
      if (conflicts.contains(id_of(one)) || conflicts.contains(id_of(other))) continue;
      const bool hostnames = cover_each_other(one.facts->hostname, other.facts->hostname);
      const bool certificates = std::ranges::any_of(one.facts->certificate_names, [&](const auto& name) {
        return std::ranges::any_of(other.facts->certificate_names,
                                   [&](const auto& its) { return cover_each_other(name, its); });
      });
      if (hostnames || certificates) overlaps[id_of(one)] |= certificates;
    }
  }
  return overlaps;
}

class Random {
 public:
  explicit Random(std::uint32_t seed) : random_(seed) {}
  std::size_t below(std::size_t count) { return random_() % count; }
  template <class T>
  const T& of(const std::vector<T>& list) {
    return list[below(list.size())];
  }

 private:
  std::mt19937 random_;
};

const std::vector<std::string> kNames{"", "a.x", "b.x", "*.x", "*.a.x", "c.a.x", "a.y"};

ListenerFacts any_listener(Random& random, const std::string& name) {
  static const std::vector<ListenerProtocol> kProtocols{
      ListenerProtocol::Https, ListenerProtocol::Https, ListenerProtocol::Https, ListenerProtocol::Tls,
      ListenerProtocol::Http,  ListenerProtocol::Tcp,   ListenerProtocol::Udp,   ListenerProtocol::Unknown};
  // Most ports have listeners of one class: mixed ones are in conflict altogether.
  const auto port = static_cast<std::int32_t>(1 + random.below(3));
  const ListenerProtocol protocol = port < 3 ? ListenerProtocol::Https : random.of(kProtocols);
  CertificateNames certificate;
  for (std::size_t i = random.below(3); i > 0; --i) {
    const std::string& wanted = random.of(kNames);
    if (!wanted.empty() && std::ranges::find(certificate, wanted) == certificate.end()) certificate.push_back(wanted);
  }
  std::ranges::sort(certificate);
  ListenerFacts facts = listener(name, protocol, port, random.of(kNames), std::move(certificate));
  facts.passthrough = protocol == ListenerProtocol::Tls && random.below(2) == 0;
  return facts;
}

void edit(Town& town, Random& random) {
  static const std::vector<std::vector<std::string>> kAddresses{
      {"192.0.2.1"}, {"192.0.2.2"}, {"192.0.2.1", "192.0.2.2"}};
  const std::string name(1, static_cast<char>('a' + random.below(5)));
  if (random.below(10) == 0) return town.remove(name);
  Listeners listeners;
  std::vector<std::string> addresses = random.of(kAddresses);
  if (const auto found = town.owners.find(ref_of(name)); found != town.owners.end() && random.below(4) != 0) {
    addresses = *found->second.addresses;
    listeners.assign(found->second.listeners.begin(), found->second.listeners.end());
    if (!listeners.empty()) {
      auto& changed = listeners[random.below(listeners.size())];
      changed = any_listener(random, changed.listener->name);
    }
    if (random.below(8) == 0) std::ranges::reverse(listeners);
  } else {
    for (std::size_t i = 0; i < random.below(6); ++i) listeners.push_back(any_listener(random, std::to_string(i)));
  }
  town.put(name, addresses, std::move(listeners));
}

TEST(Neighbours, AreWhatTheRulesSayPairByPairAfterEveryEdit) {
  Random random(7);
  Town town;
  std::set<std::string> seen;
  for (int round = 0; round < 1500; ++round) {
    for (std::size_t i = 0; i <= random.below(3); ++i) edit(town, random);
    town.neighbours.settle();
    const auto conflicts = conflicts_of(town);
    const auto overlaps = overlaps_of(town, conflicts);
    for (const auto& standing : all_of(town)) {
      const ListenerId id = id_of(standing);
      const auto found = town.neighbours.all().find(id);
      const Neighbourhood neighbourhood = found == town.neighbours.all().end() ? Neighbourhood{} : found->second;
      ASSERT_EQ(neighbourhood.conflict.has_value(), conflicts.contains(id)) << round << " " << id.owner.name << id.name;
      ASSERT_EQ(neighbourhood.overlap.has_value(), overlaps.contains(id)) << round << " " << id.owner.name << id.name;
      if (neighbourhood.conflict) seen.insert("conflict");
      if (!neighbourhood.overlap) continue;
      const bool by_certificate = neighbourhood.overlap->reason == ConditionReason::OverlappingCertificates;
      ASSERT_EQ(by_certificate, overlaps.at(id)) << round << " " << id.owner.name << id.name;
      seen.insert(by_certificate ? "certificate" : "hostname");
    }
  }
  EXPECT_EQ(seen.size(), 3U) << "the edits do not reach every case";
}

TEST(Neighbours, AreTheSameWhateverTheOrderOfEdits) {
  Random random(11);
  Town edited;
  for (int round = 0; round < 500; ++round) {
    edit(edited, random);
    edited.neighbours.settle();
    Town fresh;
    for (const auto& [ref, owner] : edited.owners) {
      fresh.put(ref.name, *owner.addresses, Listeners(owner.listeners.begin(), owner.listeners.end()));
    }
    fresh.neighbours.settle();
    ASSERT_EQ(edited.neighbours.all(), fresh.neighbours.all()) << round;
  }
}

TEST(Neighbours, ThatChangedAreNamedAndNoOthers) {
  Town town;
  town.put("a", {"192.0.2.1"}, {listener("one", ListenerProtocol::Http, 80, "a.x")});
  town.put("b", {"192.0.2.1"},
           {listener("two", ListenerProtocol::Http, 80, "a.x"), listener("three", ListenerProtocol::Http, 80, "b.x")});
  EXPECT_EQ(town.neighbours.settle(), (std::set<ListenerId>{{ref_of("b"), "two"}}));
  town.remove("a");
  EXPECT_EQ(town.neighbours.settle(), (std::set<ListenerId>{{ref_of("b"), "two"}}));
  town.put("b", {"192.0.2.1"}, {});
  EXPECT_TRUE(town.neighbours.settle().empty());
}

/// 160 owners with 64 names each on one port, all under one wildcard and with one certificate.
void fill(Town& town, const std::string& spare) {
  for (std::size_t i = 0; i < 160; ++i) {
    Listeners listeners;
    for (std::size_t j = 0; j < 64; ++j) {
      const std::string name = "n" + std::to_string(i) + "-" + std::to_string(j);
      const bool is_spare = i == 80 && j == 0;
      listeners.push_back(
          listener(name, ListenerProtocol::Https, 443, (is_spare ? spare : name) + ".example.com", {"*.example.com"}));
    }
    if (i == 80 || town.owners.size() < 160) town.put("o" + std::to_string(1000 + i), {"192.0.2.1"}, listeners);
  }
  town.put("a-wildcard", {"192.0.2.1"}, {listener("w", ListenerProtocol::Https, 443, "*.example.com")});
}

TEST(Neighbours, AnEditOfOneOfTenThousandNamesLooksAtThoseItCollidesWith) {
  Town town;
  fill(town, "spare");
  town.neighbours.settle();
  EXPECT_GT(town.neighbours.all().size(), 10'000U) << "all overlap by the wildcard and by their certificate";

  fill(town, "another");  // meets no other name; the wildcard covers it
  town.neighbours.settle();
  EXPECT_LT(town.neighbours.compared(), 10U);

  fill(town, "n7-7");  // a name that is taken
  town.neighbours.settle();
  EXPECT_LT(town.neighbours.compared(), 10U);
  EXPECT_TRUE(town.neighbours.all().at({ref_of("o1080"), "n80-0"}).conflict);
}

TEST(Neighbours, ThatAreAllInEachOthersWayAreComparedOnce) {
  Town town;
  for (std::size_t i = 0; i < 2000; ++i) {
    town.put("o" + std::to_string(1000 + i), {"192.0.2.1", "192.0.2.2"},
             {listener("same", ListenerProtocol::Http, 80, "a.x"), listener("tcp", ListenerProtocol::Tcp, 81, "")});
  }
  town.put("z", {"192.0.2.1"}, {listener("other-class", ListenerProtocol::Tcp, 80, "")});
  town.neighbours.settle();  // quadratic work would take minutes
  EXPECT_EQ(town.neighbours.all().size(), 3999U);
}

}  // namespace
}  // namespace sluice::attach
