#include "controller/api/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json.hpp>

namespace sluice::api {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;
using ::testing::Not;

json::object parse(std::string_view text) {
  return json::parse({text.data(), text.size()}).as_object();
}

TEST(Json, ReadsAndWritesAnObjectWithoutLoss) {
  const auto object = parse(R"({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
    "metadata": {"name": "web", "namespace": "shop", "labels": {"a": "b"}, "generation": 1},
    "spec": {"parentRefs": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "edge", "port": 80}],
      "hostnames": ["shop.example"], "rules": [{"matches": [{"path": {"type": "Exact", "value": "/"}}],
      "backendRefs": [{"group": "", "kind": "Service", "name": "web", "port": 80, "weight": 3}]}]}})");
  const auto typed = from_json<HttpRoute>(object);
  ASSERT_TRUE(typed.has_value()) << typed.error().field << ": " << typed.error().what;
  EXPECT_EQ(typed->spec.rules[0].backend_refs[0].weight, 3);
  EXPECT_EQ(to_json(*typed), object);
}

TEST(Json, FieldsThatAreNotCarriedOutYetAreKeptAsTheyAre) {
  const auto object = parse(R"({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
    "metadata": {"name": "web", "namespace": "shop", "generation": 1},
    "spec": {"rules": [
      {"sessionPersistence": {"absoluteTimeout": "1h", "type": "Cookie",
        "cookie": {"name": "c", "path": "/", "lifetimeType": "Permanent"}}},
      {"sessionPersistence": {"type": "Header", "header": {"name": "x-session"}}},
      {"filters": [{"type": "ExternalAuth", "externalAuth": {"protocol": "HTTP",
        "backendRef": {"group": "", "kind": "Service", "name": "auth", "port": 80},
        "http": {"path": "/check", "allowedHeaders": ["cookie"], "allowedResponseHeaders": ["x-user"]},
        "forwardBody": {"maxSize": 4096}}}]},
      {"filters": [{"type": "ExternalAuth", "externalAuth": {"protocol": "GRPC",
        "backendRef": {"group": "", "kind": "Service", "name": "auth", "port": 81},
        "grpc": {"allowedHeaders": ["cookie"]}}}]}]}})");
  const auto typed = from_json<HttpRoute>(object);
  ASSERT_TRUE(typed.has_value()) << typed.error().field << ": " << typed.error().what;
  EXPECT_EQ(to_json(*typed), object);
}

TEST(Json, NamesThatTheRuleDoesNotGiveAreTranslated) {
  const auto service = from_json<Service>(parse(R"({"spec": {"clusterIP": "None"}})"));
  EXPECT_EQ(service->spec.cluster_ip, "None");
  const auto policy =
      from_json<BackendTlsPolicy>(parse(R"({"spec": {"validation": {"wellKnownCACertificates": "System"}}})"));
  EXPECT_EQ(policy->spec.validation.well_known_ca_certificates, "System");
}

TEST(Json, AnAbsentOrNullFieldKeepsItsDefault) {
  const auto service = from_json<Service>(parse(R"({"spec": {"type": null, "ports": [{"port": 80}]}})"));
  EXPECT_EQ(service->spec.type, "ClusterIP");
  EXPECT_EQ(service->spec.ports[0].protocol, "TCP");
}

TEST(Json, ATargetPortIsANumberOrANameAndIsWrittenAsItWas) {
  const auto service =
      from_json<Service>(parse(R"({"spec": {"ports": [{"port": 1, "targetPort": 8080}, {"port": 2, "targetPort": "web"},
                           {"port": 3, "targetPort": "99999999999999999999"}]}})"));
  EXPECT_EQ(service->spec.ports[0].target_port, "8080");
  EXPECT_EQ(service->spec.ports[1].target_port, "web");
  const auto ports = to_json(*service).at("spec").at("ports");
  EXPECT_EQ(ports.at(0).at("targetPort"), 8080);
  EXPECT_EQ(ports.at(1).at("targetPort"), "web");
  EXPECT_EQ(ports.at(2).at("targetPort"), "99999999999999999999");  // no number that it could be
}

TEST(Json, AValueOfAnotherTypeIsRefusedWithItsField) {
  const auto typed =
      from_json<TcpRoute>(parse(R"({"spec": {"rules": [{"backendRefs": [{"name": "a", "weight": "x"}]}]}})"));
  ASSERT_FALSE(typed.has_value());
  EXPECT_EQ(typed.error().field, "spec.rules[0].backendRefs[0].weight");
  EXPECT_EQ(typed.error().what, "must be a whole number in range");
}

TEST(Json, ASecretsDataIsDecodedAndStringDataWins) {
  const auto secret =
      from_json<Secret>(parse(R"({"data": {"a": "Zm9v", "b": "Zm9v"}, "stringData": {"b": "bar", "c": "baz"}})"));
  ASSERT_TRUE(secret.has_value());
  EXPECT_EQ(secret->data, (std::map<std::string, std::string>{{"a", "foo"}, {"b", "bar"}, {"c", "baz"}}));
  EXPECT_EQ(from_json<Secret>(parse(R"({"data": {"a": "!"}})")).error().field, "data.a");
}

TEST(Json, NoValueOfASecretIsEverWritten) {
  const auto secret =
      from_json<Secret>(parse(R"({"type": "kubernetes.io/tls", "stringData": {"tls.key": "PRIVATE"}})"));
  const std::string text = json::serialize(to_json(*secret));
  EXPECT_THAT(text, HasSubstr(R"("tls.key":"REDACTED")"));
  EXPECT_THAT(text, Not(HasSubstr("PRIVATE")));
  EXPECT_THAT(text, Not(HasSubstr("UFJJVkFURQ")));
}

}  // namespace
}  // namespace sluice::api
