#include "userspace/l7/tls_certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>

namespace sluice::l7 {
namespace {

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using BioPtr = std::unique_ptr<BIO, FreeBio>;

BioPtr reader(const std::string& pem) {
  return BioPtr(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

// An encrypted key would ask on the terminal.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  return out;
}

std::string text_of(const ASN1_STRING* string) {
  return lower({reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
                static_cast<std::size_t>(ASN1_STRING_length(string))});
}

std::vector<std::string> dns_names(const X509* leaf) {
  std::vector<std::string> names;
  auto* const all = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(leaf, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(all); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(all, i);
    if (name->type == GEN_DNS) names.push_back(text_of(name->d.dNSName));
  }
  GENERAL_NAMES_free(all);
  if (!names.empty()) return names;
  const X509_NAME* subject = X509_get_subject_name(leaf);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at >= 0) names.push_back(text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
  return names;
}

std::int64_t unix_time(const ASN1_TIME* time) {
  std::tm parts{};
  return ASN1_TIME_to_tm(time, &parts) == 1 ? timegm(&parts) : 0;
}

}  // namespace

std::string take_openssl_error() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "unknown error";
  const char* reason = ERR_reason_error_string(code);
  if (reason != nullptr) return reason;
  std::array<char, 128> text{};
  ERR_error_string_n(code, text.data(), text.size());
  return text.data();
}

std::expected<std::shared_ptr<const Certificate>, std::string> parse_certificate(const std::string& name,
                                                                                 const model::v1::Key& key) {
  const auto failed = [](const char* what) { return std::unexpected(what + (": " + take_openssl_error())); };
  ERR_clear_error();
  auto made = std::make_shared<Certificate>();
  made->name = name;
  made->secret = key.origin().namespace_() + "/" + key.origin().name();
  const BioPtr chain = reader(key.certificate_chain_pem());
  made->leaf.reset(PEM_read_bio_X509_AUX(chain.get(), nullptr, no_passphrase, nullptr));
  if (made->leaf == nullptr) return failed("tls.crt");
  while (X509* next = PEM_read_bio_X509(chain.get(), nullptr, no_passphrase, nullptr)) made->chain.emplace_back(next);
  const unsigned long end = ERR_peek_last_error();
  if (ERR_GET_LIB(end) != ERR_LIB_PEM || ERR_GET_REASON(end) != PEM_R_NO_START_LINE) return failed("tls.crt");
  ERR_clear_error();
  made->key.reset(PEM_read_bio_PrivateKey(reader(key.private_key_pem()).get(), nullptr, no_passphrase, nullptr));
  if (made->key == nullptr) return failed("tls.key");
  if (X509_check_private_key(made->leaf.get(), made->key.get()) != 1) return failed("tls.key is not tls.crt's");
  made->type = EVP_PKEY_get_base_id(made->key.get());
  made->names = dns_names(made->leaf.get());
  made->not_after = unix_time(X509_get0_notAfter(made->leaf.get()));
  return made;
}

}  // namespace sluice::l7
