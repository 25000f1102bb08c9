#include "tests/unit/controller/compile/certificate.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>
#include <memory>

namespace sluice::compile {
namespace {

constexpr long kVersion3 = 2;
constexpr const char* kNotBefore = "20260101000000Z";
constexpr const char* kNotAfter = "20460101000000Z";

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, Deleter<X509_free>>;
using BioPtr = std::unique_ptr<BIO, Deleter<BIO_free>>;

template <class Write>
std::string pem(Write&& write) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  write(bio.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

void add_names(X509* certificate, const std::vector<std::string>& names) {
  std::string value;
  for (const auto& name : names) value += (value.empty() ? "DNS:" : ",DNS:") + name;
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

}  // namespace

TestCertificate test_certificate(std::uint8_t seed, const std::vector<std::string>& names) {
  std::array<unsigned char, 32> raw{};
  raw.fill(seed);
  const KeyPtr key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, raw.data(), raw.size()));
  const CertificatePtr certificate(X509_new());
  X509_set_version(certificate.get(), kVersion3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), seed + 1);
  ASN1_TIME_set_string(X509_getm_notBefore(certificate.get()), kNotBefore);
  ASN1_TIME_set_string(X509_getm_notAfter(certificate.get()), kNotAfter);
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("sluice test"), -1, -1,
                             0);
  X509_set_issuer_name(certificate.get(), subject);
  add_names(certificate.get(), names);
  X509_set_pubkey(certificate.get(), key.get());
  X509_sign(certificate.get(), key.get(), nullptr);
  return {.chain_pem = pem([&](BIO* bio) { PEM_write_bio_X509(bio, certificate.get()); }),
          .key_pem =
              pem([&](BIO* bio) { PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr); })};
}

}  // namespace sluice::compile
