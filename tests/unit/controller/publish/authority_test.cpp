// Who is a node is decided here: what a certificate must be, and what may get one.
#include "controller/publish/authority.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/publish/x509.h"

namespace sluice::publish {
namespace {

using std::chrono::hours;
using ::testing::HasSubstr;

const auto kNow = std::chrono::system_clock::now();

std::string request_of(EVP_PKEY* key, EVP_PKEY* signer) {
  const Owned<X509_REQ> request(X509_REQ_new());
  X509_REQ_set_pubkey(request.get(), key);
  X509_REQ_sign(request.get(), signer, EVP_sha256());
  const Owned<BIO> out(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509_REQ(out.get(), request.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string request() {
  const auto key = new_key();
  return request_of(key.get(), key.get());
}

std::string certificate_of(const Authority& authority, const std::string& node, Authority::Time now = kNow) {
  return authority.node(request(), node, now).value_or("");
}

TEST(Authority, ACertificateOfANodeNamesIt) {
  const auto authority = Authority::make(kNow);
  const auto identity = authority.identify(certificate_of(authority, "node-1.example"), kNow);
  ASSERT_TRUE(identity) << identity.error();
  EXPECT_EQ(identity->node, "node-1.example");
  EXPECT_GT(identity->expires, kNow + hours(23));
  EXPECT_LE(identity->expires, kNow + hours(24));
}

TEST(Authority, ANameOfAnyLengthThatKubernetesAllowsFits) {
  const auto authority = Authority::make(kNow);
  const std::string longest(253, 'n');
  const auto identity = authority.identify(certificate_of(authority, longest), kNow);
  ASSERT_TRUE(identity) << identity.error();
  EXPECT_EQ(identity->node, longest);
  EXPECT_FALSE(authority.node(request(), longest + "n", kNow));
}

TEST(Authority, ItsTextsMakeItAgain) {
  const auto authority = Authority::make(kNow);
  const auto again = Authority::read(authority.pem());
  ASSERT_TRUE(again) << again.error();
  EXPECT_EQ(again->pem(), authority.pem());
  EXPECT_TRUE(again->identify(certificate_of(authority, "a"), kNow));
}

TEST(Authority, TextsThatDoNotBelongTogetherMakeNone) {
  const auto one = Authority::make(kNow).pem();
  const auto other = Authority::make(kNow).pem();
  EXPECT_THAT(Authority::read({one.certificate, other.private_key}).error(), HasSubstr("not that of its certificate"));
  EXPECT_THAT(Authority::read({"", one.private_key}).error(), HasSubstr("certificate"));
  const auto without_key = Authority::read({one.certificate, one.certificate});
  EXPECT_THAT(without_key.error(), HasSubstr("no private key"));
}

TEST(Authority, ANodesCertificateMakesNoAuthority) {
  const auto authority = Authority::make(kNow);
  const auto key = new_key();
  const auto leaf = authority.node(request_of(key.get(), key.get()), "a", kNow);
  ASSERT_TRUE(leaf);
  EXPECT_FALSE(Authority::read({*leaf, to_pem(key.get())}));
}

TEST(Authority, AnothersCertificateIsNotTaken) {
  const auto authority = Authority::make(kNow);
  const auto other = Authority::make(kNow);
  EXPECT_FALSE(authority.identify(certificate_of(other, "a"), kNow));
}

TEST(Authority, ACertificateIsTakenWhileItIsValid) {
  const auto authority = Authority::make(kNow);
  const auto certificate = certificate_of(authority, "a");
  EXPECT_TRUE(authority.identify(certificate, kNow + hours(23)));
  EXPECT_THAT(authority.identify(certificate, kNow + hours(25)).error(), HasSubstr("expired"));
  EXPECT_THAT(authority.identify(certificate, kNow - hours(2)).error(), HasSubstr("not yet valid"));
}

TEST(Authority, AServersCertificateIsNoNodes) {
  const auto authority = Authority::make(kNow);
  const std::vector<std::string> names{"sluice-controller.sluice-system.svc", "127.0.0.1"};
  const auto server = authority.server(names, kNow);
  ASSERT_TRUE(server) << server.error();
  EXPECT_FALSE(authority.identify(server->certificate, kNow));
  EXPECT_GT(server->expires, kNow + hours(24 * 89));
  const auto certificate = read_certificate(server->certificate);
  EXPECT_EQ(X509_check_host(certificate.get(), names[0].c_str(), names[0].size(), 0, nullptr), 1);
  EXPECT_EQ(X509_check_ip_asc(certificate.get(), "127.0.0.1", 0), 1);
  EXPECT_EQ(X509_check_host(certificate.get(), "other.svc", 9, 0, nullptr), 0);
  EXPECT_EQ(X509_check_purpose(certificate.get(), X509_PURPOSE_SSL_SERVER, 0), 1);
  EXPECT_EQ(X509_check_purpose(certificate.get(), X509_PURPOSE_SSL_CLIENT, 0), 0);
}

TEST(Authority, AServerNeedsNames) {
  const auto authority = Authority::make(kNow);
  EXPECT_FALSE(authority.server({}, kNow));
  EXPECT_FALSE(authority.server(std::vector<std::string>{"a,DNS:b"}, kNow));
}

TEST(Authority, NoNameSmugglesAnother) {
  const auto authority = Authority::make(kNow);
  for (const std::string name : {"", "a,URI:sluice://node/b", "a b", "A", "a/b", "a\nb"}) {
    EXPECT_FALSE(authority.node(request(), name, kNow)) << name;
  }
}

TEST(Authority, OnlyAKeyOfP256ThatIsTheRequestersOwnGetsACertificate) {
  const auto authority = Authority::make(kNow);
  const auto mine = new_key();
  const auto other = new_key();
  EXPECT_THAT(authority.node(request_of(other.get(), mine.get()), "a", kNow).error(), HasSubstr("not signed"));
  const Owned<EVP_PKEY> p384(EVP_EC_gen("P-384"));
  EXPECT_THAT(authority.node(request_of(p384.get(), p384.get()), "a", kNow).error(), HasSubstr("P-256"));
  const Owned<EVP_PKEY> edwards(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  EXPECT_FALSE(authority.node(request_of(edwards.get(), edwards.get()), "a", kNow));
  EXPECT_FALSE(authority.node("", "a", kNow));
}

}  // namespace
}  // namespace sluice::publish
