// Which Gateway and which node gets which address, and why one gets none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/controller/address/claims.h"

namespace sluice::address {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const auto kPool = pool("p", {"10.0.0.1-10.0.0.9"});

TEST(Assign, AGatewayThatNamesNoAddressGetsTheLowestFreeOne) {
  const auto out = assign({.pools = {kPool}, .gateways = {gateway("a"), gateway("b")}, .nodes = {}});
  EXPECT_EQ(addresses_of(out, "a"), "10.0.0.1");
  EXPECT_EQ(addresses_of(out, "b"), "10.0.0.2");
  EXPECT_EQ(out.pools.at("p"), (PoolUse{.total = 9, .used = 2, .problem = ""}));
}

TEST(Assign, AGatewayKeepsWhatItsStatusHas) {
  const auto out = assign({.pools = {kPool},
                           .gateways = {gateway("a"), gateway("b", {}, {"10.0.0.1"}), gateway("c", {}, {"10.0.0.7"})},
                           .nodes = {}});
  EXPECT_EQ(addresses_of(out, "a"), "10.0.0.2");
  EXPECT_EQ(addresses_of(out, "b"), "10.0.0.1");
  EXPECT_EQ(addresses_of(out, "c"), "10.0.0.7");
}

TEST(Assign, OfTwoWhoseStatusesHaveOneAutomaticAddressTheOlderKeepsIt) {
  const auto out = assign(
      {.pools = {kPool}, .gateways = {gateway("b", {}, {"10.0.0.5"}), gateway("a", {}, {"10.0.0.5"})}, .nodes = {}});
  EXPECT_EQ(addresses_of(out, "a"), "10.0.0.5");
  EXPECT_EQ(addresses_of(out, "b"), "10.0.0.1");
}

TEST(Assign, AnAddressByValueIsSharedByAllWhoAskForIt) {
  const auto out =
      assign({.pools = {kPool}, .gateways = {gateway("a", {"10.0.0.5"}), gateway("b", {"10.0.0.5"})}, .nodes = {}});
  EXPECT_EQ(addresses_of(out, "a"), "10.0.0.5");
  EXPECT_EQ(addresses_of(out, "b"), "10.0.0.5");
  EXPECT_EQ(out.pools.at("p").used, 1);
}

TEST(Assign, AnAddressThatSomebodyAsksForIsNoNewAutomaticOne) {
  const auto out = assign({.pools = {kPool}, .gateways = {gateway("a"), gateway("b", {"10.0.0.1"})}, .nodes = {}});
  EXPECT_EQ(addresses_of(out, "a"), "10.0.0.2");
  EXPECT_EQ(addresses_of(out, "b"), "10.0.0.1");
}

TEST(Assign, AnAutomaticAddressThatAnotherAsksForLaterStaysAndIsShared) {
  const auto out =
      assign({.pools = {kPool}, .gateways = {gateway("a", {}, {"10.0.0.1"}), gateway("b", {"10.0.0.1"})}, .nodes = {}});
  EXPECT_EQ(addresses_of(out, "a"), "10.0.0.1");
  EXPECT_EQ(addresses_of(out, "b"), "10.0.0.1");
}

TEST(Assign, AnAutomaticAddressIsNotSharedWithGatewaysOfOtherNamespaces) {
  const auto out = assign({.pools = {kPool},
                           .gateways = {gateway("shop/z", {}, {"10.0.0.1"}), gateway("other/b", {"10.0.0.1", ""}),
                                        gateway("shop/c", {"10.0.0.1"})},
                           .nodes = {}});
  EXPECT_EQ(addresses_of(out, "shop/z"), "10.0.0.1");
  EXPECT_EQ(addresses_of(out, "shop/c"), "10.0.0.1");
  EXPECT_EQ(addresses_of(out, "other/b"), "10.0.0.2");
  EXPECT_EQ(missing_of(out, "other/b"),
            "[0]: 10.0.0.1 is not usable: Gateway shop/z has it automatically, which is shared within its namespace "
            "alone; across namespaces both must name it");
}

TEST(Assign, GatewaysOfDifferentNamespacesShareWhatBothName) {
  const auto out = assign(
      {.pools = {kPool}, .gateways = {gateway("shop/a", {"10.0.0.5"}), gateway("other/b", {"10.0.0.5"})}, .nodes = {}});
  EXPECT_EQ(addresses_of(out, "shop/a"), "10.0.0.5");
  EXPECT_EQ(addresses_of(out, "other/b"), "10.0.0.5");
}

TEST(Assign, WhoNamesASharedAddressNoLongerLeavesItToTheOtherNamespace) {
  const auto out =
      assign({.pools = {kPool},
              .gateways = {gateway("shop/a", {}, {"10.0.0.5"}), gateway("zone/b", {"10.0.0.5"}, {"10.0.0.5"})},
              .nodes = {}});
  EXPECT_EQ(addresses_of(out, "shop/a"), "10.0.0.1");
  EXPECT_EQ(addresses_of(out, "zone/b"), "10.0.0.5");
}

TEST(Assign, AValueThatIsTakenOutOfTheSpecIsKeptAsAnAutomaticAddress) {
  const auto out = assign({.pools = {kPool}, .gateways = {gateway("a", {""}, {"10.0.0.5"})}, .nodes = {}});
  EXPECT_EQ(addresses_of(out, "a"), "10.0.0.5");
}

TEST(Assign, AnAddressOfNoPoolIsNotUsableAndTheOthersAre) {
  const auto out = assign({.pools = {kPool}, .gateways = {gateway("a", {"10.0.0.5", "192.0.2.1"})}, .nodes = {}});
  EXPECT_EQ(addresses_of(out, "a"), "10.0.0.5");
  EXPECT_EQ(missing_of(out, "a"), "[1]: 192.0.2.1 is not usable: it is in no AddressPool");
}

TEST(Assign, WhatCanBeNobodysAddressSaysSo) {
  const auto out = assign({.pools = {kPool}, .gateways = {gateway("a", {"224.0.0.1", "here"})}, .nodes = {}});
  EXPECT_EQ(missing_of(out, "a"),
            "[0]: 224.0.0.1 cannot be an address of a Gateway: it is a multicast address; "
            "[1]: here is not an IP address");
}

TEST(Assign, NetworkAndBroadcastAddressesOfABlockAreNobodys) {
  const auto out = assign({.pools = {pool("p", {"10.0.0.0/30"})},
                           .gateways = {gateway("a", {"10.0.0.0"}), gateway("b"), gateway("c"), gateway("d")},
                           .nodes = {}});
  EXPECT_EQ(missing_of(out, "a"), "[0]: 10.0.0.0 is not usable: it is in no AddressPool");
  EXPECT_EQ(addresses_of(out, "b"), "10.0.0.1");
  EXPECT_EQ(addresses_of(out, "c"), "10.0.0.2");
  EXPECT_EQ(missing_of(out, "d"), "[0]: no address is free in AddressPool p");
}

TEST(Assign, TheOldestPoolIsUsedUpFirst) {
  const auto out =
      assign({.pools = {pool("a", {"10.1.0.1-10.1.0.9"}, "2026"), pool("z", {"10.0.0.1-10.0.0.1"}, "2025")},
              .gateways = {gateway("a"), gateway("b")},
              .nodes = {}});
  EXPECT_EQ(addresses_of(out, "a"), "10.0.0.1");
  EXPECT_EQ(addresses_of(out, "b"), "10.1.0.1");
}

TEST(Assign, APoolsSelectorIsHeldAgainstTheGatewaysLabels) {
  const auto only_public = with(kPool, [](auto& spec) { spec.gateway_selector = {{{"zone", "public"}}, {}}; });
  const auto out =
      assign({.pools = {only_public},
              .gateways = {labelled(gateway("a"), {{"zone", "public"}}), gateway("b"), gateway("c", {"10.0.0.5"})},
              .nodes = {}});
  EXPECT_EQ(addresses_of(out, "a"), "10.0.0.1");
  EXPECT_EQ(missing_of(out, "b"), "[0]: no AddressPool with autoAssign selects this Gateway");
  EXPECT_EQ(missing_of(out, "c"),
            "[0]: 10.0.0.5 is not usable: AddressPool p does not select this Gateway by its labels");
}

TEST(Assign, WithoutAutoAssignAPoolIsForThoseWhoAskByValueOrNameIt) {
  const auto kept_back = with(kPool, [](auto& spec) { spec.auto_assign = false; });
  auto named = gateway("c");
  named.pool = "p";
  const auto out = assign({.pools = {kept_back},
                           .gateways = {gateway("a"), gateway("b", {"10.0.0.1"}), named},
                           .nodes = {{.name = "n", .held = {}}}});
  EXPECT_EQ(missing_of(out, "a"), "[0]: no AddressPool with autoAssign selects this Gateway");
  EXPECT_EQ(addresses_of(out, "b"), "10.0.0.1");
  EXPECT_EQ(addresses_of(out, "c"), "10.0.0.2");
  EXPECT_EQ(sources_of(out, "n"), "");
  EXPECT_THAT(out.shortages, IsEmpty());
}

TEST(Assign, AGatewayWhoseParametersNameAPoolGetsAddressesOfThatAlone) {
  auto claim = gateway("a", {"", "10.0.0.5"});
  claim.pool = "q";
  const auto other = pool("q", {"10.1.0.1-10.1.0.9"});
  const auto out = assign({.pools = {kPool, other}, .gateways = {claim}, .nodes = {}});
  EXPECT_EQ(addresses_of(out, "a"), "10.1.0.1");
  EXPECT_EQ(
      missing_of(out, "a"),
      "[1]: 10.0.0.5 is not usable: it is of AddressPool p, and the Gateway's SluiceParameters name AddressPool q");
  claim.pool = "r";
  EXPECT_EQ(missing_of(assign({.pools = {kPool}, .gateways = {claim}, .nodes = {}}), "a").substr(0, 76),
            "[0]: AddressPool r, which SluiceParameters name, is not there for this Gatew");
}

TEST(Assign, ARangeThatIsWithdrawnTakesItsAddressesBack) {
  const auto smaller = pool("p", {"10.0.0.1-10.0.0.3"});
  const auto out = assign({.pools = {smaller},
                           .gateways = {gateway("a", {}, {"10.0.0.7"}), gateway("b", {"10.0.0.8"}, {"10.0.0.8"})},
                           .nodes = {}});
  EXPECT_EQ(addresses_of(out, "a"), "10.0.0.1");
  EXPECT_EQ(addresses_of(out, "b"), "");
  EXPECT_EQ(missing_of(assign({.pools = {}, .gateways = {gateway("a", {}, {"10.0.0.7"})}, .nodes = {}}), "a"),
            "[0]: there is no AddressPool; create one");
}

TEST(Assign, TwoEntriesWithoutValueAreOneOfEachFamilyWherePoolsHaveBoth) {
  const auto dual = pool("p", {"10.0.0.1-10.0.0.9", "2001:db8::/120"});
  const auto out =
      assign({.pools = {dual}, .gateways = {gateway("a", {"", ""}), gateway("b", {"2001:db8::7", ""})}, .nodes = {}});
  EXPECT_EQ(addresses_of(out, "a"), "10.0.0.1 2001:db8::1");
  EXPECT_EQ(addresses_of(out, "b"), "10.0.0.2 2001:db8::7");
  const auto single = assign({.pools = {kPool}, .gateways = {gateway("a", {"", ""})}, .nodes = {}});
  EXPECT_EQ(addresses_of(single, "a"), "10.0.0.1 10.0.0.2");
}

TEST(Assign, AnAddressThatTwoPoolsHaveIsTheOlders) {
  const auto closed = with(pool("z", {"10.0.0.1-10.0.0.4"}, "2025"), [](auto& spec) { spec.auto_assign = false; });
  const auto out = assign({.pools = {kPool, closed}, .gateways = {gateway("a")}, .nodes = {}});
  EXPECT_EQ(addresses_of(out, "a"), "10.0.0.5");
  EXPECT_EQ(out.pools.at("p"),
            (PoolUse{.total = 5, .used = 1, .problem = "addresses that an older AddressPool has are its alone"}));
}

TEST(Assign, AnEntryThatIsNoRangeIsNamedAndTheOthersServe) {
  const auto out =
      assign({.pools = {pool("p", {"10.0.0.9-10.0.0.1", "10.0.0.4/32"})}, .gateways = {gateway("a")}, .nodes = {}});
  EXPECT_EQ(addresses_of(out, "a"), "10.0.0.4");
  EXPECT_EQ(out.pools.at("p").problem,
            "spec.addresses[0]: 10.0.0.9-10.0.0.1: the last address is smaller than the first");
}

TEST(Assign, EachNodeSpeaksFromTheHighestFreeAddressOfEachFamily) {
  const auto dual = pool("p", {"10.0.0.1-10.0.0.9", "2001:db8::1-2001:db8::9"});
  const auto out = assign({.pools = {dual},
                           .gateways = {gateway("a", {"10.0.0.9"})},
                           .nodes = {{.name = "n1", .held = {}}, {.name = "n2", .has_ipv6 = false, .held = {}}}});
  EXPECT_EQ(sources_of(out, "n1"), "10.0.0.8 2001:db8::9");
  EXPECT_EQ(sources_of(out, "n2"), "10.0.0.7");
  EXPECT_EQ(out.pools.at("p").used, 4);
}

TEST(Assign, ANodeKeepsItsSourceAndNoGatewayGetsIt) {
  const auto out = assign({.pools = {kPool},
                           .gateways = {gateway("a", {"10.0.0.3"}), gateway("b")},
                           .nodes = {{.name = "n2", .held = {"10.0.0.1"}}, {.name = "n1", .held = {"10.0.0.3"}}}});
  EXPECT_EQ(sources_of(out, "n1"), "10.0.0.3");
  EXPECT_EQ(sources_of(out, "n2"), "10.0.0.1");
  EXPECT_EQ(missing_of(out, "a"), "[0]: 10.0.0.3 is not usable: node n1 speaks to backends from it");
  EXPECT_EQ(addresses_of(out, "b"), "10.0.0.2");
}

TEST(Assign, PoolsForNodesAloneGoFirstAndAreNoGateways) {
  const auto of_nodes = with(pool("n", {"10.9.0.1-10.9.0.1"}), [](auto& spec) { spec.usage = "NodeSources"; });
  const auto of_gateways = with(pool("g", {"10.8.0.1-10.8.0.1"}), [](auto& spec) { spec.usage = "Gateways"; });
  const auto out = assign({.pools = {of_gateways, of_nodes, kPool},
                           .gateways = {gateway("a"), gateway("b", {"10.9.0.1"})},
                           .nodes = {{.name = "n1", .held = {}}, {.name = "n2", .held = {}}}});
  EXPECT_EQ(addresses_of(out, "a"), "10.8.0.1");
  EXPECT_EQ(missing_of(out, "b"), "[0]: 10.9.0.1 is not usable: AddressPool n is for nodes alone (usage NodeSources)");
  EXPECT_EQ(sources_of(out, "n1"), "10.9.0.1");
  EXPECT_EQ(sources_of(out, "n2"), "10.0.0.9");
}

TEST(Assign, ANodeThatFindsNoFreeSourceIsNamed) {
  const auto out =
      assign({.pools = {pool("p", {"10.0.0.1/32"})}, .gateways = {gateway("a")}, .nodes = {{.name = "n", .held = {}}}});
  EXPECT_EQ(addresses_of(out, "a"), "10.0.0.1");
  EXPECT_THAT(out.shortages,
              ElementsAre("node n: no IPv4 address is free in the AddressPools for it to speak to backends from"));
}

}  // namespace
}  // namespace sluice::address
