#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "controller/api/schema/admission.h"
#include "tests/unit/controller/api/schema/schema_builder.h"

namespace sluice::api {
namespace {

namespace json = boost::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> config_map(const std::string& metadata) {
  return refusals(R"({"apiVersion": "v1", "kind": "ConfigMap", "metadata": )" + metadata + "}");
}

json::object admitted(std::string_view kind, const std::string& metadata) {
  json::object object = json::parse(R"({"metadata": )" + metadata + "}").as_object();
  const KindSchema* schema = Catalog::of(Channel::kStandard).find("", kind);
  EXPECT_THAT(admit(object, *schema, *schema->version("v1")), IsEmpty());
  return object.at("metadata").as_object();
}

TEST(Metadata, ANameIsNeeded) {
  EXPECT_THAT(config_map("{}"), ElementsAre("metadata.name: is required"));
  EXPECT_THAT(config_map("null"), ElementsAre("metadata.name: is required"));
  EXPECT_THAT(config_map("[]"), ElementsAre("metadata: []; must be an object"));
  EXPECT_THAT(config_map(R"({"name": 1})"), ElementsAre(HasSubstr("metadata.name: 1; must be text")));
}

TEST(Metadata, ANameIsASubdomainAndOfAServiceALabel) {
  EXPECT_THAT(config_map(R"({"name": "a.b"})"), IsEmpty());
  EXPECT_THAT(config_map(R"({"name": "A_b"})"),
              ElementsAre(HasSubstr("metadata.name: \"A_b\"; must be a DNS subdomain")));
  EXPECT_THAT(refusals(R"({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a.b"}})"),
              ElementsAre(HasSubstr("metadata.name: \"a.b\"; must be a DNS label")));
}

TEST(Metadata, TheNamespaceIsDefaultUnlessItIsNamed) {
  EXPECT_EQ(admitted("ConfigMap", R"({"name": "a"})").at("namespace"), "default");
  EXPECT_EQ(admitted("ConfigMap", R"({"name": "a", "namespace": ""})").at("namespace"), "default");
  EXPECT_EQ(admitted("ConfigMap", R"({"name": "a", "namespace": "shop"})").at("namespace"), "shop");
  EXPECT_THAT(config_map(R"({"name": "a", "namespace": "a.b"})"),
              ElementsAre(HasSubstr("metadata.namespace: \"a.b\"; must be")));
}

TEST(Metadata, AClusterScopedKindHasNoNamespace) {
  EXPECT_FALSE(admitted("Namespace", R"({"name": "a", "namespace": "shop"})").contains("namespace"));
}

TEST(Metadata, WhatAnApiServerWritesIsDropped) {
  const auto metadata = admitted("ConfigMap", R"({"name": "a", "uid": "1", "generation": 7, "resourceVersion": "9",
    "creationTimestamp": "2026-01-01T00:00:00Z", "managedFields": [{}], "labels": null})");
  EXPECT_EQ(metadata, json::object({{"name", "a"}, {"namespace", "default"}}));
}

TEST(Metadata, UnknownFieldsAreRefused) {
  EXPECT_THAT(config_map(R"({"name": "a", "lables": {}, "colour": 1})"),
              ElementsAre("metadata.lables: no such field; labels is one", "metadata.colour: no such field"));
}

TEST(Metadata, LabelsAreQualifiedNamesWithShortValues) {
  EXPECT_THAT(config_map(R"({"name": "a", "labels": {"example.com/a": "b", "c": ""}})"), IsEmpty());
  EXPECT_THAT(config_map(R"({"name": "a", "labels": {"a": 1}})"),
              ElementsAre(HasSubstr("metadata.labels.a: 1; must be text")));
  EXPECT_THAT(config_map(R"({"name": "a", "labels": {"a": "b c"}})"),
              ElementsAre(HasSubstr("metadata.labels.a: \"b c\"; must be empty, or")));
  EXPECT_THAT(config_map(R"({"name": "a", "labels": {"a/b/c": "d"}})"),
              ElementsAre(HasSubstr("metadata.labels[a/b/c]: must be [prefix/]name")));
  EXPECT_THAT(config_map(R"({"name": "a", "labels": ["b"]})"),
              ElementsAre(HasSubstr("metadata.labels: [\"b\"]; must be an object")));
}

TEST(Metadata, AnnotationsHoldAnyTextOf256KiBInAll) {
  EXPECT_THAT(config_map(R"({"name": "a", "annotations": {"b": "any text\nat all"}})"), IsEmpty());
  EXPECT_THAT(config_map(R"({"name": "a", "annotations": {"b": ")" + std::string(262144, 'x') + "\"}}"),
              ElementsAre("metadata.annotations: have 262145 bytes; at most 262144"));
}

}  // namespace
}  // namespace sluice::api
