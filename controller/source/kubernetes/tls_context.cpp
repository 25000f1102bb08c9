#include "controller/source/kubernetes/tls_context.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <boost/asio/buffer.hpp>

namespace sluice::kubernetes {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
using boost::system::error_code;

bool is_address(const std::string& text) {
  in6_addr space{};
  return inet_pton(AF_INET, text.c_str(), &space) == 1 || inet_pton(AF_INET6, text.c_str(), &space) == 1;
}

const std::string& name_of(const Cluster& cluster) {
  return cluster.tls_server_name.empty() ? cluster.server.host : cluster.tls_server_name;
}

std::expected<void, std::string> trust(ssl::context& context, const Cluster& cluster) {
  error_code error;
  if (cluster.insecure_skip_tls_verify) {
    context.set_verify_mode(ssl::verify_none, error);
    return {};
  }
  context.set_verify_mode(ssl::verify_peer, error);
  if (cluster.certificate_authority.empty()) {
    context.set_default_verify_paths(error);
    if (error) return std::unexpected("the system's certificate authorities: " + error.message());
    return {};
  }
  const auto text = read(cluster.certificate_authority);
  if (!text) return std::unexpected("certificate authority: " + text.error());
  context.add_certificate_authority(asio::buffer(*text), error);
  if (error) return std::unexpected("certificate authority: " + error.message());
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context.native_handle()), X509_V_FLAG_PARTIAL_CHAIN);
  return {};
}

std::expected<void, std::string> present(ssl::context& context, const Cluster& cluster) {
  if (cluster.client_certificate.empty()) return {};
  const auto chain = read(cluster.client_certificate);
  if (!chain) return std::unexpected("client certificate: " + chain.error());
  const auto key = read(cluster.client_key);
  if (!key) return std::unexpected("client key: " + key.error());
  // Of a key that has got a password meanwhile: nobody is asked for it.
  error_code error;
  context.set_password_callback([](std::size_t, ssl::context::password_purpose) { return std::string(); }, error);
  context.use_certificate_chain(asio::buffer(*chain), error);
  if (error) return std::unexpected("client certificate: " + error.message());
  context.use_private_key(asio::buffer(*key), ssl::context::pem, error);
  if (error) return std::unexpected("client key: " + error.message());
  return {};
}

}  // namespace

std::expected<ssl::context, std::string> make_tls_context(const Cluster& cluster) {
  ssl::context context(ssl::context::tls_client);
  if (!cluster.server.tls) return context;
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  if (auto trusted = trust(context, cluster); !trusted) return std::unexpected(std::move(trusted.error()));
  if (auto presented = present(context, cluster); !presented) return std::unexpected(std::move(presented.error()));
  return context;
}

bool prepare_session(SSL& session, const Cluster& cluster) {
  constexpr unsigned char kAlpn[] = "\x08http/1.1";
  SSL_set_alpn_protos(&session, kAlpn, sizeof kAlpn - 1);
  const std::string& name = name_of(cluster);
  const bool address = is_address(name);
  if (!address && SSL_set_tlsext_host_name(&session, name.c_str()) != 1) return false;
  if (cluster.insecure_skip_tls_verify) return true;
  X509_VERIFY_PARAM* wanted = SSL_get0_param(&session);
  if (address) return X509_VERIFY_PARAM_set1_ip_asc(wanted, name.c_str()) == 1;
  X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return X509_VERIFY_PARAM_set1_host(wanted, name.c_str(), name.size()) == 1;
}

std::string refused_because(const SSL& session) {
  const long result = SSL_get_verify_result(&session);
  return result == X509_V_OK ? "" : X509_verify_cert_error_string(result);
}

}  // namespace sluice::kubernetes
