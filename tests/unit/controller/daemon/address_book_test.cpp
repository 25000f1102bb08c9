// Where addresses come from when a leader is new, and where they stay while it leads.
#include "controller/daemon/address_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "controller/attach/attach.h"

namespace sluice::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class AddressBookTest : public testing::Test {
 protected:
  AddressBookTest() {
    api::GatewayClass gateway_class{.metadata = {.name = "sluice"}};
    gateway_class.spec.controller_name = attach::kControllerName;
    put(objects.gateway_classes, std::move(gateway_class));
    put_pool({"10.0.0.1-10.0.0.9"});
    put_node("n1");
    put_gateway("a");
    lives.is_known = true;
    lives.nodes["n1"].is_live = true;
  }

  template <class T>
  static void put(api::Objects<T>& all, T object) {
    const api::NamespacedName name{object.metadata.namespace_, object.metadata.name};
    all[name] = std::make_shared<const T>(std::move(object));
  }
  void put_pool(std::vector<std::string> addresses) {
    api::AddressPool pool{.metadata = {.name = "p"}};
    pool.spec.addresses = std::move(addresses);
    put(objects.address_pools, std::move(pool));
  }
  void put_node(const std::string& name, std::vector<api::NodeAddress> addresses = {{"InternalIP", "172.30.0.1"}},
                const std::string& ready = "True") {
    api::Node node{.metadata = {.name = name, .labels = {{"name", name}}}};
    node.status.addresses = std::move(addresses);
    node.status.conditions = {{"Ready", ready}};
    put(objects.nodes, std::move(node));
  }
  void put_gateway(const std::string& name, const std::string& gateway_class = "sluice") {
    api::Gateway gateway{.metadata = {.name = name, .namespace_ = "edge"}};
    gateway.spec.gateway_class_name = gateway_class;
    gateway.spec.listeners.push_back({.name = "http", .port = 80, .protocol = "HTTP"});
    put(objects.gateways, std::move(gateway));
  }
  void set_status(const std::string& gateway, const std::string& address) {
    auto record = std::make_shared<kubernetes::StatusRecord>();
    record->status = R"({"addresses":[{"type":"IPAddress","value":")" + address + R"("}]})";
    records[{"Gateway", "edge", gateway}] = std::move(record);
  }

  /// "10.0.0.1"
  std::string assigned(const std::string& gateway) {
    const auto& all = book.assign(objects, [this](const auto& ref) { return records[ref]; }, lives);
    const auto found = all.grants.find({"edge", gateway});
    if (found == all.grants.end() || found->second.addresses.empty()) return "";
    return found->second.addresses.front();
  }
  std::string owner(const std::optional<std::set<std::string>>& connected = std::nullopt,
                    const std::set<std::string>& absent = {}) {
    assigned("a");
    attach::Attacher attacher({.gateway_class = "", .grants = book.assignment().grants});
    attacher.update(objects, std::vector<api::ObjectRef>{{"GatewayClass", "", "sluice"}, {"Gateway", "edge", "a"}});
    book.resources(objects, attacher.graph(), lives,
                   connected ? std::optional(Hearing{*connected, absent}) : std::nullopt);
    const auto& owners = book.owners();
    return owners.empty() ? "none" : owners.begin()->second;
  }

  api::ObjectSet objects;
  lease::NodeLives lives;
  std::map<api::ObjectRef, std::shared_ptr<const kubernetes::StatusRecord>> records;
  AddressBook book{attach::AttachOptions{.gateway_class = "", .grants = attach::Grants{}}};
};

TEST_F(AddressBookTest, OnlyGatewaysOfOursGetAddresses) {
  put_gateway("b", "theirs");
  EXPECT_EQ(assigned("a"), "10.0.0.1");
  EXPECT_EQ(assigned("b"), "");
}

TEST_F(AddressBookTest, ANewLeaderGoesByWhatStatusesSay) {
  set_status("a", "10.0.0.5");
  book.lead(true);
  EXPECT_EQ(assigned("a"), "10.0.0.5");
}

TEST_F(AddressBookTest, ALeaderGoesByWhatItGaveAheadOfWhatIsWritten) {
  book.lead(true);
  EXPECT_EQ(assigned("a"), "10.0.0.1");
  set_status("a", "10.0.0.5");  // of the leader before it, read late
  EXPECT_EQ(assigned("a"), "10.0.0.1");
}

TEST_F(AddressBookTest, WhoFollowsGoesByWhatTheLeaderWrote) {
  EXPECT_EQ(assigned("a"), "10.0.0.1");
  set_status("a", "10.0.0.5");
  EXPECT_EQ(assigned("a"), "10.0.0.5");
}

TEST_F(AddressBookTest, ANodesSourcesAreOfItsFamiliesAndKeptByItsLease) {
  put_pool({"10.0.0.1-10.0.0.9", "2001:db8::1-2001:db8::9"});
  assigned("a");
  EXPECT_THAT(book.assignment().sources.at("n1"), ElementsAre("10.0.0.9"));
  lives.nodes["n1"].holdings.sources = {"10.0.0.4"};
  put_node("n1", {{"InternalIP", "172.30.0.1"}, {"InternalIP", "fd00::1"}, {"Hostname", "n1"}});
  assigned("a");
  EXPECT_THAT(book.assignment().sources.at("n1"), ElementsAre("10.0.0.4", "2001:db8::9"));
}

TEST_F(AddressBookTest, ALeaseThatOutlivesItsNodeHoldsNothing) {
  lives.nodes["gone"] = {.is_live = true, .holdings = {{"10.0.0.1"}, {"10.0.0.8"}}};
  EXPECT_EQ(owner(), "n1");
  EXPECT_FALSE(book.assignment().sources.contains("gone"));
}

TEST_F(AddressBookTest, ANewLeaderLeavesAnAddressWithTheNodeWhoseLeaseNamesIt) {
  for (const char* node : {"n2", "n3", "n4"}) {
    put_node(node);
    lives.nodes[node] = {.is_live = true};
  }
  for (const char* node : {"n1", "n2", "n3", "n4"}) {
    for (auto& [name, life] : lives.nodes) life.holdings.vips.clear();
    lives.nodes[node].holdings.vips = {"10.0.0.1"};
    AddressBook fresh{attach::AttachOptions{.gateway_class = "", .grants = attach::Grants{}}};
    std::swap(book, fresh);
    book.lead(true);
    EXPECT_EQ(owner(std::set<std::string>{}), node);
  }
}

TEST_F(AddressBookTest, OfTwoThatNameAnAddressWhoWasSeenToRenewHasIt) {
  for (const char* node : {"n0", "n2"}) {
    put_node(node);
    lives.nodes[node] = {.is_live = true, .holdings = {{"10.0.0.1"}, {}}};
    lives.nodes["n1"] = {.is_live = true, .is_renewed = true, .holdings = {{"10.0.0.1"}, {}}};
    AddressBook fresh{attach::AttachOptions{.gateway_class = "", .grants = attach::Grants{}}};
    std::swap(book, fresh);
    book.lead(true);
    EXPECT_EQ(owner(), "n1") << node;
  }
}

TEST_F(AddressBookTest, AnAddressMovesWhenItsOwnerLivesNoMoreAndNotBefore) {
  put_node("n2");
  lives.nodes["n2"] = {.is_live = true};
  book.lead(true);
  const std::string first = owner();
  const std::string other = first == "n1" ? "n2" : "n1";
  EXPECT_EQ(owner(std::set<std::string>{other}), first) << "its stream is down, its Lease is not";
  EXPECT_EQ(owner(std::set<std::string>{}, {first, other}), first) << "nobody else is there";
  EXPECT_EQ(owner(std::set<std::string>{other}, {first}), other) << "it has been down for long";
  EXPECT_EQ(owner(std::set<std::string>{first, other}), other) << "who comes back takes nothing";
  EXPECT_EQ(owner(std::set<std::string>{first}, {other}), first);
  lives.nodes[first].is_live = false;
  EXPECT_EQ(owner(std::set<std::string>{first, other}), first) << "its stream is up, its Lease does not get through";
  EXPECT_EQ(owner(), other);
  lives.nodes[first].is_live = true;
  EXPECT_EQ(owner(), other) << "who comes back takes nothing";
  lives.nodes[first].is_live = false;
  lives.nodes[other].is_live = false;
  EXPECT_EQ(owner(), "");
}

TEST_F(AddressBookTest, AnAddressMovesWhenItsOwnersLeaseIsGivenUpThoughItIsHeard) {
  put_node("n2");
  lives.nodes["n2"] = {.is_live = true};
  book.lead(true);
  const std::string first = owner();
  lives.nodes[first] = {.is_live = false, .is_given_up = true};
  EXPECT_EQ(owner(std::set<std::string>{"n1", "n2"}), first == "n1" ? "n2" : "n1");
}

TEST_F(AddressBookTest, ANodeThatIsHeardWithoutALeaseIsGivenAddresses) {
  lives.nodes.clear();
  EXPECT_EQ(owner(std::set<std::string>{}), "");
  EXPECT_EQ(owner(std::set<std::string>{"n1", "no Node object"}), "n1");
}

TEST_F(AddressBookTest, NewAddressesGoToNodesThatAreReadyAndConnected) {
  put_node("n2");
  put_node("n3", {{"InternalIP", "172.30.0.3"}}, "Unknown");
  lives.nodes["n2"] = {.is_live = true};
  lives.nodes["n3"] = {.is_live = true};
  EXPECT_EQ(owner(std::set<std::string>{"n2", "n3"}), "n2");
}

TEST_F(AddressBookTest, KnowsWhetherEachAddressOfAnAcceptedGatewayHasAResource) {
  EXPECT_EQ(owner(), "n1");
  attach::Graph graph;
  EXPECT_FALSE(book.covers(graph));
  auto& gateway = graph.gateways[{"edge", "a"}];
  gateway.addresses = {"10.0.0.1"};
  EXPECT_FALSE(book.covers(graph)) << "it is not accepted any more";
  gateway.accepted = true;
  EXPECT_TRUE(book.covers(graph));
  graph.gateways[{"edge", "b"}] = gateway;
  EXPECT_TRUE(book.covers(graph)) << "they share it";
  graph.gateways[{"edge", "b"}].addresses = {"10.0.0.2"};
  EXPECT_FALSE(book.covers(graph));
}

TEST_F(AddressBookTest, NodesThatSluiceParametersSelectServe) {
  put_node("n2");
  lives.nodes["n2"] = {.is_live = true};
  api::SluiceParameters parameters{.metadata = {.name = "s", .namespace_ = "edge"}};
  parameters.spec.node_selector = api::LabelSelector{{{"name", "n2"}}, {}};
  put(objects.sluice_parameters, std::move(parameters));
  api::Gateway gateway = *objects.gateways.at({"edge", "a"});
  EXPECT_FALSE(serving_nodes(objects, gateway));
  gateway.spec.infrastructure.emplace().parameters_ref = {"sluice.dev", "SluiceParameters", "s"};
  put(objects.gateways, gateway);
  EXPECT_THAT(*serving_nodes(objects, gateway), ElementsAre("n2"));
  EXPECT_EQ(owner(), "n2");
}

TEST(StatusAddresses, AreReadAsTheyStand) {
  EXPECT_THAT(status_addresses(R"({"addresses":[{"type":"IPAddress","value":"10.0.0.1"},{"value":"10.0.0.2"},
    {"type":"Hostname","value":"a.example"},{"type":"IPAddress"},7]})"),
              ElementsAre("10.0.0.1", "10.0.0.2"));
  EXPECT_THAT(status_addresses(""), IsEmpty());
  EXPECT_THAT(status_addresses(R"({"addresses":null})"), IsEmpty());
}

TEST(PoolStatus, SaysHowManyAndWhatIsWrong) {
  const auto good = status_of(address::PoolUse{.total = 9, .used = 2, .problem = ""}, 3);
  EXPECT_EQ(good.at("total"), 9);
  EXPECT_EQ(good.at("used"), 2);
  const auto& condition = good.at("conditions").at(0);
  EXPECT_EQ(condition.at("type"), "Accepted");
  EXPECT_EQ(condition.at("status"), "True");
  EXPECT_EQ(condition.at("observedGeneration"), 3);
  const auto bad = status_of(address::PoolUse{.total = 9, .used = 2, .problem = "x: no"}, 3);
  EXPECT_EQ(bad.at("conditions").at(0).at("status"), "False");
  EXPECT_EQ(bad.at("conditions").at(0).at("message"), "x: no; the rest of spec.addresses is given out");
}

}  // namespace
}  // namespace sluice::daemon
