#include "controller/publish/authority.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "controller/publish/x509.h"
#include "sluice/control.h"

namespace sluice::publish {
namespace {

constexpr const char* kName = "sluice control stream";

bool is_address(const std::string& text) {
  in6_addr space{};
  return inet_pton(AF_INET, text.c_str(), &space) == 1 || inet_pton(AF_INET6, text.c_str(), &space) == 1;
}

/// What a DNS subdomain may hold (RFC 1123): names come into extensions as text, where ',' would begin another one.
bool is_name(const std::string& text) {
  return !text.empty() && text.size() <= 253 && std::ranges::all_of(text, [](unsigned char c) {
    return (std::islower(c) != 0) || (std::isdigit(c) != 0) || c == '-' || c == '.';
  });
}

std::string alternative_names(std::span<const std::string> names) {
  std::string out;
  for (const auto& name : names) {
    if (!out.empty()) out += ',';
    out += (is_address(name) ? "IP:" : "DNS:") + name;
  }
  return out;
}

/// The only URI of a certificate that is a node's; empty: there is not exactly one.
std::string node_of(const X509* certificate) {
  const Owned<GENERAL_NAMES> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  if (names == nullptr || sk_GENERAL_NAME_num(names.get()) != 1) return "";
  const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), 0);
  if (name->type != GEN_URI) return "";
  const ASN1_IA5STRING* text = name->d.uniformResourceIdentifier;
  const std::string uri(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                        static_cast<std::size_t>(ASN1_STRING_length(text)));
  if (!uri.starts_with(control::kNodeUri)) return "";
  const std::string node = uri.substr(control::kNodeUri.size());
  return is_name(node) ? node : "";
}

}  // namespace

struct Authority::State {
  Owned<X509> certificate;
  Owned<EVP_PKEY> key;

  /// What a leaf for one purpose may do.
  [[nodiscard]] bool sign(X509* leaf, const char* purpose, const std::string& names) const {
    X509* issuer = certificate.get();
    return X509_set_issuer_name(leaf, X509_get_subject_name(issuer)) == 1 &&
           extend(leaf, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
           extend(leaf, issuer, NID_key_usage, "critical,digitalSignature") &&
           extend(leaf, issuer, NID_ext_key_usage, purpose) &&
           extend(leaf, issuer, NID_authority_key_identifier, "keyid") &&
           extend(leaf, issuer, NID_subject_alt_name, names) && X509_sign(leaf, key.get(), EVP_sha256()) != 0;
  }

  [[nodiscard]] std::string why_not(X509* leaf, std::chrono::system_clock::time_point now) const;
};

Authority::Authority(std::shared_ptr<const State> state) : state_(std::move(state)) {}

Authority Authority::make(Time now) {
  auto state = std::make_shared<State>();
  state->key = new_key();
  state->certificate = draft({kName, state->key.get(), now, kLife});
  X509* own = state->certificate.get();
  X509_set_issuer_name(own, X509_get_subject_name(own));
  extend(own, own, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  extend(own, own, NID_key_usage, "critical,keyCertSign");
  extend(own, own, NID_subject_key_identifier, "hash");
  X509_sign(own, state->key.get(), EVP_sha256());
  return Authority(std::move(state));
}

std::expected<Authority, std::string> Authority::read(const AuthorityPem& pem) {
  auto state = std::make_shared<State>();
  state->certificate = read_certificate(pem.certificate);
  if (state->certificate == nullptr) return std::unexpected("the authority's certificate is no certificate in PEM");
  state->key = read_key(pem.private_key);
  if (state->key == nullptr) return std::unexpected("the authority's key is no private key in PEM");
  if (!is_p256(state->key.get())) return std::unexpected("the authority's key is not of the curve P-256");
  if (X509_check_private_key(state->certificate.get(), state->key.get()) != 1) {
    return std::unexpected("the authority's key is not that of its certificate");
  }
  if (X509_check_ca(state->certificate.get()) != 1) {
    return std::unexpected("the authority's certificate is not that of an authority");
  }
  return Authority(std::move(state));
}

AuthorityPem Authority::pem() const {
  return {to_pem(state_->certificate.get()), to_pem(state_->key.get())};
}

Authority::Time Authority::begins() const {
  return begin(state_->certificate.get());
}

Authority::Time Authority::expires() const {
  return expiry(state_->certificate.get());
}

std::expected<ServerIdentity, std::string> Authority::server(std::span<const std::string> names, Time now) const {
  for (const auto& name : names) {
    if (!is_address(name) && !is_name(name)) return std::unexpected("\"" + name + "\" is no DNS name or address");
  }
  const auto key = new_key();
  const auto leaf = draft({"", key.get(), now, kServerLife});
  // Without a subject the names are critical (RFC 5280, 4.2.1.6).
  if (!state_->sign(leaf.get(), "serverAuth", "critical," + alternative_names(names))) {
    return std::unexpected("a server's certificate needs names");
  }
  return ServerIdentity{to_pem(leaf.get()), to_pem(key.get()), expiry(leaf.get())};
}

std::expected<std::string, std::string> Authority::node(const std::string& csr_pem, const std::string& node, Time now,
                                                        std::chrono::seconds life) const {
  if (!is_name(node)) return std::unexpected("that is no name of a node");
  const auto request = read_request(csr_pem);
  if (request == nullptr) return std::unexpected("the certificate request is none in PEM");
  EVP_PKEY* key = X509_REQ_get0_pubkey(request.get());
  if (key == nullptr || !is_p256(key)) return std::unexpected("the requested key is not of the curve P-256");
  if (X509_REQ_verify(request.get(), key) != 1) {
    return std::unexpected("the certificate request is not signed by its own key");
  }
  const auto leaf = draft({"", key, now, life});
  const std::string uri = "critical,URI:" + std::string(control::kNodeUri) + node;
  if (!state_->sign(leaf.get(), "clientAuth", uri)) return std::unexpected("the certificate cannot be made");
  return to_pem(leaf.get());
}

std::string Authority::State::why_not(X509* leaf, std::chrono::system_clock::time_point now) const {
  const Owned<X509_STORE> store(X509_STORE_new());
  const Owned<X509_STORE_CTX> context(X509_STORE_CTX_new());
  if (X509_STORE_add_cert(store.get(), certificate.get()) != 1 ||
      X509_STORE_CTX_init(context.get(), store.get(), leaf, nullptr) != 1) {
    return "it cannot be checked";
  }
  X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_CLIENT);
  X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(context.get()), std::chrono::system_clock::to_time_t(now));
  if (X509_verify_cert(context.get()) == 1) return "";
  return X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
}

std::expected<Authority::NodeIdentity, std::string> Authority::identify(const std::string& certificate_pem,
                                                                        Time now) const {
  const auto leaf = read_certificate(certificate_pem);
  if (leaf == nullptr) return std::unexpected("it is no certificate in PEM");
  if (std::string why = state_->why_not(leaf.get(), now); !why.empty()) return std::unexpected(std::move(why));
  std::string node = node_of(leaf.get());
  if (node.empty()) return std::unexpected("it names no node");
  return NodeIdentity{std::move(node), expiry(leaf.get())};
}

}  // namespace sluice::publish
