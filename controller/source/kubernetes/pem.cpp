#include "controller/source/kubernetes/pem.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>

#include "controller/source/manifest_file.h"

namespace sluice::kubernetes {
namespace {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Bio = std::unique_ptr<BIO, Freed<&BIO_free>>;
using Certificate = std::unique_ptr<X509, Freed<&X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<&EVP_PKEY_free>>;

Bio reading(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// Nobody is asked for a password: a daemon has no terminal.
int no_password(char*, int, int, void*) {
  return -1;
}

/// What the last call found, without the reasons of PEM's own that say only that the text has come to its end.
std::string reason() {
  const unsigned long error = ERR_peek_last_error();
  const char* text = ERR_reason_error_string(error);
  return text != nullptr ? text : "unknown reason";
}

bool at_end() {
  const unsigned long error = ERR_peek_last_error();
  return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

}  // namespace

std::expected<std::string, std::string> read(const Pem& pem) {
  if (!pem.text.empty() || pem.file.empty()) return pem.text;
  auto text = source::read_file(pem.file);
  if (!text) return std::unexpected(pem.file + ": " + text.error());
  if (!*text) return std::unexpected(pem.file + ": there is no such file");
  return std::move((*text)->text);
}

std::expected<void, std::string> check_certificates(const std::string& text) {
  ERR_clear_error();
  const Bio bio = reading(text);
  unsigned found = 0;
  while (Certificate(PEM_read_bio_X509(bio.get(), nullptr, no_password, nullptr)) != nullptr) ++found;
  const bool is_whole = at_end();
  const std::string why = reason();
  ERR_clear_error();
  if (!is_whole) return std::unexpected("holds a certificate that cannot be read: " + why);
  if (found == 0) return std::unexpected("holds no certificate in PEM");
  return {};
}

std::expected<void, std::string> check_key(const std::string& certificates, const std::string& key) {
  ERR_clear_error();
  const Certificate certificate(PEM_read_bio_X509(reading(certificates).get(), nullptr, no_password, nullptr));
  const Key own(PEM_read_bio_PrivateKey(reading(key).get(), nullptr, no_password, nullptr));
  ERR_clear_error();
  if (own == nullptr) return std::unexpected("holds no private key in PEM that can be read without a password");
  const bool fits = certificate != nullptr && X509_check_private_key(certificate.get(), own.get()) == 1;
  ERR_clear_error();
  if (!fits) return std::unexpected("holds a key that is not the client certificate's");
  return {};
}

}  // namespace sluice::kubernetes
