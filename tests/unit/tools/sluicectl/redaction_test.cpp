// No printer ever shows a private key, whatever it is asked for, and wherever the objects or the model come from.
#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <openssl/evp.h>

#include <algorithm>
#include <boost/json.hpp>

#include "controller/api/json.h"
#include "tests/unit/controller/compile/certificate.h"
#include "tests/unit/tools/sluicectl/command_line.h"
#include "tools/sluicectl/folder.h"
#include "userspace/model/redact.h"

namespace sluice::ctl {
namespace {

using testing::HasSubstr;

const compile::TestCertificate& certificate() {
  static const auto kCertificate = compile::test_certificate(7, {"shop.example"});
  return kCertificate;
}

std::string indented_by_four(const std::string& pem) {
  std::string out = "    ";
  for (const char c : pem) out += c == '\n' ? std::string("\n    ") : std::string(1, c);
  return out;
}

std::string base64_of(const std::string& text) {
  std::string out(4 * ((text.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

std::string manifests() {
  return R"(
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge}
spec:
  gatewayClassName: sluice
  addresses: [{value: 192.0.2.1}]
  listeners:
  - {name: https, port: 443, protocol: HTTPS, hostname: shop.example, tls: {certificateRefs: [{name: shop}]}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop}
spec:
  parentRefs: [{name: edge}]
  rules: [{backendRefs: [{name: shop, port: 80}]}]
---
apiVersion: v1
kind: Secret
metadata: {name: shop}
type: kubernetes.io/tls
stringData:
  tls.crt: |
)" + indented_by_four(certificate().chain_pem) +
         "\n  tls.key: |\n" + indented_by_four(certificate().key_pem) + "\n";
}

/// The key's own octets, in every form in which they could get out: PEM, base64 of it, JSON's or YAML's escapes.
void expect_no_key(const std::string& text, const std::string& of) {
  const std::string& pem = certificate().key_pem;
  const auto begin = pem.find('\n') + 1;
  const std::string body = pem.substr(begin, pem.find('\n', begin) - begin);
  EXPECT_EQ(text.find("PRIVATE KEY"), std::string::npos) << of;
  EXPECT_EQ(text.find(body), std::string::npos) << of;
  EXPECT_EQ(text.find(base64_of(pem).substr(0, 40)), std::string::npos) << of;
}

TEST(Redaction, TheModelHasTheKeyOrThisTestProvesNothing) {
  const Manifests folder(manifests());
  const auto model = read_folder({.path = folder.path()}).model;
  const auto found = std::ranges::find_if(model.resources(), [](const auto& resource) { return resource.has_key(); });
  ASSERT_NE(found, model.resources().end());
  EXPECT_EQ(found->key().private_key_pem(), certificate().key_pem);
}

TEST(Redaction, NoCommandShowsAKeyOfAFolder) {
  const Manifests folder(manifests());
  const std::vector<std::vector<std::string>> commands{
      {"validate"},
      {"validate", "-o", "json"},
      {"validate", "-o", "yaml"},
      {"compile"},
      {"compile", "-o", "yaml"},
      {"status"},
      {"status", "-o", "wide"},
      {"status", "-o", "json"},
      {"status", "-o", "yaml"},
      {"status", "-o", "name"},
      {"explain", "--http", "GET", "https://shop.example/"},
      {"explain", "--http", "GET", "https://shop.example/", "-o", "json"},
      {"explain", "--sni", "shop.example:443"},
      {"explain", "--sni", "shop.example:443", "-o", "json"},
  };
  for (auto command : commands) {
    const std::string name = testing::PrintToString(command);
    command.insert(command.end(), {"-f", folder.path()});
    const auto outcome = run(command);
    EXPECT_NE(outcome.exit, 2) << name << outcome.err;
    EXPECT_NE(outcome.out, "") << name;
    expect_no_key(outcome.out + outcome.err, name);
  }
}

TEST(Redaction, AWrongKeyIsNotQuotedInTheComplaint) {
  std::string broken = manifests();
  broken.replace(broken.find("BEGIN PRIVATE KEY"), 17, "BEGIN PRIVATE KEX");
  const Manifests folder(broken);
  const auto outcome = run({"validate", folder.path()});
  EXPECT_THAT(outcome.err, HasSubstr("tls.key"));
  expect_no_key(outcome.out + outcome.err, "validate of a broken key");
}

TEST(Redaction, ConfigAsANodePrintsItHasNoKeyAndCanBeRead) {
  const Manifests folder(manifests());
  const std::string config = model::redacted_json(read_folder({.path = folder.path()}).model);
  expect_no_key(config, "/config");
  EXPECT_THAT(config, HasSubstr("[redacted]"));
  const FakeNode node([&](const std::string&) { return answer_of(config); });
  EXPECT_EQ(run({"explain", "--http", "GET", "https://shop.example/", "--socket", node.socket()}).exit, 1)
      << "the Service is not there";
}

TEST(Redaction, EvenAModelInClearFromANodeIsPrintedWithout) {
  const Manifests folder(manifests());
  std::string clear;
  ASSERT_TRUE(google::protobuf::util::MessageToJsonString(read_folder({.path = folder.path()}).model, &clear).ok());
  const FakeNode node([&](const std::string&) { return answer_of(clear); });
  for (const char* format : {"json", "yaml"}) {
    const auto outcome = run({"compile", "-o", format, "--socket", node.socket()});
    EXPECT_EQ(outcome.exit, 0);
    expect_no_key(outcome.out, format);
  }
}

TEST(Redaction, ASecretAsJsonHasItsNamesAlone) {
  const Manifests folder(manifests());
  const auto objects = read_folder({.path = folder.path()}).objects;
  const std::string text = boost::json::serialize(api::to_json(*objects->secrets.at({"default", "shop"})));
  EXPECT_THAT(text, HasSubstr("tls.key"));
  expect_no_key(text, "Secret");
}

}  // namespace
}  // namespace sluice::ctl
