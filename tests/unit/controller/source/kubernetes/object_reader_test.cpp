// Of an object that an API server sends, what is used is kept, and what no schema would let through is refused.
#include "controller/source/kubernetes/object_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::kubernetes {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

std::expected<ReadObject, std::vector<std::string>> read(std::string_view kind, const std::string& text,
                                                         std::string_view version = "v1") {
  auto object = parse_object(text);
  EXPECT_TRUE(object.has_value()) << object.error();
  return ObjectReader(*find_watched_kind(kind), version).read(*std::move(object));
}

template <class T>
std::shared_ptr<const T> typed(const ReadObject& object) {
  return std::get<std::shared_ptr<const T>>(object.object);
}

const std::string kRoute = R"({
  "apiVersion":"gateway.networking.k8s.io/v1","kind":"HTTPRoute",
  "metadata":{"name":"cart","namespace":"shop","resourceVersion":"77","uid":"u1","generation":3,
    "creationTimestamp":"2026-01-02T03:04:05Z","labels":{"app":"shop"},
    "annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{}","team":"a"},
    "finalizers":[ "x/y" ],"managedFields":[{"manager":"kubectl","fieldsV1":{"f:spec":{}}}]},
  "spec":{"parentRefs":[{"group":"gateway.networking.k8s.io","kind":"Gateway","name":"main"}],
    "rules":[{"backendRefs":[{"group":"","kind":"Service","name":"cart","port":80,"weight":1}]}]},
  "status": {"parents":[ {"controllerName" : "example.com/other","weird":1.0} ]}})";

TEST(ObjectReader, OfANodeLabelsAddressesAndConditionsAreKept) {
  const auto node = read("Node", R"({"apiVersion":"v1","kind":"Node",
    "metadata":{"name":"n1","resourceVersion":"7","labels":{"zone":"a"},"annotations":{"x":"y"}},
    "spec":{"podCIDR":"10.244.1.0/24"},
    "status":{"addresses":[{"type":"InternalIP","address":"10.0.0.1"}],"images":[{"names":["i"]}],
      "conditions":[{"type":"Ready","status":"True","lastHeartbeatTime":"2026-01-02T03:04:05Z"}]}})");
  ASSERT_TRUE(node.has_value());
  const auto object = typed<api::Node>(*node);
  EXPECT_THAT(object->metadata.labels, ElementsAre(Pair("zone", "a")));
  EXPECT_THAT(object->metadata.annotations, IsEmpty());
  ASSERT_EQ(object->status.addresses.size(), 1U);
  EXPECT_EQ(object->status.addresses[0].address, "10.0.0.1");
  EXPECT_EQ(object->status.conditions.at(0).status, "True");
  EXPECT_EQ(node->record, nullptr);
}

TEST(ObjectReader, OurOwnKindsAreDefaultedAndCheckedToo) {
  const auto pool_of = [](const std::string& addresses) {
    return read("AddressPool",
                R"({"apiVersion":"sluice.dev/v1alpha1","kind":"AddressPool",
      "metadata":{"name":"p","resourceVersion":"7","generation":2},"spec":{"addresses":)" +
                    addresses + R"(},"status":{"total":4}})",
                "v1alpha1");
  };
  const auto pool = pool_of(R"(["192.0.2.0/29"])");
  ASSERT_TRUE(pool.has_value());
  EXPECT_TRUE(typed<api::AddressPool>(*pool)->spec.auto_assign);
  EXPECT_EQ(typed<api::AddressPool>(*pool)->spec.usage, "Any");
  EXPECT_EQ(typed<api::AddressPool>(*pool)->metadata.generation, 2);
  EXPECT_EQ(pool->record->status, R"({"total":4})");
  EXPECT_FALSE(pool_of(R"(["here"])").has_value());
}

TEST(ObjectReader, TakesARouteWithItsMetadataAndKeepsItsStatusAsItIsWritten) {
  const auto read_route = read("HTTPRoute", kRoute);
  ASSERT_TRUE(read_route.has_value());
  const auto route = typed<api::HttpRoute>(*read_route);
  EXPECT_EQ(route->metadata.name, "cart");
  EXPECT_EQ(route->metadata.namespace_, "shop");
  EXPECT_EQ(route->metadata.generation, 3);
  EXPECT_EQ(route->metadata.uid, "u1");
  EXPECT_EQ(route->metadata.creation_timestamp, "2026-01-02T03:04:05Z");
  EXPECT_EQ(route->metadata.resource_version, "") << "a written status must not make it another object";
  EXPECT_THAT(route->metadata.labels, ElementsAre(Pair("app", "shop")));
  EXPECT_THAT(route->metadata.annotations, ElementsAre(Pair("team", "a")));
  ASSERT_NE(read_route->record, nullptr);
  EXPECT_EQ(read_route->record->resource_version, "77");
  EXPECT_EQ(read_route->record->uid, "u1");
  EXPECT_EQ(read_route->record->generation, 3);
  EXPECT_EQ(read_route->record->status, R"({"parents":[ {"controllerName" : "example.com/other","weird":1.0} ]})");
  EXPECT_EQ(read_route->record->finalizers, R"([ "x/y" ])");
  EXPECT_FALSE(read_route->record->is_deleting);
  EXPECT_THAT(read_route->unknown_fields, IsEmpty());
}

TEST(ObjectReader, FieldsOfANewerApiAreNamedAndHaveNoEffect) {
  std::string newer = kRoute;
  newer.replace(newer.find("\"rules\":[{"), 10, R"("teleport":{"to":"mars"},"rules":[{"shadow":true,)");
  const auto object = read("HTTPRoute", newer);
  ASSERT_TRUE(object.has_value()) << object.error().front();
  EXPECT_THAT(object->unknown_fields, ElementsAre("spec.teleport", "spec.rules[0].shadow"));
}

TEST(ObjectReader, WhatNoSchemaWouldLetThroughIsRefusedWithFieldAndReason) {
  std::string bad = kRoute;
  bad.replace(bad.find("\"port\":80"), 9, "\"port\":80080");
  EXPECT_THAT(read("HTTPRoute", bad).error(),
              ElementsAre("spec.rules[0].backendRefs[0].port: 80080; must be at most 65535"));
  const std::string gateway = R"({"apiVersion":"gateway.networking.k8s.io/v1","kind":"Gateway",
    "metadata":{"name":"g","namespace":"n","resourceVersion":"1"},"spec":{"gatewayClassName":"sluice","listeners":7}})";
  EXPECT_THAT(read("Gateway", gateway).error().front(), HasSubstr("spec.listeners"));
}

TEST(ObjectReader, AnOlderVersionIsReadWithTheDefaultsOfV1) {
  const std::string text = R"({"apiVersion":"gateway.networking.k8s.io/v1alpha2","kind":"TCPRoute",
    "metadata":{"name":"db","namespace":"n","resourceVersion":"1"},
    "spec":{"parentRefs":[{"name":"main"}],"rules":[{"backendRefs":[{"name":"db","port":5432}]}]}})";
  const auto object = read("TCPRoute", text, "v1alpha2");
  ASSERT_TRUE(object.has_value()) << object.error().front();
  EXPECT_EQ(typed<api::TcpRoute>(*object)->spec.parent_refs.front().kind, "Gateway");
}

TEST(ObjectReader, OfCoreKindsOnlyWhatIsUsedIsKept) {
  const auto slice = read("EndpointSlice", R"({"metadata":{"name":"db-x","namespace":"n","resourceVersion":"1",
    "labels":{"kubernetes.io/service-name":"db","app":"db"},"annotations":{"a":"b"}},"addressType":"IPv4",
    "endpoints":[{"addresses":["192.0.2.1"],"conditions":{"ready":true}}],"ports":[{"name":"","port":5432}]})");
  ASSERT_TRUE(slice.has_value());
  EXPECT_THAT(typed<api::EndpointSlice>(*slice)->metadata.labels,
              ElementsAre(Pair("kubernetes.io/service-name", "db")));
  EXPECT_THAT(typed<api::EndpointSlice>(*slice)->metadata.annotations, IsEmpty());
  EXPECT_EQ(slice->record, nullptr);
  const auto service = read("Service", R"({"metadata":{"name":"db","namespace":"n","resourceVersion":"1",
    "labels":{"app":"db"}},"spec":{"selector":{"app":"db"},"ports":[{"port":5432,"targetPort":"pg"}]}})");
  ASSERT_TRUE(service.has_value());
  EXPECT_THAT(typed<api::Service>(*service)->spec.selector, IsEmpty());
  EXPECT_THAT(typed<api::Service>(*service)->metadata.labels, IsEmpty());
  EXPECT_EQ(typed<api::Service>(*service)->spec.ports.front().target_port, "pg");
  const auto space = read("Namespace", R"({"metadata":{"name":"n","resourceVersion":"1","labels":{"team":"a"}}})");
  ASSERT_TRUE(space.has_value());
  EXPECT_THAT(typed<api::Namespace>(*space)->metadata.labels, ElementsAre(Pair("team", "a")));
}

TEST(ObjectReader, ASecretIsDecodedAndAFaultyOneIsRefusedWithoutItsValue) {
  const auto secret = read("Secret", R"({"metadata":{"name":"s","namespace":"n","resourceVersion":"1"},
    "type":"kubernetes.io/tls","data":{"tls.crt":"YWJj"}})");
  ASSERT_TRUE(secret.has_value());
  EXPECT_THAT(typed<api::Secret>(*secret)->data, ElementsAre(Pair("tls.crt", "abc")));
  EXPECT_EQ(typed<api::Secret>(*secret)->metadata.resource_version, "1") << "what replaces it names it";
  const auto faulty = read("Secret", R"({"metadata":{"name":"s","namespace":"n","resourceVersion":"1"},
    "data":{"tls.crt":"hunter2!"}})");
  ASSERT_FALSE(faulty.has_value());
  EXPECT_EQ(faulty.error().front(), "data.tls.crt: must be base64");
}

}  // namespace
}  // namespace sluice::kubernetes
