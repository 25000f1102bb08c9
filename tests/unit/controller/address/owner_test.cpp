#include "controller/address/owner.h"

#include <gtest/gtest.h>

namespace sluice::address {
namespace {

constexpr ServingNode kUp{.is_live = true, .is_ready = true};
constexpr ServingNode kBehind{.is_live = true, .is_ready = false};
constexpr ServingNode kDown{};

using Addresses = std::map<std::string, std::optional<std::set<std::string>>>;

Addresses some(int count) {
  Addresses out;
  for (int i = 0; i < count; ++i) out["10.0." + std::to_string(i / 200) + "." + std::to_string(i % 200)] = std::nullopt;
  return out;
}

std::string owner(const std::map<std::string, ServingNode>& nodes, const Owners& before = {},
                  std::optional<std::set<std::string>> serving = std::nullopt) {
  return owners({{"10.0.0.1", std::move(serving)}}, nodes, before).at("10.0.0.1");
}

TEST(Owners, AnAddressStaysWhileItsOwnerLives) {
  for (const char* node : {"a", "b", "c"}) {
    EXPECT_EQ(owner({{"a", kUp}, {"b", kUp}, {"c", kUp}}, {{"10.0.0.1", node}}), node);
  }
  EXPECT_EQ(owner({{"a", kBehind}, {"b", kUp}}, {{"10.0.0.1", "a"}}), "a");
  EXPECT_EQ(owner({{"a", kDown}, {"b", kUp}}, {{"10.0.0.1", "a"}}), "b");
  EXPECT_EQ(owner({{"b", kUp}}, {{"10.0.0.1", "gone"}}), "b");
}

TEST(Owners, IsNobodyWhereNobodyLives) {
  EXPECT_EQ(owner({}), "");
  EXPECT_EQ(owner({{"a", kDown}}, {{"10.0.0.1", "a"}}), "");
}

TEST(Owners, OneThatIsReadyIsPreferredToOneThatOnlyLives) {
  EXPECT_EQ(owner({{"a", kBehind}, {"b", kUp}, {"c", kBehind}}), "b");
  EXPECT_EQ(owner({{"a", kBehind}, {"b", kDown}}), "a");
}

TEST(Owners, OnlyNodesThatServeTheGatewayAreAsked) {
  EXPECT_EQ(owner({{"a", kUp}, {"b", kUp}}, {}, {{"b"}}), "b");
  EXPECT_EQ(owner({{"a", kUp}, {"b", kUp}}, {{"10.0.0.1", "a"}}, {{"b"}}), "b");
  EXPECT_EQ(owner({{"a", kUp}, {"b", kUp}}, {}, std::set<std::string>{}), "");
}

TEST(Owners, AreSpreadEvenly) {
  const auto all = owners(some(3000), {{"node-1", kUp}, {"node-2", kUp}, {"node-3", kUp}}, {});
  std::map<std::string, int> count;
  for (const auto& [address, node] : all) ++count[node];
  for (const char* node : {"node-1", "node-2", "node-3"}) EXPECT_NEAR(count[node], 1000, 100) << node;
}

TEST(Owners, ANodeThatComesMovesNothingAndOneThatGoesOnlyWhatItHad) {
  const auto two = owners(some(300), {{"a", kUp}, {"b", kUp}}, {});
  EXPECT_EQ(owners(some(300), {{"a", kUp}, {"b", kUp}, {"c", kUp}}, two), two);
  const auto one = owners(some(300), {{"a", kUp}, {"b", kDown}, {"c", kUp}}, two);
  int moved = 0;
  for (const auto& [address, node] : two) {
    EXPECT_TRUE(node == "b" || one.at(address) == "a");
    if (node == "b") moved += one.at(address) == "a" ? 1 : 0;
  }
  EXPECT_GT(moved, 20);  // to both of the others
}

TEST(Owners, AreElectedAlikeByEveryLeader) {
  // A leader of another version that starts without any Lease must come to the same: these ranks never change.
  EXPECT_EQ(rendezvous("node-1", "10.0.0.1"), 0x1839f321472ffbeaU);
  EXPECT_EQ(rendezvous("node-2", "2001:db8::1"), 0xbe8ba5c595471796U);
}

}  // namespace
}  // namespace sluice::address
