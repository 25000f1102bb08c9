// A blocking TLS client, and certificates made on the spot.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/unit/userspace/l7/engine_harness.h"

namespace sluice::l7::test {

struct PemPair {
  std::string certificate;
  std::string key;
};

/// Self-signed, for these DNS names; the first is the common name, too. type: "EC" or "RSA".
PemPair make_certificate(const std::vector<std::string>& names, const std::string& type = "EC");

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL_SESSION* session) const { SSL_SESSION_free(session); }
};

struct TlsClientOptions {
  std::string server_name;
  std::string alpn;  ///< in wire format: length before each name
  int version = 0;   ///< TLS1_2_VERSION...; 0: any
  std::string signature_algorithms;
  SSL_SESSION* session = nullptr;
};

class TlsClient {
 public:
  TlsClient(const transport::Address& address, TlsClientOptions options);

  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] const std::string& error() const { return error_; }  ///< OpenSSL's reason
  [[nodiscard]] std::string certificate_name() const;                ///< the peer's common name
  [[nodiscard]] std::string certificate_type() const;                ///< "EC", "RSA"
  [[nodiscard]] std::string alpn() const;
  [[nodiscard]] int version() const { return SSL_version(ssl_.get()); }
  [[nodiscard]] bool resumed() const { return SSL_session_reused(ssl_.get()) == 1; }
  [[nodiscard]] std::unique_ptr<SSL_SESSION, FreeSsl> session() const;

  void send(std::string_view bytes);
  std::string line();
  std::string bytes(std::size_t count);
  /// What is left until close_notify; closed() tells whether there was one.
  std::string rest();
  [[nodiscard]] bool closed() const { return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }
  void close_notify() { SSL_shutdown(ssl_.get()); }
  Client& socket() { return client_; }

 private:
  Client client_;
  std::unique_ptr<SSL_CTX, FreeSsl> context_;
  std::unique_ptr<SSL, FreeSsl> ssl_;
  bool connected_ = false;
  std::string error_;
};

}  // namespace sluice::l7::test
