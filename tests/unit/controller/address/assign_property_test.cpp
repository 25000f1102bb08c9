// What holds for every assignment, over random pools, Gateways and nodes that come, go and change.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "controller/address/range.h"
#include "tests/unit/controller/address/claims.h"

namespace sluice::address {
namespace {

api::NamespacedName full_name(const GatewayClaim& claim) {
  return {claim.gateway->metadata.namespace_, claim.gateway->metadata.name};
}

class World {
 public:
  explicit World(unsigned seed) : random_(seed) {}

  void edit() {
    switch (below(6)) {
      case 0: {
        const std::string name = "p" + std::to_string(below(3));
        pools_[name] = some_pool(name);
        break;
      }
      case 1:
        pools_.erase("p" + std::to_string(below(3)));
        break;
      case 2:
        nodes_.insert("n" + std::to_string(below(4)));
        break;
      case 3:
        nodes_.erase("n" + std::to_string(below(4)));
        break;
      case 4:
        gateways_.erase(some_gateway());
        break;
      default:
        gateways_[some_gateway()] = some_values();
    }
  }

  Claims claims(const Assignment& before) {
    Claims out;
    for (const auto& [name, object] : pools_) out.pools.push_back(object);
    for (const auto& [name, values] : gateways_) {
      auto& claim = out.gateways.emplace_back(gateway(name, values));
      const auto held = before.grants.find(full_name(claim));
      if (held != before.grants.end()) claim.held = held->second.addresses;
    }
    for (const auto& name : nodes_) {
      const auto held = before.sources.find(name);
      out.nodes.push_back(
          {.name = name, .held = held != before.sources.end() ? held->second : std::vector<std::string>{}});
    }
    return out;
  }

  Claims shuffled(Claims claims) {
    std::ranges::shuffle(claims.pools, random_);
    std::ranges::shuffle(claims.gateways, random_);
    std::ranges::shuffle(claims.nodes, random_);
    return claims;
  }

 private:
  unsigned below(unsigned limit) { return std::uniform_int_distribution<unsigned>(0, limit - 1)(random_); }

  std::string some_gateway() {
    const unsigned number = below(8);
    return (number % 2 == 0 ? "shop/g" : "other/g") + std::to_string(number);
  }

  std::string some_address() {
    return below(4) == 0 ? "2001:db8::" + std::to_string(below(6)) : "10.0.0." + std::to_string(below(12));
  }

  std::shared_ptr<const api::AddressPool> some_pool(const std::string& name) {
    std::vector<std::string> addresses;
    for (unsigned i = below(2); i < 2; ++i) {
      const unsigned first = below(10);
      addresses.push_back("10.0.0." + std::to_string(first) + "-10.0.0." + std::to_string(first + below(4)));
    }
    if (below(3) == 0) addresses.emplace_back("2001:db8::/126");
    return with(pool(name, addresses, std::to_string(2020 + below(3))), [&](auto& spec) {
      spec.auto_assign = below(4) != 0;
      spec.usage = std::array{"Any", "Any", "Gateways", "NodeSources"}.at(below(4));
    });
  }

  std::vector<std::string> some_values() {
    std::vector<std::string> out;
    for (unsigned i = below(3); i > 0; --i) out.push_back(below(2) == 0 ? "" : some_address());
    return out;
  }

  std::minstd_rand random_;
  std::map<std::string, std::shared_ptr<const api::AddressPool>> pools_;
  std::map<std::string, std::vector<std::string>> gateways_;
  std::set<std::string> nodes_;
};

bool asks_for(const GatewayClaim& claim, const std::string& address) {
  return std::ranges::any_of(claim.gateway->spec.addresses, [&](const auto& each) { return each.value == address; });
}

bool is_in_a_pool(const Claims& claims, const std::string& address) {
  return std::ranges::any_of(claims.pools, [&](const auto& object) {
    return std::ranges::any_of(object->spec.addresses,
                               [&](const auto& text) { return parse_range(text)->holds(*parse_ip(address)); });
  });
}

/// Who has each address, by name; of a Gateway with '*' where it asks for it by value.
std::map<std::string, std::vector<std::string>> holders(const Claims& claims, const Assignment& assignment) {
  std::map<std::string, std::vector<std::string>> out;
  for (const auto& claim : claims.gateways) {
    const auto name = full_name(claim);
    for (const auto& address : assignment.grants.at(name).addresses) {
      out[address].push_back((asks_for(claim, address) ? "*" : "") + name.namespace_ + "/" + name.name);
    }
  }
  for (const auto& [node, addresses] : assignment.sources) {
    for (const auto& address : addresses) out[address].push_back("node " + node);
  }
  return out;
}

void expect_invariants(const Claims& claims, const Assignment& out) {
  std::int64_t used = 0;
  for (const auto& [address, who] : holders(claims, out)) {
    EXPECT_TRUE(is_in_a_pool(claims, address)) << address;
    const auto automatic = std::ranges::count_if(who, [](const auto& name) { return !name.starts_with("*"); });
    EXPECT_LE(automatic, 1) << address;
    // Who has it automatically shares it with its own namespace alone.
    const auto holder = std::ranges::find_if(who, [](const auto& name) { return !name.starts_with("*"); });
    for (const auto& name : who) {
      EXPECT_TRUE(automatic == 0 || !name.starts_with("*") || name.substr(1, 4) == holder->substr(0, 4)) << address;
    }
    const bool of_node = std::ranges::any_of(who, [](const auto& name) { return name.starts_with("node "); });
    EXPECT_TRUE(!of_node || who.size() == 1) << address;
  }
  used = static_cast<std::int64_t>(holders(claims, out).size());
  for (const auto& [name, pool] : out.pools) {
    EXPECT_LE(pool.used, pool.total) << name;
    used -= pool.used;
  }
  EXPECT_EQ(used, 0);
  for (const auto& claim : claims.gateways) {
    const auto& grant = out.grants.at(full_name(claim));
    const std::set<std::string> values = [&] {
      std::set<std::string> all;
      for (const auto& each : claim.gateway->spec.addresses) all.insert(each.value);
      return all;
    }();
    EXPECT_TRUE(!grant.missing.empty() || grant.addresses.size() >= std::max<std::size_t>(values.size(), 1));
  }
}

/// All of it, for a person.
std::string text_of(const Claims& claims, const Assignment& assignment) {
  std::string out;
  for (const auto& object : claims.pools) {
    out += "pool " + object->metadata.name + " " + object->metadata.creation_timestamp + " " + object->spec.usage +
           (object->spec.auto_assign ? "" : " by value") + ":";
    for (const auto& text : object->spec.addresses) out += " " + text;
    out += "\n";
  }
  for (const auto& claim : claims.gateways) {
    const std::string name = claim.gateway->metadata.namespace_ + "/" + claim.gateway->metadata.name;
    out += name + " wants [";
    for (const auto& each : claim.gateway->spec.addresses) out += " '" + each.value + "'";
    out += " ] held [";
    for (const auto& each : claim.held) out += " " + each;
    out += " ] has " + addresses_of(assignment, name) + " " + missing_of(assignment, name) + "\n";
  }
  for (const auto& claim : claims.nodes) out += claim.name + " has " + sources_of(assignment, claim.name) + "\n";
  return out;
}

TEST(AssignProperty, HoldsOverRandomEditsAndRestarts) {
  World world(20261125);
  Assignment before;
  for (int i = 0; i < 5'000 && !testing::Test::HasFailure(); ++i) {
    world.edit();
    const Claims claims = world.claims(before);
    const Assignment out = assign(claims);
    expect_invariants(claims, out);
    EXPECT_EQ(assign(world.shuffled(claims)), out) << "the order of claims made a difference, edit " << i;
    const Claims restarted = world.claims(out);
    const Assignment again = assign(restarted);
    EXPECT_EQ(text_of(restarted, again), text_of(restarted, out)) << "a restart made a difference, edit " << i;
    EXPECT_TRUE(again == out);
    before = out;
  }
}

}  // namespace
}  // namespace sluice::address
