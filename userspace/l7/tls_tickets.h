// The keys of session tickets (RFC 5077, RFC 8446 4.6.1), shared by the workers: a ticket that one worker gave is good
// at every other. They live in memory alone and change by the hour, so that an old recording cannot be read with them.
#pragma once

#include <openssl/ssl.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

namespace sluice::l7 {

/// Any thread.
class TicketKeys {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::hours kRotation{1};
  static constexpr std::chrono::hours kTicketLifetime{2};

  struct Key {
    std::array<std::uint8_t, 16> name;
    std::array<std::uint8_t, 32> cipher;  ///< AES-256-CBC
    std::array<std::uint8_t, 32> mac;     ///< HMAC-SHA-256
    Clock::time_point made;
  };

  /// The key for new tickets; a new one when the last is an hour old. nullopt: no randomness.
  std::optional<Key> current(Clock::time_point now = Clock::now());

  /// The key of that name while tickets of it may be alive. renew: it is no longer the current one.
  struct Found {
    Key key;
    bool renew;
  };
  std::optional<Found> find(const std::uint8_t name[16], Clock::time_point now = Clock::now());

  /// Makes the context's tickets ours. These keys must outlive its connections.
  void install(SSL_CTX* context);

 private:
  static bool alive(const Key& key, Clock::time_point now) { return now - key.made < kRotation + kTicketLifetime; }

  std::mutex mutex_;
  std::vector<Key> keys_;  ///< newest first
};

}  // namespace sluice::l7
