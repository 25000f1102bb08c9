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
