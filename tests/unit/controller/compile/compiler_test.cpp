#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/compile/digest.h"
#include "tests/unit/controller/compile/graph_builder.h"

namespace sluice::compile {
namespace {

using attach::ListenerProtocol;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> names(const model::v1::Model& model) {
  std::vector<std::string> out;
  for (const auto& resource : model.resources()) out.push_back(resource.name());
  return out;
}

std::vector<std::string> changed(const model::v1::Delta& delta) {
  std::vector<std::string> out;
  for (const auto& resource : delta.changed()) out.push_back(resource.name());
  return out;
}

std::vector<std::string> removed(const model::v1::Delta& delta) {
  return {delta.removed().begin(), delta.removed().end()};
}

/// One HTTP listener with a route to Service web, one TCP listener with a route to Service db.
struct Shop : GraphBuilder {
  attach::ListenerId http_listener = listen("http", ListenerProtocol::Http, 80);
  attach::ListenerId tcp_listener = listen("pg", ListenerProtocol::Tcp, 5432);
  api::ObjectRef web;
  Shop() {
    service("web", {"10.0.0.1", "10.0.0.2"});
    service("db", {"10.0.1.1"});
    web = http("web", http_listener, "web", {path_match("PathPrefix", "/")}, {.hostnames = {"shop.example"}});
    tcp("db", tcp_listener, "db");
  }
};

TEST(Compiler, MakesOneResourceOfEachThingThatTheGraphHolds) {
  EXPECT_THAT(names(Shop().compile()),
              ElementsAre("backend/default/db:80/tcp", "backend/default/web:80/tcp", "endpoints/default/db:80/tcp",
                          "endpoints/default/web:80/tcp", "frontend/default/Gateway/main/http",
                          "frontend/default/Gateway/main/pg", "host/default/Gateway/main/http/shop.example",
                          "http/default/Gateway/main/http", "l4/default/Gateway/main/pg"));
}

TEST(Compiler, AnEditOfOneEndpointSliceChangesOneResource) {
  Shop shop;
  Compiler compiler;
  compiler.update(shop.objects, shop.graph, {});
  shop.service("web", {"10.0.0.1"});
  const auto delta = compiler.update(shop.objects, shop.graph, {.services = {{"default", "web"}}});
  EXPECT_THAT(changed(delta), ElementsAre("endpoints/default/web:80/tcp"));
  EXPECT_THAT(removed(delta), IsEmpty());
}

TEST(Compiler, AnUpdateThatChangesNothingKeepsTheGeneration) {
  Shop shop;
  Compiler compiler;
  EXPECT_EQ(compiler.update(shop.objects, shop.graph, {}).generation(), 1u);
  const auto delta = compiler.update(
      shop.objects, shop.graph,
      {.listeners = {shop.http_listener, shop.tcp_listener}, .routes = {shop.web}, .services = {{"default", "db"}}});
  EXPECT_THAT(changed(delta), IsEmpty());
  EXPECT_EQ(delta.base_generation(), 1u);
  EXPECT_EQ(delta.generation(), 1u);
}

TEST(Compiler, ARouteThatLeavesTakesItsHostAndBackendsWithIt) {
  Shop shop;
  Compiler compiler;
  compiler.update(shop.objects, shop.graph, {});
  shop.graph.routes.erase(shop.web);
  shop.graph.routes_by_listener.erase(shop.http_listener);
  const auto delta = compiler.update(shop.objects, shop.graph, {.routes = {shop.web}});
  EXPECT_THAT(changed(delta), ElementsAre("http/default/Gateway/main/http"));
  EXPECT_THAT(removed(delta), ElementsAre("backend/default/web:80/tcp", "endpoints/default/web:80/tcp",
                                          "host/default/Gateway/main/http/shop.example"));
}

TEST(Compiler, AListenerThatStopsServingLeavesNothingBehind) {
  Shop shop;
  Compiler compiler;
  compiler.update(shop.objects, shop.graph, {});
  shop.graph.listeners.at(shop.tcp_listener).serves = false;
  const auto delta = compiler.update(shop.objects, shop.graph, {.listeners = {shop.tcp_listener}});
  EXPECT_THAT(removed(delta), ElementsAre("backend/default/db:80/tcp", "endpoints/default/db:80/tcp",
                                          "frontend/default/Gateway/main/pg", "l4/default/Gateway/main/pg"));
}

TEST(Compiler, ANewWildcardBecomesWhatTheNamesUnderItGoOnTo) {
  Shop shop;
  Compiler compiler;
  compiler.update(shop.objects, shop.graph, {});
  const auto ref = shop.http("any", shop.http_listener, "web", {}, {.hostnames = {"*.example"}});
  compiler.update(shop.objects, shop.graph, {.listeners = {shop.http_listener}, .routes = {ref}});
  const auto model = compiler.model();
  EXPECT_EQ(resource(model, "host/default/Gateway/main/http/shop.example").host().next(),
            "host/default/Gateway/main/http/*.example");
  EXPECT_EQ(resource(model, "host/default/Gateway/main/http/*.example").host().next(), "");
  EXPECT_EQ(deterministic_bytes(resource(model, "http/default/Gateway/main/http")),
            deterministic_bytes(resource(shop.compile(), "http/default/Gateway/main/http")));
}

TEST(Compiler, NewAddressesOfAGatewayReachItsFrontends) {
  Shop shop;
  Compiler compiler;
  compiler.update(shop.objects, shop.graph, {});
  shop.graph.gateways.at({"default", "main"}).addresses = {"192.0.2.9", "2001:db8::9"};
  const auto delta = compiler.update(shop.objects, shop.graph, {});
  EXPECT_THAT(changed(delta), ElementsAre("frontend/default/Gateway/main/http", "frontend/default/Gateway/main/pg"));
  EXPECT_EQ(delta.changed(0).frontend().addresses_size(), 2);
  EXPECT_EQ(delta.changed(0).frontend().addresses(0).ip(), std::string("\xc0\x00\x02\x09", 4));
}

TEST(Compiler, AHashCoversContentAndNotTheName) {
  Shop shop;
  shop.service("copy", {"10.0.1.1"});
  shop.tcp("copy", shop.listen("copy", ListenerProtocol::Tcp, 5433), "copy");
  const auto model = shop.compile();
  EXPECT_EQ(resource(model, "endpoints/default/db:80/tcp").hash(),
            resource(model, "endpoints/default/copy:80/tcp").hash());
  EXPECT_NE(resource(model, "backend/default/db:80/tcp").hash(), resource(model, "backend/default/copy:80/tcp").hash());
  EXPECT_EQ(resource(model, "backend/default/db:80/tcp").hash().size(), 32u);
}

}  // namespace
}  // namespace sluice::compile
