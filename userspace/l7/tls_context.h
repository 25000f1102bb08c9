// The OpenSSL context of one set of certificates: versions, ALPN, tickets, modes. Made once a set, shared by workers.
#pragma once

#include <openssl/ssl.h>

#include <expected>
#include <memory>
#include <span>
#include <string>

#include "userspace/l7/stream.h"
#include "userspace/l7/tls_certificate.h"
#include "userspace/l7/tls_tickets.h"

namespace sluice::l7 {

using ContextPtr = std::shared_ptr<SSL_CTX>;

/// certificates: one a key type. Error: what OpenSSL refuses (a key that is too weak).
std::expected<ContextPtr, std::string> make_tls_context(
    std::span<const std::shared_ptr<const Certificate>> certificates, TicketKeys& tickets);

/// What ALPN chose; without ALPN HTTP/1.1 (RFC 9112). A client that offers nothing of ours gets an alert (RFC
/// 7301 3.2).
Protocol negotiated_protocol(const SSL* ssl);

}  // namespace sluice::l7
