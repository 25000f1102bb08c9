// gRPC's C++ credentials hold one certificate for the life of a server. Its C interface asks for it at each connection,
// which is what an authority that is replaced and a certificate that is renewed need.
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpcpp/security/server_credentials.h>

#include "controller/publish/server_identity.h"

namespace sluice::publish {
namespace {

grpc_ssl_certificate_config_reload_status fetch(void* user, grpc_ssl_server_certificate_config** out) {
  const auto fresh = static_cast<ServerIdentities*>(user)->take_fresh();
  if (!fresh) return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
  const grpc_ssl_pem_key_cert_pair pair{fresh->own.private_key.c_str(), fresh->own.certificate.c_str()};
  *out = grpc_ssl_server_certificate_config_create(fresh->authorities.c_str(), &pair, 1);
  return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
}

class RenewedCredentials : public grpc::ServerCredentials {
 public:
  explicit RenewedCredentials(ServerIdentities& identities) {
    auto* options = grpc_ssl_server_credentials_create_options_using_config_fetcher(
        GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY, fetch, &identities);
    credentials_ = grpc_ssl_server_credentials_create_with_options(options);
  }
  ~RenewedCredentials() override { grpc_server_credentials_release(credentials_); }
  RenewedCredentials(const RenewedCredentials&) = delete;
  RenewedCredentials& operator=(const RenewedCredentials&) = delete;

  void SetAuthMetadataProcessor(const std::shared_ptr<grpc::AuthMetadataProcessor>& /*processor*/) override {}

 private:
  int AddPortToServer(const std::string& address, grpc_server* server) override {
    return grpc_server_add_http2_port(server, address.c_str(), credentials_);
  }

  grpc_server_credentials* credentials_;
};

}  // namespace

std::shared_ptr<grpc::ServerCredentials> credentials(ServerIdentities& identities) {
  return std::make_shared<RenewedCredentials>(identities);
}

}  // namespace sluice::publish
