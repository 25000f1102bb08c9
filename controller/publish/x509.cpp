#include "controller/publish/x509.h"

#include <openssl/ec.h>
#include <openssl/err.h>

#include <array>
#include <cstdlib>
#include <ctime>

namespace sluice::publish {
namespace {

/// What fails for want of memory alone.
void require(bool holds) {
  if (!holds) std::abort();
}

Owned<BIO> reader(const std::string& text) {
  return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

int no_password(char* /*out*/, int /*size*/, int /*is_for_writing*/, void* /*user*/) {
  return -1;
}

}  // namespace

Owned<EVP_PKEY> new_key() {
  Owned<EVP_PKEY> key(EVP_EC_gen("P-256"));
  require(key != nullptr);
  return key;
}

bool is_p256(const EVP_PKEY* key) {
  std::array<char, 64> group{};
  return EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) == 1 &&
         std::string(group.data()) == "prime256v1";
}

std::string to_pem(X509* certificate) {
  const Owned<BIO> out(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_X509(out.get(), certificate) == 1);
  return text_of(out.get());
}

std::string to_pem(EVP_PKEY* key) {
  const Owned<BIO> out(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_PKCS8PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return text_of(out.get());
}

Owned<X509> read_certificate(const std::string& pem) {
  Owned<X509> out(PEM_read_bio_X509(reader(pem).get(), nullptr, no_password, nullptr));
  ERR_clear_error();
  return out;
}

Owned<EVP_PKEY> read_key(const std::string& pem) {
  Owned<EVP_PKEY> out(PEM_read_bio_PrivateKey(reader(pem).get(), nullptr, no_password, nullptr));
  ERR_clear_error();
  return out;
}

Owned<X509_REQ> read_request(const std::string& pem) {
  Owned<X509_REQ> out(PEM_read_bio_X509_REQ(reader(pem).get(), nullptr, no_password, nullptr));
  ERR_clear_error();
  return out;
}

Owned<X509> draft(const Draft& draft) {
  Owned<X509> out(X509_new());
  require(out != nullptr && X509_set_version(out.get(), X509_VERSION_3) == 1);
  const std::unique_ptr<BIGNUM, void (*)(BIGNUM*)> serial(BN_new(), BN_free);
  require(BN_rand(serial.get(), 159, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1);
  require(BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(out.get())) != nullptr);
  std::time_t now = std::chrono::system_clock::to_time_t(draft.now);
  X509_time_adj_ex(X509_getm_notBefore(out.get()), 0, -3600, &now);
  constexpr long kDay = 86400;
  const long life = draft.life.count();
  X509_time_adj_ex(X509_getm_notAfter(out.get()), static_cast<int>(life / kDay), life % kDay, &now);
  require(X509_set_pubkey(out.get(), draft.key) == 1);
  if (!draft.common_name.empty()) {
    X509_NAME_add_entry_by_txt(X509_get_subject_name(out.get()), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(draft.common_name.c_str()), -1, -1, 0);
  }
  return out;
}

bool extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Owned<X509_EXTENSION> made(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  const bool holds = made != nullptr && X509_add_ext(certificate, made.get(), -1) == 1;
  ERR_clear_error();
  return holds;
}

namespace {

std::chrono::system_clock::time_point time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return std::chrono::system_clock::from_time_t(timegm(&parts));
}

}  // namespace

std::chrono::system_clock::time_point begin(const X509* certificate) {
  return time_of(X509_get0_notBefore(certificate));
}

std::chrono::system_clock::time_point expiry(const X509* certificate) {
  return time_of(X509_get0_notAfter(certificate));
}

}  // namespace sluice::publish
