#include "userspace/subscribe/identity.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <vector>

#include "sluice/control.h"

namespace sluice::subscribe {
namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(X509_REQ* request) const { X509_REQ_free(request); }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

/// What fails for want of memory alone.
void require(bool holds) {
  if (!holds) std::abort();
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

Owned<BIO> reader(const std::string& text) {
  return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

Owned<X509> read_certificate(BIO* bio) {
  return Owned<X509>(PEM_read_bio_X509(bio, nullptr, nullptr, nullptr));
}

std::vector<Owned<X509>> certificates_of(const std::string& text) {
  const auto in = reader(text);
  std::vector<Owned<X509>> out;
  while (auto one = read_certificate(in.get())) out.push_back(std::move(one));
  ERR_clear_error();
  return out;
}

Identity::Time time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return std::chrono::system_clock::from_time_t(timegm(&parts));
}

bool names(const X509* certificate, const std::string& uri) {
  const Owned<GENERAL_NAMES> all(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  if (all == nullptr || sk_GENERAL_NAME_num(all.get()) != 1) return false;
  const GENERAL_NAME* name = sk_GENERAL_NAME_value(all.get(), 0);
  if (name->type != GEN_URI) return false;
  const ASN1_IA5STRING* text = name->d.uniformResourceIdentifier;
  return uri == std::string_view(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                                 static_cast<std::size_t>(ASN1_STRING_length(text)));
}

}  // namespace

KeyRequest::KeyRequest(const std::string& node) {
  const Owned<EVP_PKEY> key(EVP_EC_gen("P-256"));
  require(key != nullptr);
  const Owned<BIO> key_out(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_PKCS8PrivateKey(key_out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  key_ = text_of(key_out.get());
  // The name is for people: the controller takes it from the token.
  const Owned<X509_REQ> request(X509_REQ_new());
  X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(node.substr(0, 64).c_str()), -1, -1, 0);
  require(X509_REQ_set_pubkey(request.get(), key.get()) == 1);
  require(X509_REQ_sign(request.get(), key.get(), EVP_sha256()) != 0);
  const Owned<BIO> out(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_X509_REQ(out.get(), request.get()) == 1);
  request_ = text_of(out.get());
}

std::expected<Identity, std::string> identity(const KeyRequest& request, const std::string& node,
                                              const std::string& certificate_pem, const std::string& authority_pem,
                                              Identity::Time now) {
  const auto certificate = read_certificate(reader(certificate_pem).get());
  const Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(reader(request.key_pem()).get(), nullptr, nullptr, nullptr));
  const bool is_own = certificate != nullptr && X509_check_private_key(certificate.get(), key.get()) == 1;
  ERR_clear_error();
  if (!is_own) return std::unexpected("the controller's answer is no certificate for the key of this node");
  if (!names(certificate.get(), std::string(control::kNodeUri) + node)) {
    return std::unexpected("the token is not of a pod on node " + node +
                           ", but the certificate that it got names another");
  }
  if (auto checked = check_certificates(authority_pem); !checked) {
    return std::unexpected("the controller's authority: " + checked.error());
  }
  return Identity{request.key_pem(), certificate_pem, authority_pem, now,
                  time_of(X509_get0_notAfter(certificate.get()))};
}

bool holds_certificates(const std::string& text, const std::string& wanted) {
  const auto held = certificates_of(text);
  return std::ranges::all_of(certificates_of(wanted), [&](const auto& one) {
    return std::ranges::any_of(held, [&](const auto& other) { return X509_cmp(one.get(), other.get()) == 0; });
  });
}

std::expected<void, std::string> check_certificates(const std::string& text) {
  const auto in = reader(text);
  std::size_t count = 0;
  while (read_certificate(in.get()) != nullptr) ++count;
  // How a text ends in which nothing more begins.
  const bool is_read_whole = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (count == 0) return std::unexpected("there is no certificate in PEM");
  if (!is_read_whole) return std::unexpected("a certificate cannot be read");
  return {};
}

}  // namespace sluice::subscribe
