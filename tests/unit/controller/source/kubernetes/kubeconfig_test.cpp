// A kubeconfig is read as kubectl reads it, or refused with file, line, field and reason.
#include "controller/source/kubernetes/kubeconfig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "tests/unit/controller/source/folder.h"
#include "tests/unit/controller/source/kubernetes/certificates.h"

namespace sluice::kubernetes {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

std::string base64(const std::string& text) {
  std::string out((text.size() + 2) / 3 * 4, '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(text.data()),
                  static_cast<int>(text.size()));
  return out;
}

class Kubeconfig : public ::testing::Test {
 protected:
  /// One context, whose cluster and user have these fields.
  std::string file(const std::string& cluster, const std::string& user) const {
    return "apiVersion: v1\nkind: Config\ncurrent-context: main\n"
           "contexts:\n- name: main\n  context: {cluster: here, user: me, namespace: edge}\n"
           "clusters:\n- name: here\n  cluster: {" +
           cluster + "}\nusers:\n- name: me\n  user: {" + user + "}\n";
  }
  std::expected<Cluster, source::SourceError> read(const std::string& text, const std::string& context = "") const {
    folder.write("admin.conf", text);
    return read_kubeconfig(folder / "admin.conf", context);
  }
  std::string error(const std::string& text, const std::string& context = "") const {
    const auto cluster = read(text, context);
    return cluster ? "taken" : source::to_string(cluster.error()).substr(folder.path().string().size() + 1);
  }

  source::Folder folder;
  Authority authority{"ca"};
  KeyPair client = authority.issue("me", "");
};

TEST_F(Kubeconfig, IsReadWithEmbeddedCertificates) {
  const auto cluster =
      read(file("server: 'https://192.0.2.1:6443', certificate-authority-data: " + base64(authority.certificate()) +
                    ", tls-server-name: kubernetes",
                "client-certificate-data: " + base64(client.certificate) + ", client-key-data: " + base64(client.key)));
  ASSERT_TRUE(cluster.has_value()) << source::to_string(cluster.error());
  EXPECT_EQ(to_string(cluster->server), "https://192.0.2.1:6443");
  EXPECT_EQ(cluster->certificate_authority.text, authority.certificate());
  EXPECT_EQ(cluster->client_certificate.text, client.certificate);
  EXPECT_EQ(cluster->client_key.text, client.key);
  EXPECT_EQ(cluster->tls_server_name, "kubernetes");
  EXPECT_EQ(cluster->namespace_, "edge");
  EXPECT_EQ(cluster->token, "");
}

TEST_F(Kubeconfig, PathsAreRelativeToItsFolder) {
  folder.write("pki/ca.crt", authority.certificate());
  folder.write("pki/me.crt", client.certificate);
  folder.write("pki/me.key", client.key);
  const auto cluster = read(file("server: 'https://a', certificate-authority: pki/ca.crt",
                                 "client-certificate: pki/me.crt, client-key: pki/me.key, tokenFile: token"));
  ASSERT_TRUE(cluster.has_value()) << source::to_string(cluster.error());
  EXPECT_EQ(cluster->certificate_authority.file, folder / "pki/ca.crt");
  EXPECT_EQ(cluster->client_key.file, folder / "pki/me.key");
  EXPECT_EQ(cluster->token_file, folder / "token");
}

TEST_F(Kubeconfig, AnotherContextThanTheCurrentOneCanBeChosen) {
  const std::string text =
      "current-context: a\ncontexts: [{name: a, context: {cluster: a}}, {name: b, context: {cluster: b, user: u}}]\n"
      "clusters: [{name: a, cluster: {server: 'https://a'}}, {name: b, cluster: {server: 'https://b'}}]\n"
      "users: [{name: u, user: {token: secret}}]\n";
  EXPECT_EQ(read(text)->server.host, "a");
  EXPECT_EQ(read(text, "b")->server.host, "b");
  EXPECT_EQ(read(text, "b")->token, "secret");
  EXPECT_EQ(error(text, "c"), "admin.conf:1: \"c\"; there is no such entry in contexts");
}

TEST_F(Kubeconfig, WhatSluiceDoesNotCarryOutIsRefusedByName) {
  EXPECT_THAT(error(file("server: 'https://a'", "exec: {command: aws, args: [eks]}")),
              HasSubstr("users[0].user.exec.command: \"aws\" is a credential plugin, which Sluice does not run; use"));
  EXPECT_THAT(error(file("server: 'https://a'", "auth-provider: {name: oidc}")),
              HasSubstr("users[0].user.auth-provider: is not supported"));
  EXPECT_THAT(error(file("server: 'https://a'", "username: a, password: b")),
              HasSubstr("users[0].user.username: is not supported"));
  EXPECT_THAT(error(file("server: 'https://a'", "token: t, as: somebody")), HasSubstr("users[0].user.as: is not"));
  EXPECT_THAT(error(file("server: 'https://a', proxy-url: 'http://p'", "token: t")),
              HasSubstr("clusters[0].cluster.proxy-url: proxies are not supported"));
}

TEST_F(Kubeconfig, ErrorsNameFileLineAndField) {
  EXPECT_EQ(error(file("server: a", "token: t")),
            "admin.conf:9: clusters[0].cluster.server: \"a\"; must be https://HOST[:PORT][/PREFIX]");
  EXPECT_EQ(error(file("", "token: t")), "admin.conf:9: clusters[0].cluster.server: is required");
  EXPECT_EQ(error(file("server: 'https://a', certificate-authority-data: '%'", "token: t")),
            "admin.conf:9: clusters[0].cluster.certificate-authority-data: must be base64");
  EXPECT_EQ(error(file("server: 'https://a', certificate-authority-data: " + base64("no PEM"), "token: t")),
            "admin.conf:9: clusters[0].cluster.certificate-authority-data: holds no certificate in PEM");
  EXPECT_EQ(error(file("server: 'https://a', insecure-skip-tls-verify: 1", "token: t")),
            "admin.conf:9: clusters[0].cluster.insecure-skip-tls-verify: must be true or false");
  EXPECT_THAT(error(file("server: 'https://a', certificate-authority: none.crt", "token: t")),
              EndsWith("none.crt: there is no such file"));
  EXPECT_EQ(error(file("server: 'https://a'", "token: 5")),
            "admin.conf:12: users[0].user.token: must be text (in quotes where it reads as something else)");
  EXPECT_EQ(error("contexts: []\n"), "admin.conf:1: current-context: is required where no context is chosen");
  EXPECT_EQ(error("current-context: x\ncontexts: {}\n"), "admin.conf:2: contexts: must be a list");
  EXPECT_EQ(error("kind: Pod\ncurrent-context: x\n"), "admin.conf:1: kind: \"Pod\"; a kubeconfig is of kind Config");
  EXPECT_EQ(error("a: [\n"), "admin.conf:2: is no YAML: did not find expected node content");
  EXPECT_EQ(error(""), "admin.conf: is empty");
  EXPECT_EQ(error("[]"), "admin.conf:1: is no kubeconfig: an object is wanted");
  EXPECT_EQ(source::to_string(read_kubeconfig(folder / "none").error()),
            (folder / "none").string() + ": there is no such file");
}

TEST_F(Kubeconfig, AWrongPairOfCertificateAndKeyIsRefusedAtOnce) {
  const std::string certificate = "client-certificate-data: " + base64(client.certificate);
  EXPECT_THAT(error(file("server: 'https://a'", certificate)),
              HasSubstr("users[0].user: has a client-certificate without a client-key"));
  EXPECT_THAT(error(file("server: 'https://a'", "client-key-data: " + base64(client.key))),
              HasSubstr("users[0].user: has a client-key without a client-certificate"));
  EXPECT_THAT(
      error(file("server: 'https://a'", certificate + ", client-key-data: " + base64(authority.issue("you", "").key))),
      HasSubstr("users[0].user.client-key-data: holds a key that is not the client certificate's"));
  EXPECT_THAT(error(file("server: 'https://a'", certificate + ", client-key-data: " + base64(client.certificate))),
              HasSubstr("holds no private key in PEM that can be read without a password"));
  std::string damaged = client.certificate;
  damaged.replace(damaged.size() / 2, 3, "!!!");
  EXPECT_THAT(error(file("server: 'https://a'",
                         "client-certificate-data: " + base64(damaged) + ", client-key-data: " + base64(client.key))),
              HasSubstr("client-certificate-data: holds a certificate that cannot be read: "));
}

TEST_F(Kubeconfig, TrustInAllAndInOneExcludeEachOther) {
  EXPECT_TRUE(read(file("server: 'https://a', insecure-skip-tls-verify: true", ""))->insecure_skip_tls_verify);
  EXPECT_THAT(error(file("server: 'https://a', insecure-skip-tls-verify: true, certificate-authority-data: " +
                             base64(authority.certificate()),
                         "")),
              HasSubstr("certificate-authority-data: and insecure-skip-tls-verify exclude each other"));
}

}  // namespace
}  // namespace sluice::kubernetes
