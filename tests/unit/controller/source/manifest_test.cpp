#include "controller/source/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/controller/source/folder.h"

namespace sluice::source {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Manifest read(std::string_view text, api::Channel channel = api::Channel::kExperimental) {
  return read_manifest(text, "f.yaml", channel);
}
template <class T>
const T& typed(const Manifest& manifest, std::size_t index = 0) {
  return *std::get<std::shared_ptr<const T>>(*manifest.objects.at(index).object);
}

TEST(Manifest, AnObjectIsDefaultedTypedAndKnowsItsPlace) {
  const Manifest manifest = read(R"(# comment
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web}
spec:
  rules:
  - backendRefs: [{name: web, port: 80}]
)");
  ASSERT_THAT(lines(manifest.errors), IsEmpty());
  EXPECT_EQ(to_string(manifest.objects.at(0).ref), "HTTPRoute default/web");
  EXPECT_EQ(manifest.objects[0].origin.line, 2U);
  const auto& rule = typed<api::HttpRoute>(manifest).spec.rules.at(0);
  EXPECT_EQ(rule.matches.at(0).path->type, "PathPrefix");
  EXPECT_EQ(rule.matches[0].path->value, "/");
  EXPECT_EQ(rule.backend_refs.at(0).weight, 1);
}

TEST(Manifest, AListStandsForItsItems) {
  const Manifest manifest = read(R"(apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: a}
- apiVersion: v1
  kind: List
  items:
  - apiVersion: v1
    kind: ConfigMap
    metadata: {name: b, colour: red}
---
apiVersion: v1
kind: ConfigMapList
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: c}}
---
{apiVersion: v1, kind: List}
)");
  EXPECT_THAT(lines(manifest.errors), ElementsAre("f.yaml:12: ConfigMap default/b: metadata.colour: no such field"));
  ASSERT_EQ(manifest.objects.size(), 2U);
  EXPECT_EQ(manifest.objects[0].origin.line, 4U);
  EXPECT_EQ(manifest.objects[1].ref.name, "c");
}

TEST(Manifest, WhatIsNoObjectIsRefused) {
  EXPECT_THAT(lines(read("- a\n").errors),
              ElementsAre("f.yaml:1: is no object; a manifest has apiVersion, kind and metadata"));
  EXPECT_THAT(lines(read("just text\n").errors),
              ElementsAre("f.yaml:1: is no object; a manifest has apiVersion, kind and metadata"));
  EXPECT_THAT(lines(read("a: 1\n").errors),
              ElementsAre("f.yaml:1: kind: is required; a manifest has apiVersion, kind and metadata"));
  EXPECT_THAT(lines(read("kind: Service\n").errors), ElementsAre("f.yaml:1: Service: apiVersion: is required"));
  EXPECT_THAT(lines(read("apiVersion: v1\nkind: List\nitems: {}\n").errors),
              ElementsAre("f.yaml:3: List: items: must be a list"));
}

TEST(Manifest, KindsThatRoutingDoesNotNeedAreSkippedWithANotice) {
  const Manifest manifest =
      read("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec: {any: thing}\n");
  EXPECT_THAT(lines(manifest.errors), IsEmpty());
  EXPECT_THAT(
      lines(manifest.notices),
      ElementsAre("f.yaml:1: Deployment shop/web: is skipped: apps/v1 Deployment is no kind that Sluice reads"));
  EXPECT_THAT(manifest.objects, IsEmpty());
  EXPECT_EQ(read("apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a}\n").notices.size(), 1U);
}

TEST(Manifest, KindsOfAClusterAreValidatedAndSaidToHaveNoEffectHere) {
  const std::string pool = "apiVersion: sluice.dev/v1alpha1\nkind: AddressPool\nmetadata: {name: p}\n";
  const Manifest good = read(pool + "spec: {addresses: [192.0.2.0/24]}\n");
  EXPECT_THAT(lines(good.errors), IsEmpty());
  EXPECT_THAT(lines(good.notices),
              ElementsAre("f.yaml:1: AddressPool p: is valid, but has an effect in a cluster alone"));
  EXPECT_THAT(good.objects, IsEmpty());
  EXPECT_THAT(lines(read(pool + "spec: {addresses: [192.0.2.0/33]}\n").errors),
              ElementsAre("f.yaml:4: AddressPool p: spec.addresses[0]: the length of a block must be at most 32 for "
                          "IPv4, 128 for IPv6"));
  const Manifest parameters = read(
      "apiVersion: sluice.dev/v1alpha1\nkind: SluiceParameters\nmetadata: {name: p}\nspec: {mode: nat, pool: q}\n");
  EXPECT_THAT(lines(parameters.notices),
              ElementsAre("f.yaml:1: SluiceParameters default/p: has fields that have an effect in a cluster alone: "
                          "spec.pool"));
  EXPECT_EQ(typed<api::SluiceParameters>(parameters).spec.mode, "nat");
}

TEST(Manifest, KindsThatAreNotSupportedYetAreValidatedAndSaidToHaveNoEffect) {
  const std::string good =
      "apiVersion: gateway.networking.x-k8s.io/v1alpha1\nkind: XMesh\nmetadata: {name: m}\nspec: {controllerName: "
      "a.example/b}\n";
  EXPECT_THAT(lines(read(good).notices),
              ElementsAre("f.yaml:1: XMesh m: is valid, but XMesh is not supported yet; it has no effect"));
  EXPECT_FALSE(read(good).objects.at(0).object.has_value());
  EXPECT_THAT(lines(read(good + "  colour: red\n").errors).size(), 1U);
  const std::string bad =
      "apiVersion: gateway.networking.x-k8s.io/v1alpha1\nkind: XMesh\nmetadata: {name: m}\nspec: {colour: red}\n";
  EXPECT_THAT(lines(read(bad).errors), ElementsAre("f.yaml:4: XMesh m: spec.colour: no such field",
                                                   "f.yaml:4: XMesh m: spec.controllerName: is required"));
}

TEST(Manifest, FieldsOfCoreKindsThatAreNotUsedAreSaid) {
  const Manifest manifest = read(
      "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  sessionAffinity: ClientIP\n  ports: [{port: 80, "
      "nodePort: 30080}]\n");
  EXPECT_THAT(lines(manifest.errors), IsEmpty());
  EXPECT_THAT(lines(manifest.notices), ElementsAre("f.yaml:1: Service default/a: has fields that are not used here: "
                                                   "spec.ports[].nodePort, spec.sessionAffinity"));
}

/// SluiceParameters alone say it: nobody is to believe that a Service's own does (docs/concepts/local-endpoints.md).
TEST(Manifest, TrafficDistributionOfAServiceIsSaidToBeUnused) {
  const Manifest manifest = read(
      "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {trafficDistribution: PreferSameNode, ports: [{port: "
      "80}]}\n");
  EXPECT_THAT(lines(manifest.errors), IsEmpty());
  EXPECT_THAT(lines(manifest.notices), ElementsAre("f.yaml:1: Service default/a: has fields that are not used here: "
                                                   "spec.trafficDistribution"));
}

TEST(Manifest, ANamespaceOnAClusterScopedKindIsIgnoredWithANotice) {
  const Manifest manifest = read("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, namespace: other}\n");
  EXPECT_EQ(to_string(manifest.objects.at(0).ref), "Namespace shop");
  EXPECT_THAT(
      lines(manifest.notices),
      ElementsAre("f.yaml:1: Namespace other/shop: metadata.namespace is ignored: Namespace is cluster-scoped"));
}

TEST(Manifest, StatusIsIgnoredWhateverItHolds) {
  const Manifest manifest = read(
      "apiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata: {name: a}\nspec: {controllerName: "
      "a.example/b}\nstatus: {any: [thing]}\n");
  EXPECT_THAT(lines(manifest.errors), IsEmpty());
}

TEST(Manifest, AnErrorStandsAtTheLineOfItsField) {
  const Manifest manifest = read(R"(apiVersion: gateway.networking.k8s.io/v1
kind: TCPRoute
metadata:
  name: db
  namespace: shop
spec:
  rules:
  - backendRefs:
    - name: pg
      port: 80080
)");
  EXPECT_THAT(
      lines(manifest.errors),
      ElementsAre("f.yaml:10: TCPRoute shop/db: spec.rules[0].backendRefs[0].port: 80080; must be at most 65535"));
}

TEST(Manifest, AfterABadDocumentTheOthersAreReadAllTheSame) {
  const Manifest manifest = read("apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n---\n" + config_map("b", "x"));
  EXPECT_EQ(manifest.errors.size(), 1U);
  EXPECT_EQ(manifest.objects.size(), 1U);
}

TEST(Manifest, AKeyThatIsGivenTwiceRefusesTheObject) {
  const Manifest manifest = read(config_map("a", "x") + "  key: y\n");
  EXPECT_THAT(lines(manifest.errors), ElementsAre("f.yaml:7: ConfigMap a: data.key: is given twice; keep one"));
  EXPECT_THAT(manifest.objects, IsEmpty());
}

}  // namespace
}  // namespace sluice::source
