#include "tests/unit/controller/source/kubernetes/certificates.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <cstdlib>

namespace sluice::kubernetes {
namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Certificate = std::unique_ptr<X509, Free>;

void require(bool holds) {
  if (!holds) std::abort();
}

Key new_key() {
  Key key(EVP_EC_gen("P-256"));
  require(key != nullptr);
  return key;
}

template <class F>
std::string pem(F&& write) {
  const std::unique_ptr<BIO, Free> out(BIO_new(BIO_s_mem()));
  require(write(out.get()) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string pem(X509* certificate) {
  return pem([&](BIO* out) { return PEM_write_bio_X509(out, certificate); });
}

void extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Free> made(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  require(made != nullptr && X509_add_ext(certificate, made.get(), -1) == 1);
}

/// Not signed yet.
Certificate new_certificate(EVP_PKEY* key, const std::string& common_name) {
  static std::atomic<long> serial{1};
  Certificate out(X509_new());
  X509_set_version(out.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(out.get()), serial++);
  X509_gmtime_adj(X509_getm_notBefore(out.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(out.get()), 3600);
  X509_set_pubkey(out.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(out.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
  return out;
}

}  // namespace

struct Authority::State {
  Key key;
  Certificate certificate;
  std::string text;
};

Authority::Authority(const std::string& name) : state_(std::make_unique<State>()) {
  state_->key = new_key();
  state_->certificate = new_certificate(state_->key.get(), name);
  X509* own = state_->certificate.get();
  X509_set_issuer_name(own, X509_get_subject_name(own));
  extend(own, own, NID_basic_constraints, "critical,CA:TRUE");
  extend(own, own, NID_key_usage, "critical,keyCertSign");
  require(X509_sign(own, state_->key.get(), EVP_sha256()) != 0);
  state_->text = pem(own);
}

Authority::~Authority() = default;
Authority::Authority(Authority&&) noexcept = default;

const std::string& Authority::certificate() const {
  return state_->text;
}

KeyPair Authority::issue(const std::string& common_name, const std::string& subject_alt_name) const {
  const Key key = new_key();
  const Certificate certificate = new_certificate(key.get(), common_name);
  X509* authority = state_->certificate.get();
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(authority));
  if (!subject_alt_name.empty()) extend(certificate.get(), authority, NID_subject_alt_name, subject_alt_name);
  require(X509_sign(certificate.get(), state_->key.get(), EVP_sha256()) != 0);
  return {pem(certificate.get()), pem([&](BIO* out) {
            return PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

}  // namespace sluice::kubernetes
