// OpenSSL's objects with owners, and what making and reading certificates takes of it. Only .cpp files include this.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <memory>
#include <string>

namespace sluice::publish {

struct FreeX509 {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_REQ* request) const { X509_REQ_free(request); }
  void operator()(X509_STORE* store) const { X509_STORE_free(store); }
  void operator()(X509_STORE_CTX* context) const { X509_STORE_CTX_free(context); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
template <class T>
using Owned = std::unique_ptr<T, FreeX509>;

/// A P-256 key that nobody else has.
Owned<EVP_PKEY> new_key();
bool is_p256(const EVP_PKEY* key);

std::string to_pem(X509* certificate);
std::string to_pem(EVP_PKEY* key);

/// Null where the text is none. Encrypted keys are none: nobody is asked for a password.
Owned<X509> read_certificate(const std::string& pem);
Owned<EVP_PKEY> read_key(const std::string& pem);
Owned<X509_REQ> read_request(const std::string& pem);

/// A certificate that is not signed yet: a random serial (159 bits), the subject's common name, valid from an hour
/// before now on, since clocks differ, for so long after it.
struct Draft {
  std::string common_name;
  EVP_PKEY* key;  ///< borrowed
  std::chrono::system_clock::time_point now;
  std::chrono::seconds life;
};
Owned<X509> draft(const Draft& draft);

/// value: as OpenSSL's configuration has it. False: it does not take the value.
bool extend(X509* certificate, X509* issuer, int nid, const std::string& value);

std::chrono::system_clock::time_point begin(const X509* certificate);
std::chrono::system_clock::time_point expiry(const X509* certificate);

}  // namespace sluice::publish
