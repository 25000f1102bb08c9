#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/controller/api/schema/schema_builder.h"

namespace sluice::api {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::vector<std::string> service(const std::string& spec) {
  return refusals(R"({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": )" + spec + "}");
}
std::vector<std::string> slice(const std::string& rest) {
  return refusals(R"({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": {"name": "a"}, )" +
                  rest + "}");
}
std::vector<std::string> addresses(const std::string& type, const std::string& list) {
  return slice(R"("addressType": ")" + type + R"(", "endpoints": [{"addresses": )" + list + "}]");
}
std::vector<std::string> secret(const std::string& rest) {
  return refusals(R"({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, )" + rest + "}");
}

TEST(ServiceSchema, PortsAreNumberedAndNamedWhereThereAreMore) {
  EXPECT_THAT(service(R"({"ports": [{"port": 80}]})"), IsEmpty());
  EXPECT_THAT(service(R"({"ports": [{"port": 80, "name": "a"}, {"port": 81, "name": "b"}]})"), IsEmpty());
  EXPECT_THAT(service(R"({"ports": [{"port": 0}]})"), ElementsAre("spec.ports[0].port: 0; must be at least 1"));
  EXPECT_THAT(service(R"({"ports": [{}]})"), ElementsAre("spec.ports[0].port: is required"));
  EXPECT_THAT(service(R"({"ports": [{"port": 80, "name": "a"}, {"port": 81}]})"),
              ElementsAre("spec: each port needs a name where there is more than one"));
  EXPECT_THAT(service(R"({"ports": [{"port": 80, "name": "a"}, {"port": 81, "name": "a"}]})"),
              ElementsAre("spec: names of ports must be unique"));
  EXPECT_THAT(service(R"({"ports": [{"port": 53, "name": "a"}, {"port": 53, "name": "b"}]})"),
              ElementsAre(HasSubstr("spec.ports[1]: {\"port\":53,\"protocol\":\"TCP\"} is item [0] already")));
  EXPECT_THAT(service(R"({"ports": [{"port": 53, "name": "a"}, {"port": 53, "name": "b", "protocol": "UDP"}]})"),
              IsEmpty());
}

TEST(ServiceSchema, ATargetPortIsAPortOrTheNameOfOne) {
  const auto target = [](const std::string& value) {
    return service(R"({"ports": [{"port": 80, "targetPort": )" + value + "}]}");
  };
  EXPECT_THAT(target("8080"), IsEmpty());
  EXPECT_THAT(target("\"http-web\""), IsEmpty());
  for (const auto* bad : {"0", "65536", "\"8080\"", "\"a--b\"", "\"-a\"", "\"a234567890123456\"", "\"\""}) {
    EXPECT_THAT(target(bad), ElementsAre(HasSubstr("spec.ports[0].targetPort: must be a port from 1 to 65535"))) << bad;
  }
  EXPECT_THAT(target("true"), ElementsAre(HasSubstr("must be a whole number or text")));
}

TEST(ServiceSchema, AnExternalNameIsAHostNameAndNeedsItsType) {
  EXPECT_THAT(service(R"({"type": "ExternalName", "externalName": "db.example."})"), IsEmpty());
  EXPECT_THAT(service(R"({"type": "ExternalName"})"),
              ElementsAre("spec: externalName is needed with type ExternalName"));
  EXPECT_THAT(service(R"({"type": "ExternalName", "externalName": "a_b"})"),
              ElementsAre(HasSubstr("spec.externalName: \"a_b\"; must match")));
  EXPECT_THAT(service("{}"),
              ElementsAre("spec: a Service needs at least one port, unless it is headless or of type ExternalName"));
  EXPECT_THAT(service(R"({"clusterIP": "None"})"), IsEmpty());
}

TEST(ServiceSchema, AddressSelectorAndProtocolHaveTheirForms) {
  const std::string ports = R"("ports": [{"port": 80}])";
  EXPECT_THAT(service(R"({"clusterIP": "192.0.2.1", )" + ports + "}"), IsEmpty());
  EXPECT_THAT(service(R"({"clusterIP": "none", )" + ports + "}"),
              ElementsAre("spec.clusterIP: must be an IP address, None, or empty"));
  EXPECT_THAT(service(R"({"selector": {"a b": "c"}, )" + ports + "}"),
              ElementsAre("spec.selector: a key must be the name of a label"));
  EXPECT_THAT(service(R"({"type": "Ingress", )" + ports + "}"),
              ElementsAre(HasSubstr("spec.type: \"Ingress\"; must be one of ClusterIP")));
  EXPECT_THAT(service(R"({"ports": [{"port": 80, "protocol": "tcp"}]})"),
              ElementsAre("spec.ports[0].protocol: \"tcp\"; must be one of TCP, UDP, SCTP"));
  EXPECT_THAT(service(R"({"ports": [{"port": 80, "appProtocol": "a b"}]})"),
              ElementsAre(HasSubstr("spec.ports[0].appProtocol: must be")));
}

TEST(ServiceSchema, FieldsOfKubernetesAreKnownAndOthersAreNot) {
  EXPECT_THAT(
      service(R"({"ports": [{"port": 80, "nodePort": 30000}], "sessionAffinity": "ClientIP", "ipFamilies": ["IPv4"]})"),
      IsEmpty());
  EXPECT_THAT(service(R"({"ports": [{"port": 80, "taregtPort": 1}]})"),
              ElementsAre("spec.ports[0].taregtPort: no such field; targetPort is one"));
}

TEST(EndpointSliceSchema, AddressesAreOfTheirTypeAndReachable) {
  EXPECT_THAT(addresses("IPv4", R"(["192.0.2.1"])"), IsEmpty());
  EXPECT_THAT(addresses("IPv6", R"(["2001:db8::1"])"), IsEmpty());
  EXPECT_THAT(addresses("FQDN", R"(["db.example"])"), IsEmpty());
  EXPECT_THAT(addresses("IPv4", R"(["2001:db8::1"])"),
              ElementsAre("endpoints[0].addresses[0]: \"2001:db8::1\"; must be an IPv4 address"));
  EXPECT_THAT(addresses("IPv6", R"(["192.0.2.1"])"), ElementsAre(HasSubstr("must be an IPv6 address")));
  EXPECT_THAT(addresses("IPv6", R"(["::ffff:192.0.2.1"])"), ElementsAre(HasSubstr("it needs addressType IPv4")));
  EXPECT_THAT(addresses("FQDN", R"(["a_b"])"), ElementsAre(HasSubstr("must be a host name")));
  EXPECT_THAT(
      addresses("IPv4", R"(["127.0.0.1", "0.0.0.0", "169.254.1.1", "224.0.0.1"])"),
      ElementsAre(HasSubstr("loopback"), HasSubstr("unspecified"), HasSubstr("link-local"), HasSubstr("multicast")));
  EXPECT_THAT(
      addresses("IPv6", R"(["::1", "::", "fe80::1", "ff02::1"])"),
      ElementsAre(HasSubstr("loopback"), HasSubstr("unspecified"), HasSubstr("link-local"), HasSubstr("multicast")));
}

TEST(EndpointSliceSchema, EachEndpointHasAnAddressAndTheTypeIsNamed) {
  EXPECT_THAT(addresses("IPv4", "[]"), ElementsAre("endpoints[0].addresses: has 0 items; at least 1"));
  EXPECT_THAT(slice(R"("endpoints": [{}], "addressType": "IPv4")"), ElementsAre("endpoints[0].addresses: is required"));
  EXPECT_THAT(slice(R"("endpoints": [])"), ElementsAre("addressType: is required"));
  EXPECT_THAT(slice(R"("addressType": "DNS")"), ElementsAre("addressType: \"DNS\"; must be one of IPv4, IPv6, FQDN"));
}

TEST(EndpointSliceSchema, PortsHaveNamesOfTheirOwnAndOneMayBeWithout) {
  const auto ports = [](const std::string& list) { return slice(R"("addressType": "IPv4", "ports": )" + list); };
  EXPECT_THAT(ports("null"), IsEmpty());
  EXPECT_THAT(ports(R"([{"port": 80}, {"port": 81, "name": "a"}])"), IsEmpty());
  EXPECT_THAT(ports(R"([{"port": 80}, {"port": 81}])"),
              ElementsAre(HasSubstr("ports[1]: {\"name\":\"\"} is item [0] already")));
  EXPECT_THAT(ports(R"([{"port": 70000}])"), ElementsAre("ports[0].port: 70000; must be at most 65535"));
}

TEST(SecretSchema, ACertificateHasItsKey) {
  EXPECT_THAT(secret(R"("type": "kubernetes.io/tls", "data": {"tls.crt": "Zg==", "tls.key": "Zg=="})"), IsEmpty());
  EXPECT_THAT(secret(R"("type": "kubernetes.io/tls", "data": {"tls.crt": "Zg=="}, "stringData": {"tls.key": "x"})"),
              IsEmpty());
  EXPECT_THAT(secret(R"("type": "kubernetes.io/tls", "data": {"tls.crt": "Zg=="})"),
              ElementsAre(": type kubernetes.io/tls needs data \"tls.crt\" and \"tls.key\""));
}

TEST(SecretSchema, NoMessageShowsAValue) {
  EXPECT_THAT(secret(R"("data": {"a": "sEcReT!"})"), ElementsAre("data.a: REDACTED; must be base64"));
  EXPECT_THAT(secret(R"("stringData": {"a": 4711})"), ElementsAre(HasSubstr("stringData.a: REDACTED; must be text")));
  EXPECT_THAT(secret(R"("data": "sEcReT")"), Each(Not(HasSubstr("sEcReT"))));
}

TEST(SecretSchema, KeysAreFileNames) {
  for (const auto* key : {"a/b", "..", "..a", ""}) {
    const std::string data = R"({")" + std::string(key) + R"(": ""})";
    EXPECT_THAT(secret("\"data\": " + data), Contains(HasSubstr("data: a key must consist of"))) << key;
    EXPECT_THAT(secret("\"stringData\": " + data), Contains(HasSubstr("stringData: a key must consist of"))) << key;
  }
}

TEST(ConfigMapSchema, ValuesAreText) {
  EXPECT_THAT(
      refusals(
          R"({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"ca.crt": "x", "n": 1}})"),
      ElementsAre(HasSubstr("data.n: 1; must be text")));
}

}  // namespace
}  // namespace sluice::api
