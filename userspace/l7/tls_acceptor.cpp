#include "userspace/l7/tls_acceptor.h"

#include <cerrno>
#include <utility>

namespace sluice::l7 {

std::string_view name(TlsResult result) {
  switch (result) {
#define X(enumerator, label)     \
  case TlsResult::k##enumerator: \
    return label;
    SLUICE_TLS_RESULTS(X)
#undef X
  }
  return "";
}

void TlsAcceptor::accept(transport::StreamPtr lower, std::string hello, std::string server_name, const TlsKeys& keys) {
  SSL_CTX* context = keys.find(server_name);
  auto* stream = new TlsStream(streams_, std::move(lower), std::move(hello), context);
  handshakes_.emplace(stream, Handshake{.stream = transport::StreamPtr(stream), .server_name = std::move(server_name)});
  stream->start(*this, timeout_);
}

void TlsAcceptor::stop() {
  for (auto& [stream, handshake] : std::exchange(handshakes_, {})) stream->abort();
}

void TlsAcceptor::on_handshake(TlsStream& stream) {
  auto ended = handshakes_.extract(&stream);
  count(SSL_session_reused(stream.ssl()) == 1 ? TlsResult::kResumed : TlsResult::kFull);
  sink_.on_accepted({.stream = std::move(ended.mapped().stream),
                     .protocol = negotiated_protocol(stream.ssl()),
                     .tls = true,
                     .server_name = std::move(ended.mapped().server_name)});
}

void TlsAcceptor::on_handshake_failed(TlsStream& stream, int error) {
  const auto ended = handshakes_.extract(&stream);
  count(error == ETIMEDOUT ? TlsResult::kTimeout : error == EPROTO ? TlsResult::kRefused : TlsResult::kClientGone);
  if (error == ETIMEDOUT) stream.abort();
}

}  // namespace sluice::l7
