#include "controller/attach/certificate.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>

#include "controller/attach/hostname.h"

namespace sluice::attach {
namespace {

constexpr std::string_view kTlsSecretType = "kubernetes.io/tls";

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

Owned<BIO> reader(std::string_view text) {
  return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// A key that needs a password is refused, not asked for on the terminal.
int no_password(char*, int, int, void*) {
  return -1;
}

Owned<X509> next_certificate(BIO* in) {
  return Owned<X509>(PEM_read_bio_X509(in, nullptr, no_password, nullptr));
}

/// The first certificate of a chain whose every certificate parses; null otherwise.
Owned<X509> first_of_chain(std::string_view pem) {
  const auto in = reader(pem);
  Owned<X509> first = next_certificate(in.get());
  if (!first) return nullptr;
  while (next_certificate(in.get())) {
  }
  const bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  return ended ? std::move(first) : nullptr;
}

CertificateNames names_of(X509* certificate) {
  CertificateNames names;
  const Owned<GENERAL_NAMES> all(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; all && i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(all.get(), i);
    if (name->type != GEN_DNS) continue;
    const auto* text = reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName));
    names.push_back(lower_case({text, static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName))}));
  }
  std::ranges::sort(names);
  return names;
}

CertificateCheck check_pair(std::string_view certificate_pem, std::string_view key_pem) {
  const Owned<X509> leaf = first_of_chain(certificate_pem);
  const auto in = reader(key_pem);
  const Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(in.get(), nullptr, no_password, nullptr));
  const bool match = leaf && key && X509_check_private_key(leaf.get(), key.get()) == 1;
  ERR_clear_error();
  if (!leaf) return std::unexpected("tls.crt is not a chain of PEM certificates");
  if (!key) return std::unexpected("tls.key is not an unencrypted PEM private key");
  if (!match) return std::unexpected("tls.key is not the key of the first certificate of tls.crt");
  return names_of(leaf.get());
}

}  // namespace

CertificateCheck check_tls_secret(const api::Secret& secret) {
  if (secret.type != kTlsSecretType) {
    return std::unexpected("its type is " + (secret.type.empty() ? "not set" : secret.type) + ", not " +
                           std::string(kTlsSecretType));
  }
  const auto certificate = secret.data.find("tls.crt");
  const auto key = secret.data.find("tls.key");
  if (certificate == secret.data.end()) return std::unexpected("it has no tls.crt");
  if (key == secret.data.end()) return std::unexpected("it has no tls.key");
  return check_pair(certificate->second, key->second);
}

std::string check_ca_bundle(const api::ConfigMap& config_map) {
  const auto bundle = config_map.data.find("ca.crt");
  if (bundle == config_map.data.end()) return "it has no ca.crt";
  return first_of_chain(bundle->second) ? "" : "ca.crt is not a bundle of PEM certificates";
}

const CertificateCheck& CertificateCache::check(const api::NamespacedName& name,
                                                const std::shared_ptr<const api::Secret>& secret) {
  auto entry = entries_.find(name);
  if (entry == entries_.end() || entry->second.secret != secret) {
    entry = entries_.insert_or_assign(name, Entry{secret, check_tls_secret(*secret)}).first;
  }
  return entry->second.check;
}

}  // namespace sluice::attach
