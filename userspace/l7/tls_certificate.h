// A certificate chain and its private key, as a Key resource holds them, parsed and checked against each other.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "sluice/model.pb.h"

namespace sluice::l7 {

struct FreeX509 {
  void operator()(X509* x509) const { X509_free(x509); }
};
struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using X509Ptr = std::unique_ptr<X509, FreeX509>;

struct Certificate {
  std::string name;                ///< of the Key resource
  std::string secret;              ///< "namespace/name" of its Secret, for people
  std::vector<std::string> names;  ///< DNS names (RFC 6125 6.4.4: the common name where there are none), lower case
  std::int64_t not_after = 0;      ///< Unix time, seconds
  int type = 0;                    ///< EVP_PKEY_RSA, EVP_PKEY_EC...: an SSL_CTX holds one of each
  X509Ptr leaf;
  std::vector<X509Ptr> chain;  ///< without the leaf
  std::unique_ptr<EVP_PKEY, FreeKey> key;
};

/// Error: what is wrong with it, without a word of the key. An expired one is no error: clients decide.
std::expected<std::shared_ptr<const Certificate>, std::string> parse_certificate(const std::string& name,
                                                                                 const model::v1::Key& key);

/// The first of OpenSSL's errors of this thread, for people; clears them all.
std::string take_openssl_error();

}  // namespace sluice::l7
