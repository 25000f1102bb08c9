#include "userspace/l7/tables.h"

#include <gtest/gtest.h>

#include "model_builder.h"
#include "userspace/l7/metrics.h"

namespace sluice::l7::test {
namespace {

ModelBuilder two_hosts(const std::vector<std::uint16_t>& ports) {
  ModelBuilder model;
  model.listen("gw", 80);
  for (const auto* hostname : {"a.test", "b.test"}) {
    HostBuilder host(hostname);
    host.prefix(hostname, "/");
    auto& backend = *host.action().add_backends();
    backend.set_backend(std::string("backend/") + hostname);
    backend.set_weight(1);
    model.host(host.build());
  }
  return model.backend("a.test", ports).backend("b.test", {9});
}

model::v1::Delta change(const model::Store& store, const model::v1::Model& to, std::set<std::string>& changed) {
  model::v1::Delta delta;
  delta.set_base_generation(store.generation());
  delta.set_generation(store.generation() + 1);
  for (const auto& resource : to.resources()) {
    const auto old = store.find(resource.name());
    if (old != nullptr && old->hash() == resource.hash()) continue;
    *delta.add_changed() = resource;
    changed.insert(resource.name());
  }
  return delta;
}

const Backend* backend_of(const Tables& tables, const std::string& host) {
  const Decision decision = tables.frontends().begin()->second->route({.method = "GET", .host = host, .path = "/"});
  return tables.backend(*decision.action->pick(0)->backend);
}

TEST(Rules, TheSeriesOfThoseThatAreGoneAreForgotten) {
  RuleRegistry registry(1);
  model::v1::ObjectRef route;
  route.set_name("stays");
  const auto stays = registry.series(route, 0);
  for (int i = 0; i < 10'000; ++i) {
    route.set_name("r" + std::to_string(i));
    registry.series(route, 0);
  }
  EXPECT_LE(registry.held(), 2000U);
  route.set_name("stays");
  EXPECT_EQ(registry.series(route, 0), stays);
}

TEST(Tables, AnEndpointEditReplacesOneBackendAndNoRouteTable) {
  TablesBuilder builder;
  auto store = two_hosts({1}).store();
  const auto before = builder.build(store);
  std::set<std::string> changed;
  ASSERT_TRUE(store.apply(change(store, two_hosts({1, 2}).build(), changed)));
  const auto after = builder.update(store, changed);

  EXPECT_EQ(changed, std::set<std::string>{"endpoints/a.test"});
  EXPECT_EQ(before->frontends().begin()->second, after->frontends().begin()->second);
  EXPECT_EQ(backend_of(*before, "a.test")->ready.size(), 1U);
  EXPECT_EQ(backend_of(*after, "a.test")->ready.size(), 2U);
  EXPECT_EQ(backend_of(*before, "b.test"), backend_of(*after, "b.test"));
}

/// Two frontends of one backend, whose endpoint at `local` is on node "here"; the one named "near" prefers those.
model::v1::Model two_preferences(const std::vector<std::uint16_t>& ports, std::uint16_t local, bool prefers = true) {
  ModelBuilder builder;
  for (const auto* name : {"near", "wide"}) {
    builder.listen(name, name[0] == 'n' ? 80 : 81);
    HostBuilder host("a.test");
    host.prefix(name, "/");
    auto& backend = *host.action().add_backends();
    backend.set_backend("backend/a");
    backend.set_weight(1);
    builder.host(host.build());
  }
  auto model = builder.backend("a", ports).build();
  for (auto& resource : *model.mutable_resources()) {
    if (resource.name() == "frontend/near" && prefers) {
      resource.mutable_frontend()->set_distribution(model::v1::Frontend::PREFER_LOCAL);
    }
    if (resource.has_endpoints()) {
      for (auto& endpoint : *resource.mutable_endpoints()->mutable_endpoints()) {
        endpoint.set_node(endpoint.port() == local ? "here" : "there");
      }
    }
    resource.clear_hash();
    resource.set_hash(resource.SerializeAsString());
  }
  return model;
}

std::vector<std::uint16_t> ports_of(const Tables& tables, const std::string& frontend) {
  const Decision decision =
      tables.frontends().at("frontend/" + frontend)->route({.method = "GET", .host = "a.test", .path = "/"});
  std::vector<std::uint16_t> ports;
  for (const auto& address : tables.backend(*decision.action->pick(0)->backend)->ready) ports.push_back(address.port);
  return ports;
}

using Ports = std::vector<std::uint16_t>;

TEST(Tables, EachFrontendHasTheEndpointsThatItPrefers) {
  model::Store store;
  ASSERT_TRUE(store.apply(model::as_delta(two_preferences({1, 2, 3}, 2))));
  const auto tables = TablesBuilder(nullptr, "here").build(store);
  EXPECT_EQ(ports_of(*tables, "near"), (Ports{2}));
  EXPECT_EQ(ports_of(*tables, "wide"), (Ports{1, 2, 3}));
  EXPECT_EQ(ports_of(*TablesBuilder(nullptr, "elsewhere").build(store), "near"), (Ports{1, 2, 3}));
  EXPECT_EQ(ports_of(*TablesBuilder().build(store), "near"), (Ports{1, 2, 3}));
}

TEST(Tables, AnEndpointThatLeavesTheNodeOrComesBackChangesBothBackendsAndNoRouteTable) {
  TablesBuilder builder(nullptr, "here");
  model::Store store;
  ASSERT_TRUE(store.apply(model::as_delta(two_preferences({1, 2, 3}, 2))));
  const auto before = builder.build(store);
  const auto becomes = [&](const model::v1::Model& to) {
    std::set<std::string> changed;
    EXPECT_TRUE(store.apply(change(store, to, changed)));
    EXPECT_EQ(changed, std::set<std::string>{"endpoints/a"});
    return builder.update(store, changed);
  };
  const auto without = becomes(two_preferences({1, 3}, 2));
  EXPECT_EQ(ports_of(*without, "near"), (Ports{1, 3}));
  EXPECT_EQ(ports_of(*without, "wide"), (Ports{1, 3}));
  const auto back = becomes(two_preferences({1, 2, 3}, 2));
  EXPECT_EQ(ports_of(*back, "near"), (Ports{2}));
  EXPECT_EQ(ports_of(*back, "wide"), (Ports{1, 2, 3}));
  EXPECT_EQ(back->frontends(), before->frontends());
}

TEST(Tables, APreferenceThatIsChosenOrGivenUpTakesEffectWithTheFrontend) {
  TablesBuilder builder(nullptr, "here");
  model::Store store;
  ASSERT_TRUE(store.apply(model::as_delta(two_preferences({1, 2}, 2, false))));
  EXPECT_EQ(ports_of(*builder.build(store), "near"), (Ports{1, 2}));
  for (const bool prefers : {true, false}) {
    std::set<std::string> changed;
    ASSERT_TRUE(store.apply(change(store, two_preferences({1, 2}, 2, prefers), changed)));
    EXPECT_EQ(changed, std::set<std::string>{"frontend/near"});
    const auto tables = builder.update(store, changed);
    EXPECT_EQ(ports_of(*tables, "near"), prefers ? (Ports{2}) : (Ports{1, 2}));
    EXPECT_EQ(ports_of(*tables, "wide"), (Ports{1, 2}));
  }
}

TEST(Tables, AFrontendWithoutAddressesIsReachedNowhere) {
  TablesBuilder builder;
  auto model = two_hosts({1}).build();
  for (auto& resource : *model.mutable_resources()) {
    if (resource.has_frontend()) resource.mutable_frontend()->clear_addresses();
  }
  model::Store store;
  ASSERT_TRUE(store.apply(model::as_delta(model)));
  const auto tables = builder.build(store);
  EXPECT_EQ(tables->frontends().size(), 1U);
  EXPECT_TRUE(tables->ports().empty());
  EXPECT_EQ(tables->find(SocketAddress::make(std::string_view("\x7f\0\0\1", 4), 80)), nullptr);
}

TEST(Tables, AnEditOfOneHostKeepsTheOthersTable) {
  TablesBuilder builder;
  auto store = two_hosts({1}).store();
  const auto before = builder.build(store);
  auto edited = two_hosts({1}).build();
  for (auto& resource : *edited.mutable_resources()) {
    if (resource.name() != "host/gw/a.test") continue;
    resource.mutable_host()->mutable_actions(0)->set_request_timeout_ms(5);
    resource.set_hash("another");
  }
  std::set<std::string> changed;
  ASSERT_TRUE(store.apply(change(store, edited, changed)));
  const auto after = builder.update(store, changed);

  const auto table_of = [](const Tables& tables, std::string_view host) {
    return tables.frontends().begin()->second->first(host)->table.get();
  };
  EXPECT_NE(table_of(*before, "a.test"), table_of(*after, "a.test"));
  EXPECT_EQ(table_of(*before, "b.test"), table_of(*after, "b.test"));
}

TEST(Tables, ARemovedFrontendLeavesItsPort) {
  TablesBuilder builder;
  auto store = two_hosts({1}).store();
  const auto before = builder.build(store);
  model::v1::Delta delta;
  delta.set_base_generation(1);
  delta.set_generation(2);
  std::set<std::string> changed;
  for (const auto& [name, resource] : store.all()) {
    delta.add_removed(name);
    changed.insert(name);
  }
  ASSERT_TRUE(store.apply(delta));
  const auto after = builder.update(store, changed);
  EXPECT_EQ(before->ports().size(), 1U);
  EXPECT_TRUE(after->ports().empty());
  EXPECT_TRUE(after->frontends().empty());
}

TEST(RuleRegistry, ASeriesLivesAsLongAsATableNamesItsRule) {
  const auto registry = std::make_shared<RuleRegistry>(2);
  model::Store store = two_hosts({1}).store();
  {
    TablesBuilder builder(registry);
    const auto tables = builder.build(store);
    ASSERT_EQ(registry->all().size(), 2U);
    const Decision decision =
        tables->frontends().begin()->second->route({.method = "GET", .host = "a.test", .path = "/"});
    decision.action->series->cell(1).requests[2][0].add();
    EXPECT_EQ(registry->all().front()->labels(), (RuleLabels{"HTTPRoute/default/a.test", "0"}));
  }
  EXPECT_TRUE(registry->all().empty());
}

}  // namespace
}  // namespace sluice::l7::test
