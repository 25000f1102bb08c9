#include "userspace/l7/tls_context.h"

#include <openssl/err.h>
#include <openssl/sha.h>

#include <array>
#include <string_view>
#include <utility>

namespace sluice::l7 {
namespace {

struct Alpn {
  std::string_view name;
  Protocol protocol;
};
// In the order of our preference.
constexpr std::array kProtocols{Alpn{"h2", Protocol::kHttp2}, Alpn{"http/1.1", Protocol::kHttp1}};

int select_alpn(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                unsigned int size, void*) {
  const std::string_view all(reinterpret_cast<const char*>(offered), size);
  for (const Alpn& ours : kProtocols) {
    for (std::size_t at = 0; at < all.size();) {
      const std::size_t length = static_cast<unsigned char>(all[at]);
      if (all.substr(at + 1, length) == ours.name) {
        *out = offered + at + 1;
        *out_size = static_cast<unsigned char>(length);
        return SSL_TLSEXT_ERR_OK;
      }
      at += 1 + length;
    }
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

// The listener was chosen by the name before OpenSSL saw the hello; this only acknowledges it (RFC 6066 3).
int accept_name(SSL*, int*, void*) {
  return SSL_TLSEXT_ERR_OK;
}

bool use(SSL_CTX* context, const Certificate& certificate) {
  STACK_OF(X509)* chain = sk_X509_new_null();
  for (const auto& x509 : certificate.chain) sk_X509_push(chain, x509.get());
  const int used = SSL_CTX_use_cert_and_key(context, certificate.leaf.get(), certificate.key.get(), chain, 0);
  sk_X509_free(chain);
  return used == 1;
}

// Tickets are good only for the certificates that they were given under (RFC 8446 4.6.1).
void set_session_context(SSL_CTX* context, std::span<const std::shared_ptr<const Certificate>> certificates) {
  std::string names;
  for (const auto& certificate : certificates) names += certificate->name + "\n";
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(names.data()), names.size(), digest.data());
  SSL_CTX_set_session_id_context(context, digest.data(), static_cast<unsigned int>(digest.size()));
}

}  // namespace

std::expected<ContextPtr, std::string> make_tls_context(
    std::span<const std::shared_ptr<const Certificate>> certificates, TicketKeys& tickets) {
  ERR_clear_error();
  ContextPtr context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (context == nullptr) return std::unexpected(take_openssl_error());
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                         SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);  // tickets only: nothing is shared or locked
  // TLS 1.2: forward secrecy and AEAD alone.
  SSL_CTX_set_cipher_list(context.get(), "ECDHE+AESGCM:ECDHE+CHACHA20");
  SSL_CTX_set_alpn_select_cb(context.get(), select_alpn, nullptr);
  SSL_CTX_set_tlsext_servername_callback(context.get(), accept_name);
  tickets.install(context.get());
  set_session_context(context.get(), certificates);
  for (const auto& certificate : certificates) {
    if (!use(context.get(), *certificate)) return std::unexpected(certificate->secret + ": " + take_openssl_error());
  }
  return context;
}

Protocol negotiated_protocol(const SSL* ssl) {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(ssl, &name, &size);
  const std::string_view chosen(reinterpret_cast<const char*>(name), size);
  for (const Alpn& ours : kProtocols) {
    if (chosen == ours.name) return ours.protocol;
  }
  return Protocol::kHttp1;
}

}  // namespace sluice::l7
