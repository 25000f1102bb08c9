#include "tests/unit/userspace/l7/tls_client.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <signal.h>

#include <algorithm>
#include <array>

namespace sluice::l7::test {
namespace {

std::string take(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string out(data, static_cast<std::size_t>(size));
  BIO_free(bio);
  return out;
}

void add_names(X509* x509, const std::vector<std::string>& names) {
  std::string value;
  for (const auto& name : names) value += (value.empty() ? "DNS:" : ",DNS:") + name;
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, value.c_str());
  X509_add_ext(x509, extension, -1);
  X509_EXTENSION_free(extension);
}

}  // namespace

PemPair make_certificate(const std::vector<std::string>& names, const std::string& type) {
  EVP_PKEY* key = type == "RSA" ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
  X509* x509 = X509_new();
  X509_set_version(x509, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
  X509_gmtime_adj(X509_getm_notBefore(x509), 0);
  X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
  X509_NAME* subject = X509_get_subject_name(x509);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(names[0].c_str()), -1,
                             -1, 0);
  X509_set_issuer_name(x509, subject);
  add_names(x509, names);
  X509_set_pubkey(x509, key);
  X509_sign(x509, key, EVP_sha256());
  BIO* certificate = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(certificate, x509);
  BIO* private_key = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(private_key, key, nullptr, nullptr, 0, nullptr, nullptr);
  X509_free(x509);
  EVP_PKEY_free(key);
  return {.certificate = take(certificate), .key = take(private_key)};
}

TlsClient::TlsClient(const transport::Address& address, TlsClientOptions options)
    : client_(address), context_(SSL_CTX_new(TLS_client_method())) {
  ::signal(SIGPIPE, SIG_IGN);                     // OpenSSL writes to sockets as to files
  SSL_CTX_set_security_level(context_.get(), 0);  // TLS 1.1 is the server's to refuse
  ssl_.reset(SSL_new(context_.get()));
  if (!options.server_name.empty()) SSL_set_tlsext_host_name(ssl_.get(), options.server_name.c_str());
  if (!options.alpn.empty())
    SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(options.alpn.data()),
                        static_cast<unsigned int>(options.alpn.size()));
  if (options.version != 0) {
    SSL_set_min_proto_version(ssl_.get(), options.version);
    SSL_set_max_proto_version(ssl_.get(), options.version);
  }
  if (!options.signature_algorithms.empty()) SSL_set1_sigalgs_list(ssl_.get(), options.signature_algorithms.c_str());
  if (options.session != nullptr) SSL_set_session(ssl_.get(), options.session);
  SSL_set_fd(ssl_.get(), client_.fd());
  ERR_clear_error();
  connected_ = SSL_connect(ssl_.get()) == 1;
  if (connected_) return;
  const char* reason = ERR_reason_error_string(ERR_peek_error());
  error_ = reason == nullptr ? "" : reason;
}

std::string TlsClient::certificate_name() const {
  const X509_NAME* subject = X509_get_subject_name(SSL_get0_peer_certificate(ssl_.get()));
  std::array<char, 256> text{};
  X509_NAME_get_text_by_NID(const_cast<X509_NAME*>(subject), NID_commonName, text.data(), text.size());
  return text.data();
}

std::string TlsClient::certificate_type() const {
  const EVP_PKEY* key = X509_get0_pubkey(SSL_get0_peer_certificate(ssl_.get()));
  return EVP_PKEY_get0_type_name(key);
}

std::string TlsClient::alpn() const {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

std::unique_ptr<SSL_SESSION, FreeSsl> TlsClient::session() const {
  return std::unique_ptr<SSL_SESSION, FreeSsl>(SSL_get1_session(ssl_.get()));
}

void TlsClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const int sent =
        SSL_write(ssl_.get(), bytes.data(), static_cast<int>(std::min<std::size_t>(bytes.size(), 1 << 20)));
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string TlsClient::line() {
  std::string text;
  char byte = 0;
  while (!text.ends_with('\n') && SSL_read(ssl_.get(), &byte, 1) == 1) text += byte;
  return text;
}

std::string TlsClient::bytes(std::size_t count) {
  std::string text(count, '\0');
  std::size_t have = 0;
  std::size_t got = 0;
  while (have < count && SSL_read_ex(ssl_.get(), text.data() + have, count - have, &got) == 1) have += got;
  text.resize(have);
  return text;
}

std::string TlsClient::rest() {
  std::string text;
  std::array<char, 16384> block{};
  std::size_t got = 0;
  while (SSL_read_ex(ssl_.get(), block.data(), block.size(), &got) == 1) text.append(block.data(), got);
  return text;
}

}  // namespace sluice::l7::test
