// Groups, kinds and versions as the channels serve them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/source/manifest.h"
#include "tests/unit/controller/source/folder.h"

namespace sluice::source {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr auto kExperimental = api::Channel::kExperimental;
constexpr auto kStandard = api::Channel::kStandard;

Manifest tls_route(std::string_view version, api::Channel channel) {
  const std::string hostnames = version == "v1alpha2" ? "" : "  hostnames: [a.example]\n";
  return read_manifest("apiVersion: gateway.networking.k8s.io/" + std::string(version) +
                           "\nkind: TLSRoute\nmetadata: {name: a}\nspec:\n" + hostnames +
                           "  rules: [{backendRefs: [{name: b, port: 443}]}]\n",
                       "f.yaml", channel);
}

TEST(Versions, OldVersionsOfTheExperimentalChannelAreReadAsV1WithTheApisWarning) {
  for (const auto* version : {"v1alpha2", "v1alpha3"}) {
    const Manifest manifest = tls_route(version, kExperimental);
    ASSERT_THAT(lines(manifest.errors), IsEmpty());
    EXPECT_THAT(lines(manifest.notices), ElementsAre(HasSubstr("version of TLSRoute has been deprecated")));
    const auto& route = *std::get<std::shared_ptr<const api::TlsRoute>>(*manifest.objects.at(0).object);
    EXPECT_EQ(route.spec.rules.at(0).backend_refs.at(0).weight, 1);
  }
  EXPECT_THAT(lines(tls_route("v1", kExperimental).notices), IsEmpty());
}

TEST(Versions, TheStandardChannelDoesNotServeThem) {
  EXPECT_THAT(
      lines(tls_route("v1alpha2", kStandard).errors),
      ElementsAre("f.yaml:1: TLSRoute a: apiVersion: gateway.networking.k8s.io/v1alpha2; TLSRoute is served as v1 in "
                  "the standard channel"));
  EXPECT_THAT(lines(tls_route("v1", kStandard).errors), IsEmpty());
}

TEST(Versions, BothChannelsServeV1beta1OfTheOldKinds) {
  const std::string grant =
      "apiVersion: gateway.networking.k8s.io/v1beta1\nkind: ReferenceGrant\nmetadata: {name: a}\nspec:\n"
      "  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: b}]\n  to: [{group: '', kind: "
      "Service}]\n";
  for (const api::Channel channel : {kExperimental, kStandard}) {
    const Manifest manifest = read_manifest(grant, "f.yaml", channel);
    EXPECT_THAT(lines(manifest.errors), IsEmpty());
    EXPECT_EQ(manifest.objects.size(), 1U);
  }
}

TEST(Versions, AnUnknownVersionOfAKnownKindIsAnError) {
  EXPECT_THAT(lines(tls_route("v2", kExperimental).errors),
              ElementsAre(HasSubstr("TLSRoute is served as v1, v1alpha2, v1alpha3 in the experimental channel")));
  EXPECT_THAT(
      lines(read_manifest("apiVersion: discovery.k8s.io/v1beta1\nkind: EndpointSlice\nmetadata: {name: a}\n", "f.yaml",
                          kStandard)
                .errors),
      ElementsAre("f.yaml:1: EndpointSlice a: apiVersion: discovery.k8s.io/v1beta1; EndpointSlice is served as v1"));
}

TEST(Versions, AMisspeltKindOfTheGatewayApiIsAnErrorNotAForeignKind) {
  const auto errors = [](std::string_view kind, api::Channel channel, std::string_view group) {
    return lines(
        read_manifest("apiVersion: " + std::string(group) + "\nkind: " + std::string(kind) + "\nmetadata: {name: a}\n",
                      "f.yaml", channel)
            .errors);
  };
  EXPECT_THAT(
      errors("HTTPRoutes", kStandard, "gateway.networking.k8s.io/v1"),
      ElementsAre("f.yaml:2: HTTPRoutes a: kind: \"HTTPRoutes\"; gateway.networking.k8s.io has no such kind in the "
                  "standard channel, but HTTPRoute"));
  EXPECT_THAT(errors("XBackend", kStandard, "gateway.networking.x-k8s.io/v1alpha1"),
              ElementsAre(HasSubstr("has no such kind in the standard channel")));
}

TEST(Versions, FieldsOfTheExperimentalChannelAreUnknownToTheStandardOne) {
  const std::string route =
      "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: a}\nspec:\n"
      "  rules: [{sessionPersistence: {type: Cookie, cookie: {name: s}}}]\n";
  EXPECT_THAT(lines(read_manifest(route, "f.yaml", kExperimental).errors), IsEmpty());
  EXPECT_THAT(lines(read_manifest(route, "f.yaml", kStandard).errors),
              ElementsAre("f.yaml:5: HTTPRoute default/a: spec.rules[0].sessionPersistence: no such field"));
}

}  // namespace
}  // namespace sluice::source
