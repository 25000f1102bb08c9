#include "userspace/agent/certificate_expiry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

namespace sluice::agent {
namespace {

using testing::HasSubstr;

/// A certificate that ends at `not_after` (Unix time).
std::string certificate_until(std::int64_t not_after) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), &X509_free);
  ASN1_TIME_set(X509_getm_notBefore(made.get()), 0);
  ASN1_TIME_set(X509_getm_notAfter(made.get()), not_after);
  X509_set_pubkey(made.get(), key.get());
  X509_sign(made.get(), key.get(), EVP_sha256());
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
  PEM_write_bio_X509(out.get(), made.get());
  char* text = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

model::Store store_with(const std::string& name, const std::string& chain) {
  model::v1::Delta delta;
  auto& resource = *delta.add_changed();
  resource.set_name(name);
  resource.mutable_key()->set_certificate_chain_pem(chain);
  resource.mutable_key()->mutable_origin()->set_namespace_("shop");
  resource.mutable_key()->mutable_origin()->set_name("tls");
  model::Store store;
  EXPECT_TRUE(store.apply(delta));
  return store;
}

TEST(CertificateExpiryMetric, IsTheFirstEndOfTheChain) {
  CertificateExpiry expiry;
  expiry.update(store_with("key/1", certificate_until(2000000000) + certificate_until(1900000000)), {"key/1"});
  EXPECT_THAT(expiry.text(),
              HasSubstr("sluice_certificate_expiry_timestamp_seconds{namespace=\"shop\",secret=\"tls\"} 1900000000"));
}

TEST(CertificateExpiryMetric, EndsWithTheKey) {
  CertificateExpiry expiry;
  expiry.update(store_with("key/1", certificate_until(2000000000)), {"key/1"});
  expiry.update(model::Store{}, {"key/1"});
  EXPECT_EQ(expiry.text(), "");
}

TEST(CertificateExpiryMetric, LeavesOutWhatIsNoCertificate) {
  CertificateExpiry expiry;
  expiry.update(store_with("key/1", "no PEM"), {"key/1"});
  EXPECT_EQ(expiry.text(), "");
}

}  // namespace
}  // namespace sluice::agent
