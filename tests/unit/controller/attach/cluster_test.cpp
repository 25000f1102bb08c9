// What is different in a cluster: addresses are granted by pools, SluiceParameters resolve, Secrets are read by name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/attach/attach.h"
#include "controller/attach/contents.h"
#include "controller/attach/parameters.h"
#include "tests/unit/controller/attach/every_object.h"

namespace sluice::attach {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const AttachOptions kCluster{.gateway_class = "", .grants = Grants{}, .external_names = false};
const api::ObjectRef kRef{"Gateway", "edge", "main"};

class Cluster : public testing::Test {
 protected:
  Cluster() {
    api::GatewayClass gateway_class{.metadata = {.name = "sluice"}};
    gateway_class.spec.controller_name = kControllerName;
    put(std::move(gateway_class), objects.gateway_classes);
    gateway.metadata = {.name = "main", .namespace_ = "edge"};
    gateway.spec.gateway_class_name = "sluice";
    gateway.spec.listeners.push_back({.name = "http", .port = 80, .protocol = "HTTP"});
  }

  template <class T>
  static void put(T object, api::Objects<T>& all) {
    const api::NamespacedName name{object.metadata.namespace_, object.metadata.name};
    all[name] = std::make_shared<const T>(std::move(object));
  }
  void refer(const std::string& group, const std::string& kind, const std::string& name) {
    gateway.spec.infrastructure.emplace().parameters_ref = {group, kind, name};
  }
  void put_parameters(const std::string& name, api::SluiceParametersSpec spec) {
    put(api::SluiceParameters{{.name = name, .namespace_ = "edge"}, std::move(spec)}, objects.sluice_parameters);
  }

  const GatewayResult& result() {
    put(gateway, objects.gateways);
    const auto all = every_object(objects);
    attacher.update(objects, all);
    return attacher.graph().gateways.at({"edge", "main"});
  }
  /// "False (Reason) message"
  std::string condition(ConditionType type) {
    const Condition* found = find_condition(result().conditions, type);
    if (found == nullptr) return "none";
    return (found->status == ConditionStatus::True ? "True (" : "False (") +
           std::string(boost::describe::enum_to_string(found->reason, "?")) + ") " + found->message;
  }

  api::ObjectSet objects;
  api::Gateway gateway;
  Attacher attacher{kCluster};
};

TEST_F(Cluster, NoClassExistsWithoutItsObject) {
  objects.gateway_classes.clear();
  put(gateway, objects.gateways);
  attacher.update(objects, every_object(objects));
  EXPECT_THAT(attacher.graph().gateways, IsEmpty());
  EXPECT_THAT(attacher.graph().gateway_classes, IsEmpty());
}

TEST_F(Cluster, AGatewayHasTheAddressesOfItsGrant) {
  attacher.set_grants({{{"edge", "main"}, {.addresses = {"10.0.0.1"}, .missing = {}}}});
  EXPECT_THAT(result().addresses, ElementsAre("10.0.0.1"));
  EXPECT_EQ(condition(ConditionType::AddressesAssigned), "True (AddressesAssigned) 1 address assigned");
}

TEST_F(Cluster, WhatAGrantLacksIsNamedByItsField) {
  gateway.spec.addresses = {{.value = "10.0.0.1"}, {.value = "192.0.2.1"}};
  attacher.set_grants({{{"edge", "main"}, {.addresses = {"10.0.0.1"}, .missing = {{1, "not of ours"}}}}});
  EXPECT_EQ(condition(ConditionType::AddressesAssigned), "False (PartiallyAssigned) spec.addresses[1]: not of ours");
  EXPECT_TRUE(result().accepted);
  gateway.spec.addresses.clear();
  attacher.set_grants({{{"edge", "main"}, {.addresses = {}, .missing = {{0, "no address is free"}}}}});
  EXPECT_EQ(condition(ConditionType::AddressesAssigned),
            "False (NotAssigned) spec.addresses is empty: no address is free");
}

TEST_F(Cluster, AnAddressOfAForeignTypeIsRefusedWhateverIsGranted) {
  gateway.spec.addresses = {{.type = "Hostname", .value = "a.example"}};
  attacher.set_grants({{{"edge", "main"}, {.addresses = {}, .missing = {{0, "type Hostname is not supported"}}}}});
  EXPECT_EQ(condition(ConditionType::Accepted),
            "False (UnsupportedAddress) spec.addresses[0].type: Hostname; only IPAddress is supported");
}

TEST_F(Cluster, OnlyGatewaysWhoseGrantIsAnotherAreLookedAtAgain) {
  attacher.set_grants({{{"edge", "main"}, {.addresses = {"10.0.0.1"}, .missing = {}}}});
  result();
  attacher.set_grants({{{"edge", "main"}, {.addresses = {"10.0.0.1"}, .missing = {}}}});
  EXPECT_THAT(attacher.update(objects, {}).status, IsEmpty());
  attacher.set_grants({{{"edge", "main"}, {.addresses = {"10.0.0.2"}, .missing = {}}}});
  EXPECT_THAT(attacher.update(objects, {}).status, ElementsAre(kRef));
  attacher.set_grants({});
  EXPECT_THAT(attacher.update(objects, {}).status, ElementsAre(kRef));
  EXPECT_THAT(attacher.graph().gateways.at({"edge", "main"}).addresses, IsEmpty());
}

TEST_F(Cluster, ParametersOfAnotherKindOrNotThereAreInvalid) {
  refer("example.com", "Config", "c");
  EXPECT_EQ(condition(ConditionType::Accepted),
            "False (InvalidParameters) spec.infrastructure.parametersRef: Config.example.com c; only "
            "SluiceParameters.sluice.dev are supported");
  refer("sluice.dev", "SluiceParameters", "p");
  EXPECT_EQ(condition(ConditionType::Accepted),
            "False (InvalidParameters) spec.infrastructure.parametersRef: SluiceParameters edge/p does not exist");
  put_parameters("p", {.pool = "public"});
  EXPECT_EQ(condition(ConditionType::Accepted), "True (Accepted) accepted");
}

TEST_F(Cluster, ParametersThatThisBuildDoesNotCarryOutAreRefused) {
  refer("sluice.dev", "SluiceParameters", "p");
  put_parameters("p", {.mode = "dsr"});
  EXPECT_EQ(condition(ConditionType::Accepted),
            "False (InvalidParameters) spec.infrastructure.parametersRef: SluiceParameters edge/p: spec.mode dsr is "
            "not supported by this build");
  put_parameters("p", {.mode = "nat"});
  EXPECT_EQ(condition(ConditionType::Accepted), "True (Accepted) accepted");
}

TEST_F(Cluster, AGatewayPrefersLocalEndpointsAsItsParametersSay) {
  EXPECT_FALSE(result().prefers_local);
  refer("sluice.dev", "SluiceParameters", "p");
  put_parameters("p", {.traffic_distribution = "PreferLocal"});
  EXPECT_EQ(condition(ConditionType::Accepted), "True (Accepted) accepted");
  EXPECT_TRUE(result().prefers_local);
  put_parameters("p", {.pool = "public"});
  attacher.update(objects, std::vector{api::ObjectRef{"SluiceParameters", "edge", "p"}});
  EXPECT_FALSE(attacher.graph().gateways.at({"edge", "main"}).prefers_local);
}

TEST_F(Cluster, AGatewayPrefersLocalEndpointsAsItsClassSays) {
  api::GatewayClass gateway_class{.metadata = {.name = "sluice"}};
  gateway_class.spec.controller_name = kControllerName;
  gateway_class.spec.parameters_ref = {"sluice.dev", "SluiceParameters", "of-class", "edge"};
  put(std::move(gateway_class), objects.gateway_classes);
  put_parameters("of-class", {.traffic_distribution = "PreferLocal"});
  put_parameters("own", {.pool = "own"});
  refer("sluice.dev", "SluiceParameters", "own");
  EXPECT_TRUE(result().prefers_local) << "a field that its own parameters leave open";
}

TEST_F(Cluster, AChangeOfParametersReachesTheGatewaysOfTheirClass) {
  api::GatewayClass gateway_class{.metadata = {.name = "sluice"}};
  gateway_class.spec.controller_name = kControllerName;
  gateway_class.spec.parameters_ref = {"sluice.dev", "SluiceParameters", "p", "edge"};
  put(std::move(gateway_class), objects.gateway_classes);
  EXPECT_EQ(condition(ConditionType::Accepted),
            "False (InvalidParameters) spec.gatewayClassName: GatewayClass sluice is not accepted");
  put_parameters("p", {.pool = "public"});
  attacher.update(objects, std::vector{api::ObjectRef{"SluiceParameters", "edge", "p"}});
  EXPECT_TRUE(attacher.graph().gateways.at({"edge", "main"}).accepted);
  EXPECT_TRUE(attacher.graph().gateway_classes.at({"", "sluice"}).accepted);
}

TEST_F(Cluster, AClassNamesTheNamespaceOfItsParameters) {
  const api::ObjectRef owner{"GatewayClass", "", "sluice"};
  const auto found = find_parameters(objects, owner, api::ObjectReference{"sluice.dev", "SluiceParameters", "p", {}});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().found, "a namespace is needed: SluiceParameters are in one");
}

TEST_F(Cluster, AGatewaysOwnParametersGoBeforeItsClasss) {
  api::GatewayClass gateway_class{.metadata = {.name = "sluice"}};
  gateway_class.spec.controller_name = kControllerName;
  gateway_class.spec.parameters_ref = {"sluice.dev", "SluiceParameters", "of-class", "edge"};
  put(std::move(gateway_class), objects.gateway_classes);
  put_parameters("of-class", {.pool = "class", .node_selector = api::LabelSelector{{{"a", "b"}}, {}}});
  put_parameters("own", {.pool = "own"});
  refer("sluice.dev", "SluiceParameters", "own");
  const auto all = parameters_of(objects, gateway);
  EXPECT_EQ(all.pool, "own");
  ASSERT_TRUE(all.node_selector);
  EXPECT_EQ(all.node_selector->match_labels.at("a"), "b");
}

TEST_F(Cluster, ContentsAreThoseThatAreReferredToAndGranted) {
  api::ListenerTls tls;
  tls.certificate_refs = {{.name = "own", .namespace_ = {}}, {.name = "theirs", .namespace_ = "other"}};
  gateway.spec.listeners.push_back({.name = "https", .port = 443, .protocol = "HTTPS", .tls = tls});
  put(gateway, objects.gateways);
  EXPECT_THAT(contents_of(objects, kCluster), ElementsAre(api::ObjectRef{"Secret", "edge", "own"}));
  api::ReferenceGrant grant{.metadata = {.name = "g", .namespace_ = "other"}};
  grant.spec.from.push_back({"gateway.networking.k8s.io", "Gateway", "edge"});
  grant.spec.to.push_back({"", "Secret", {}});
  put(std::move(grant), objects.reference_grants);
  EXPECT_THAT(contents_of(objects, kCluster),
              ElementsAre(api::ObjectRef{"Secret", "edge", "own"}, api::ObjectRef{"Secret", "other", "theirs"}));
  objects.gateway_classes.clear();
  EXPECT_THAT(contents_of(objects, kCluster), IsEmpty());
}

}  // namespace
}  // namespace sluice::attach
