// TLS towards the API server: who may be there, and who we are.
#pragma once

#include <openssl/types.h>

#include <boost/asio/ssl/context.hpp>
#include <expected>
#include <string>

#include "controller/source/kubernetes/cluster.h"

namespace sluice::kubernetes {

/// Made anew for every connection from what the files hold then, so that a rotated CA or client certificate needs no
/// restart. TLS 1.2 at least. Any certificate of the CA's text is trusted, an intermediate one too, as Go has it.
std::expected<boost::asio::ssl::context, std::string> make_tls_context(const Cluster& cluster);

/// Sets up one session: server name (RFC 6066, 3; none for an address), the name or address that the certificate must
/// hold, ALPN http/1.1. False: OpenSSL does not take the name.
bool prepare_session(SSL& session, const Cluster& cluster);

/// Why the peer's certificate was not taken; empty: it was.
std::string refused_because(const SSL& session);

}  // namespace sluice::kubernetes
