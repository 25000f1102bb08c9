// The objects of edge.yaml with their status, as `sluicectl status -f` prints them.
#include "controller/status/status.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <functional>

#include "controller/attach/attach.h"
#include "controller/attach/capability.h"
#include "controller/source/directory.h"
#include "controller/status/supported_features.h"
#include "tests/unit/controller/attach/every_object.h"

namespace sluice::status {
namespace {

namespace json = boost::json;

class Status : public testing::Test {
 protected:
  void SetUp() override {
    const auto loaded = source::load(std::string(SLUICE_SOURCE_DIR) + "/tests/unit/controller/status/edge.yaml",
                                     api::Channel::kExperimental);
    for (const auto& error : loaded.errors) ADD_FAILURE() << source::to_string(error);
    ASSERT_NE(loaded.objects, nullptr);
    objects_ = loaded.objects;
    attacher_.update(*objects_, attach::every_object(*objects_));
  }

  [[nodiscard]] const attach::Graph& graph() const { return attacher_.graph(); }

  [[nodiscard]] json::value status(const api::ObjectRef& ref, const Moment& moment = {}) const {
    auto found = status_of(graph(), ref, moment);
    return found ? json::value(*std::move(found)) : json::value();
  }

  /// The condition of that type in a list of conditions; null where there is none.
  static json::value condition(const json::value& conditions, std::string_view type) {
    for (const auto& each : conditions.as_array()) {
      if (each.at("type").as_string() == type) return each;
    }
    return {};
  }

  std::shared_ptr<const api::ObjectSet> objects_;
  attach::Attacher attacher_{{.default_addresses = {"192.0.2.1", "2001:db8::1"}}};
};

const api::ObjectRef kGateway{"Gateway", "edge", "main"};

TEST_F(Status, ConditionHasTheFieldsOfTheApi) {
  EXPECT_EQ(condition(status(kGateway).at("conditions"), "Accepted"),
            json::parse(R"({"lastTransitionTime": "1970-01-01T00:00:00Z", "message": "accepted",
                            "observedGeneration": 1, "reason": "Accepted", "status": "True", "type": "Accepted"})"));
}

TEST_F(Status, GatewayHasAddressesCountsAndItsOwnListeners) {
  const auto found = status(kGateway);
  EXPECT_EQ(found.at("addresses"), json::parse(R"([{"type": "IPAddress", "value": "192.0.2.1"},
                                                   {"type": "IPAddress", "value": "2001:db8::1"}])"));
  EXPECT_EQ(found.at("attachedListenerSets"), 1);
  ASSERT_EQ(found.at("listeners").as_array().size(), 2U);
  const auto& http = found.at("listeners").at(0);
  EXPECT_EQ(http.at("name"), "http");
  EXPECT_EQ(http.at("attachedRoutes"), 1);
  EXPECT_EQ(http.at("supportedKinds").as_array().back(),
            json::parse(R"({"group": "gateway.networking.k8s.io", "kind": "HTTPRoute"})"));
}

TEST_F(Status, AddressesStayWhereTheGatewayIsNotAccepted) {
  api::ObjectSet objects = *objects_;
  api::Gateway gateway = *objects.gateways.at({"edge", "main"});
  for (auto& listener : gateway.spec.listeners) listener.protocol = "example.com/odd";
  objects.gateways[{"edge", "main"}] = std::make_shared<const api::Gateway>(std::move(gateway));
  attacher_.update(objects, std::vector{kGateway});
  const auto found = status(kGateway);
  EXPECT_EQ(condition(found.at("conditions"), "Accepted").at("status"), "False");
  EXPECT_EQ(condition(found.at("conditions"), "AddressesAssigned").at("status"), "True");
  EXPECT_EQ(found.at("addresses").as_array().size(), 2U);
}

TEST(StatusOfManyAddresses, HoldsAsManyAsTheApiTakes) {
  std::vector<std::string> addresses;
  for (int i = 1; i <= 20; ++i) addresses.push_back("192.0.2." + std::to_string(i));
  attach::Attacher attacher({.default_addresses = addresses});
  api::ObjectSet objects;
  auto gateway = std::make_shared<api::Gateway>();
  gateway->metadata = {.name = "main", .namespace_ = "edge"};
  gateway->spec.gateway_class_name = "sluice";
  objects.gateways[{"edge", "main"}] = gateway;
  attacher.update(objects, attach::every_object(objects));
  EXPECT_EQ(status_of(attacher.graph(), kGateway, {})->at("addresses").as_array().size(), 16U);
}

TEST_F(Status, ListenerSetHasTheStatusOfItsEntries) {
  const auto found = status({"ListenerSet", "edge", "tenant"});
  EXPECT_EQ(found.at("listeners").at(0).at("attachedRoutes"), 1);
  const auto conflict = condition(found.at("listeners").at(1).at("conditions"), "Conflicted");
  EXPECT_EQ(conflict.at("status"), "True");
  EXPECT_EQ(conflict.at("reason"), "HostnameConflict");
}

TEST_F(Status, RouteHasAnEntryForEachParentAsItWroteIt) {
  const auto parents = status({"HTTPRoute", "edge", "web"}).at("parents");
  ASSERT_EQ(parents.as_array().size(), 2U);
  EXPECT_EQ(parents.at(0).at("controllerName"), "sluice.dev/gateway-controller");
  EXPECT_EQ(parents.at(0).at("parentRef"),
            json::parse(R"({"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "main",
                            "sectionName": "http"})"));
  EXPECT_EQ(condition(parents.at(1).at("conditions"), "Accepted").at("reason"), "NoMatchingParent");
}

TEST_F(Status, ParentRefKeepsItsPort) {
  EXPECT_EQ(status({"TCPRoute", "edge", "db"}).at("parents").at(0).at("parentRef").at("port"), 5432);
}

TEST_F(Status, PolicyHasItsAncestors) {
  const auto ancestors = status({"BackendTLSPolicy", "edge", "web"}).at("ancestors");
  ASSERT_EQ(ancestors.as_array().size(), 1U);
  EXPECT_EQ(ancestors.at(0).at("ancestorRef"),
            json::parse(R"({"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "main",
                            "namespace": "edge"})"));
  EXPECT_EQ(ancestors.at(0).at("controllerName"), "sluice.dev/gateway-controller");
}

TEST_F(Status, IsWrittenOnlyWhereWeHaveSomethingToSay) {
  EXPECT_TRUE(status({"ReferenceGrant", "edge", "allow"}).is_null());
  EXPECT_TRUE(status({"Service", "edge", "web"}).is_null());
  EXPECT_TRUE(status({"Gateway", "edge", "gone"}).is_null());
}

TEST_F(Status, ListHasEveryGatewayApiObjectInOrder) {
  std::vector<std::string> names;
  const json::value all = list(*objects_, graph(), {});
  for (const auto& item : all.at("items").as_array()) {
    names.push_back(std::string(item.at("kind").as_string()) + " " +
                    std::string(item.at("metadata").at("name").as_string()));
  }
  EXPECT_EQ(names,
            (std::vector<std::string>{"BackendTLSPolicy web", "Gateway main", "GatewayClass sluice", "HTTPRoute web",
                                      "ListenerSet tenant", "ReferenceGrant allow", "TCPRoute db"}));
  EXPECT_EQ(all.at("apiVersion"), "v1");
  EXPECT_EQ(all.at("kind"), "List");
}

TEST_F(Status, ClassWithoutAnObjectIsMadeUp) {
  const json::value object = *object_of(*objects_, graph(), {"GatewayClass", "", "sluice"}, {});
  EXPECT_EQ(object.at("spec").at("controllerName"), "sluice.dev/gateway-controller");
  EXPECT_EQ(condition(object.at("status").at("conditions"), "Accepted").at("status"), "True");
  EXPECT_EQ(condition(object.at("status").at("conditions"), "SupportedVersion").at("status"), "True");
}

TEST_F(Status, ObjectKeepsItsSpecBesideItsStatus) {
  const json::value object = *object_of(*objects_, graph(), kGateway, {});
  EXPECT_EQ(object.at("apiVersion"), "gateway.networking.k8s.io/v1");
  EXPECT_EQ(object.at("metadata").at("generation"), 1);
  EXPECT_EQ(object.at("spec").at("gatewayClassName"), "sluice");
  EXPECT_TRUE(object.as_object().contains("status"));
}

TEST_F(Status, OfEveryObjectNamesEachConditionOnce) {
  const json::value all = list(*objects_, graph(), {});
  for (const auto& item : all.at("items").as_array()) {
    if (!item.as_object().contains("status") || !item.at("status").as_object().contains("conditions")) continue;
    std::set<std::string_view> types;
    for (const auto& each : item.at("status").at("conditions").as_array()) {
      EXPECT_TRUE(types.insert(each.at("type").as_string()).second) << each;
    }
    EXPECT_LE(types.size(), 8U);  // MaxItems of the API
  }
}

const api::ObjectRef kClass{"GatewayClass", "", "sluice"};

TEST_F(Status, AGatewayClassClaimsWhatThisBuildCarriesOutSortedAndEachOnce) {
  const auto features = supported_features();
  EXPECT_LE(features.size(), kMaxSupportedFeatures);
  EXPECT_EQ(std::ranges::adjacent_find(features, std::ranges::greater_equal()), features.end());
  const auto found = status(kClass);
  const auto& claimed = found.at("supportedFeatures").as_array();
  ASSERT_EQ(claimed.size(), features.size());
  for (std::size_t i = 0; i < features.size(); ++i) {
    EXPECT_EQ(std::string(claimed[i].at("name").as_string()), features[i]);
    EXPECT_FALSE(features[i].starts_with("Mesh")) << "those are an XMesh's";
  }
}

TEST_F(Status, FeaturesFollowTheCapabilitiesOfAttach) {
  const auto features = supported_features();
  const auto claims = [&](std::string_view name) { return std::ranges::find(features, name) != features.end(); };
  EXPECT_EQ(claims("GRPCRoute"), attach::carries_out("GRPCRoute"));
  EXPECT_EQ(claims("BackendTLSPolicy"), attach::kBackendTls);
  EXPECT_EQ(claims("TLSRouteModeTerminate"), attach::kTlsRouteTerminate);
  EXPECT_EQ(claims("HTTPRouteBackendProtocolH2C"), attach::speaks("kubernetes.io/h2c"));
  EXPECT_TRUE(claims("HTTPRoute"));
}

TEST_F(Status, OfCrdsThatAreNotSupportedTheClassSaysSoAndClaimsNothing) {
  const auto found = status(kClass, {.version_trouble = "gateways are of bundle version v1.6.0"});
  EXPECT_FALSE(found.as_object().contains("supportedFeatures"));
  const auto version = condition(found.at("conditions"), "SupportedVersion");
  EXPECT_EQ(version.at("status"), "False");
  EXPECT_EQ(version.at("reason"), "UnsupportedVersion");
  EXPECT_EQ(version.at("message"), "gateways are of bundle version v1.6.0");
  EXPECT_EQ(condition(found.at("conditions"), "Accepted").at("status"), "True") << "best effort";
}

TEST_F(Status, WithoutAHistoryGenerationsAreTheObjectsOwn) {
  api::ObjectSet objects = *objects_;
  api::Gateway gateway = *objects.gateways.at({"edge", "main"});
  gateway.metadata.generation = 7;
  objects.gateways[{"edge", "main"}] = std::make_shared<const api::Gateway>(std::move(gateway));
  attach::Attacher attacher({.default_addresses = {"192.0.2.1"}});
  attacher.update(objects, attach::every_object(objects));
  const auto found = status_of(attacher.graph(), kGateway, {});
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(condition(found->at("conditions"), "Accepted").at("observedGeneration"), 7);
}

TEST(StatusKinds, AreThoseThatWeWrite) {
  EXPECT_TRUE(has_status("TLSRoute"));
  EXPECT_TRUE(has_status("GatewayClass"));
  EXPECT_FALSE(has_status("ReferenceGrant"));
  EXPECT_FALSE(has_status("Service"));
}

}  // namespace
}  // namespace sluice::status
