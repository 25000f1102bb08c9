// The TLS handshakes of one worker: each ends in an Accepted, or is refused by an alert and counted.
#pragma once

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <unordered_map>

#include "userspace/l7/stream.h"
#include "userspace/l7/tls_keys.h"
#include "userspace/l7/tls_stream.h"
#include "userspace/transport/counter.h"

namespace sluice::l7 {

/// From the whole hello to the client's Finished.
inline constexpr std::chrono::seconds kHandshakeTimeout{10};

// X(enumerator, name): how a handshake ended.
#define SLUICE_TLS_RESULTS(X) \
  X(Full, "full")             \
  X(Resumed, "resumed")       \
  X(Refused, "refused")       \
  X(Timeout, "timeout")       \
  X(ClientGone, "client_gone")

enum class TlsResult : std::uint8_t {
#define X(enumerator, name) k##enumerator,
  SLUICE_TLS_RESULTS(X)
#undef X
};
inline constexpr std::size_t kTlsResults = 0
#define X(enumerator, name) +1
    SLUICE_TLS_RESULTS(X)
#undef X
    ;
std::string_view name(TlsResult result);

struct TlsCounters {
  std::array<transport::Counter, kTlsResults> handshakes;
};

class TlsAcceptSink {
 public:
  virtual void on_accepted(Accepted accepted) = 0;

 protected:
  ~TlsAcceptSink() = default;
};

class TlsAcceptor final : private TlsHandshakeSink {
 public:
  TlsAcceptor(transport::Loop& loop, TlsAcceptSink& sink, std::chrono::milliseconds timeout = kHandshakeTimeout)
      : sink_(sink), timeout_(timeout), streams_(loop) {}
  ~TlsAcceptor() { stop(); }
  TlsAcceptor(const TlsAcceptor&) = delete;
  TlsAcceptor& operator=(const TlsAcceptor&) = delete;

  /// lower: without handler, paused. hello: all bytes read from it. keys: not empty.
  void accept(transport::StreamPtr lower, std::string hello, std::string server_name, const TlsKeys& keys);

  /// Resets the handshakes under way.
  void stop();

  [[nodiscard]] std::size_t handshakes() const { return handshakes_.size(); }
  [[nodiscard]] const TlsCounters& counters() const { return counters_; }

 private:
  struct Handshake {
    transport::StreamPtr stream;
    std::string server_name;
  };

  void on_handshake(TlsStream& stream) override;
  void on_handshake_failed(TlsStream& stream, int error) override;
  void count(TlsResult result) { counters_.handshakes[static_cast<std::size_t>(result)].add(); }

  TlsAcceptSink& sink_;
  std::chrono::milliseconds timeout_;
  TlsCounters counters_;
  TlsStreams streams_;
  std::unordered_map<TlsStream*, Handshake> handshakes_;
};

}  // namespace sluice::l7
