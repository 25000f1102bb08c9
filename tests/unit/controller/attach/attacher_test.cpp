// What one edit touches, and nothing besides (controller/attach/attach.h).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/attach/attach.h"
#include "tests/unit/controller/attach/every_object.h"
#include "tests/unit/controller/attach/graph_equal.h"

namespace sluice::attach {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const api::ObjectRef kGateway{"Gateway", "edge", "main"};
const api::ObjectRef kService{"Service", "edge", "web"};
const api::ObjectRef kSlice{"EndpointSlice", "edge", "web-1"};

api::ObjectRef route_ref(const std::string& name) {
  return {"HTTPRoute", "edge", name};
}

/// One Gateway with listeners http and alt, two routes to Service web on http.
class AttacherTest : public testing::Test {
 protected:
  AttacherTest() {
    put_gateway({"http", "alt"});
    put_route("one", "http");
    put_route("two", "http");
    put_service(80);
    put_slice("10.0.0.1");
    attacher_.update(objects_, every_object(objects_));
  }

  void put_gateway(const std::vector<std::string>& listeners) {
    api::Gateway gateway{.metadata = {.name = "main", .namespace_ = "edge"}};
    gateway.spec.gateway_class_name = "sluice";
    std::int32_t port = 80;
    for (const auto& name : listeners) {
      gateway.spec.listeners.push_back({.name = name, .port = port++, .protocol = "HTTP"});
    }
    objects_.gateways[{"edge", "main"}] = std::make_shared<const api::Gateway>(std::move(gateway));
  }

  void put_route(const std::string& name, const std::string& section, const std::string& service = "web") {
    api::HttpRoute route{.metadata = {.name = name, .namespace_ = "edge"}};
    api::ParentReference parent;
    parent.name = "main";
    parent.section_name = section;
    route.spec.parent_refs.push_back(parent);
    api::BackendRef backend;
    backend.name = service;
    backend.port = 80;
    route.spec.rules.emplace_back().backend_refs.push_back(backend);
    objects_.http_routes[{"edge", name}] = std::make_shared<const api::HttpRoute>(std::move(route));
  }

  void put_service(std::int32_t port) {
    api::Service service{.metadata = {.name = "web", .namespace_ = "edge"}};
    service.spec.ports.push_back({.port = port});
    objects_.services[{"edge", "web"}] = std::make_shared<const api::Service>(std::move(service));
  }

  void put_slice(const std::string& address, const std::string& service = "web") {
    api::EndpointSlice slice{.metadata = {.name = "web-1", .namespace_ = "edge"}};
    slice.metadata.labels[std::string(api::EndpointSlice::kServiceLabel)] = service;
    slice.endpoints.push_back({.addresses = {address}});
    objects_.endpoint_slices[{"edge", "web-1"}] = std::make_shared<const api::EndpointSlice>(std::move(slice));
  }

  GraphDelta update(const api::ObjectRef& changed) { return attacher_.update(objects_, std::vector{changed}); }

  [[nodiscard]] std::int32_t attached(const std::string& listener) const {
    return attacher_.graph().listeners.at({kGateway, listener}).attached_routes;
  }

  api::ObjectSet objects_;
  Attacher attacher_{{.default_addresses = {"192.0.2.1"}}};
};

TEST_F(AttacherTest, AnEndpointSliceTouchesItsServiceAndNothingElse) {
  put_slice("10.0.0.2");
  const auto delta = update(kSlice);
  EXPECT_THAT(delta.services, ElementsAre(api::NamespacedName{"edge", "web"}));
  EXPECT_THAT(delta.routes, IsEmpty());
  EXPECT_THAT(delta.listeners, IsEmpty());
  EXPECT_THAT(delta.status, IsEmpty());
}

TEST_F(AttacherTest, AnEndpointSliceThatChangesItsServiceTouchesBoth) {
  put_slice("10.0.0.1", "other");
  EXPECT_THAT(update(kSlice).services,
              ElementsAre(api::NamespacedName{"edge", "other"}, api::NamespacedName{"edge", "web"}));
}

TEST_F(AttacherTest, AnEndpointSliceThatGoesTouchesTheServiceThatItHad) {
  objects_.endpoint_slices.clear();
  EXPECT_THAT(update(kSlice).services, ElementsAre(api::NamespacedName{"edge", "web"}));
}

TEST_F(AttacherTest, ARouteTouchesItselfAndTheCountOfItsListener) {
  put_route("three", "alt");
  const auto delta = update(route_ref("three"));
  EXPECT_THAT(delta.routes, ElementsAre(route_ref("three")));
  EXPECT_THAT(delta.status, ElementsAre(kGateway, route_ref("three")));
  EXPECT_THAT(delta.listeners, IsEmpty());
  EXPECT_EQ(attached("alt"), 1);
}

TEST_F(AttacherTest, ARouteThatMovesIsCountedWhereItIsNow) {
  put_route("one", "alt");
  update(route_ref("one"));
  EXPECT_EQ(attached("http"), 1);
  EXPECT_EQ(attached("alt"), 1);
  EXPECT_THAT(attacher_.graph().routes_by_listener.at({kGateway, "http"}), ElementsAre(route_ref("two")));
}

TEST_F(AttacherTest, ARouteThatGoesLeavesNothing) {
  objects_.http_routes.erase({"edge", "one"});
  const auto delta = update(route_ref("one"));
  EXPECT_THAT(delta.routes, ElementsAre(route_ref("one")));
  EXPECT_FALSE(attacher_.graph().routes.contains(route_ref("one")));
  EXPECT_EQ(attached("http"), 1);
}

TEST_F(AttacherTest, AServicePortThatGoesTouchesTheRoutesToIt) {
  put_service(81);
  const auto delta = update(kService);
  EXPECT_THAT(delta.routes, ElementsAre(route_ref("one"), route_ref("two")));
  EXPECT_THAT(delta.status, ElementsAre(route_ref("one"), route_ref("two")));
  EXPECT_FALSE(attacher_.graph().routes.at(route_ref("one")).rules[0].backends[0].target);
}

TEST_F(AttacherTest, AServiceThatStaysAsItWasForRoutesTouchesNoRoute) {
  put_service(80);
  const auto delta = update(kService);
  EXPECT_THAT(delta.services, ElementsAre(api::NamespacedName{"edge", "web"}));
  EXPECT_THAT(delta.routes, IsEmpty());
  EXPECT_THAT(delta.status, IsEmpty());
}

TEST_F(AttacherTest, AListenerThatGoesTakesItsRoutesAway) {
  put_gateway({"alt"});
  const auto delta = update(kGateway);
  EXPECT_TRUE(delta.listeners.contains({kGateway, "http"}));
  EXPECT_THAT(delta.routes, ElementsAre(route_ref("one"), route_ref("two")));
  EXPECT_FALSE(attacher_.graph().listeners.contains({kGateway, "http"}));
  EXPECT_FALSE(attacher_.graph().routes_by_listener.contains({kGateway, "http"}));
}

TEST_F(AttacherTest, AGatewayThatComesBackFindsItsRoutes) {
  auto gateway = objects_.gateways.extract({"edge", "main"});
  update(kGateway);
  EXPECT_TRUE(attacher_.graph().listeners.empty());
  EXPECT_TRUE(attacher_.graph().routes.at(route_ref("one")).parents.empty());
  objects_.gateways.insert(std::move(gateway));
  update(kGateway);
  EXPECT_EQ(attached("http"), 2);
}

TEST_F(AttacherTest, AnUpdateWithoutChangesTouchesNothing) {
  const auto delta = attacher_.update(objects_, {});
  EXPECT_THAT(delta.routes, IsEmpty());
  EXPECT_THAT(delta.listeners, IsEmpty());
  EXPECT_THAT(delta.status, IsEmpty());
}

TEST_F(AttacherTest, OlderListenerSetsWinWhateverTheirNames) {
  api::Gateway gateway = *objects_.gateways.at({"edge", "main"});
  gateway.spec.allowed_listeners.emplace().namespaces.emplace().from = "Same";
  objects_.gateways[{"edge", "main"}] = std::make_shared<const api::Gateway>(gateway);
  std::vector<api::ObjectRef> changed{kGateway};
  for (const auto& [name, created] : {std::pair{"a", "2026-02-01T00:00:00Z"}, std::pair{"b", "2026-01-01T00:00:00Z"}}) {
    api::ListenerSet set{.metadata = {.name = name, .namespace_ = "edge", .creation_timestamp = created}};
    set.spec.parent_ref.name = "main";
    set.spec.listeners.push_back({.name = "more", .port = 9090, .protocol = "HTTP"});
    objects_.listener_sets[{"edge", name}] = std::make_shared<const api::ListenerSet>(set);
    changed.push_back({"ListenerSet", "edge", name});
  }
  attacher_.update(objects_, changed);
  const auto& listeners = attacher_.graph().listeners;
  EXPECT_TRUE(listeners.at({{"ListenerSet", "edge", "b"}, "more"}).serves);
  EXPECT_FALSE(listeners.at({{"ListenerSet", "edge", "a"}, "more"}).serves);
  EXPECT_EQ(attacher_.graph().gateways.at({"edge", "main"}).attached_listener_sets, 1);
}

TEST_F(AttacherTest, DefaultAddressesThatChangeAreThoseOfTheGatewaysThatNameNone) {
  api::Gateway named{.metadata = {.name = "named", .namespace_ = "edge"}};
  named.spec.gateway_class_name = "sluice";
  named.spec.addresses.push_back({.value = "192.0.2.9"});
  objects_.gateways[{"edge", "named"}] = std::make_shared<const api::Gateway>(std::move(named));
  update({"Gateway", "edge", "named"});
  const std::vector<std::string> moved{"192.0.2.2", "2001:db8::2"};
  attacher_.set_default_addresses(moved);
  const auto delta = attacher_.update(objects_, {});
  EXPECT_THAT(delta.status, ElementsAre(kGateway));
  EXPECT_THAT(attacher_.graph().gateways.at({"edge", "main"}).addresses, testing::ElementsAreArray(moved));
  Attacher fresh({.default_addresses = moved});
  fresh.update(objects_, every_object(objects_));
  EXPECT_EQ(difference(attacher_.graph(), fresh.graph()), "");
  EXPECT_THAT(attacher_.update(objects_, {}).status, IsEmpty()) << "told once";
}

}  // namespace
}  // namespace sluice::attach
