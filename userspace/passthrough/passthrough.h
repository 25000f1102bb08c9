// The passthrough connections of one worker: owns their relays and counts how they end. The loop's thread must block
// SIGPIPE: splice knows no MSG_NOSIGNAL.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <unordered_map>

#include "userspace/passthrough/relay.h"
#include "userspace/transport/counter.h"

namespace sluice::passthrough {

struct Counters {
  std::array<transport::Counter, kReasons> connections;  ///< by why they ended
  transport::Counter active;
  transport::Counter to_backend;  ///< bytes, of connections that have ended
  transport::Counter to_client;
};

class Passthrough final : public RelayOwner {
 public:
  explicit Passthrough(transport::Loop& loop, RelayTimeouts timeouts = {}) : loop_(loop), timeouts_(timeouts) {}
  Passthrough(const Passthrough&) = delete;
  Passthrough& operator=(const Passthrough&) = delete;

  /// Takes client. hello: all bytes read from it.
  void relay(int client, std::string hello, const SniTable::Choice& choice);

  /// Takes client and resets it.
  void refuse(int client, Reason reason);

  void stop();  ///< resets all
  [[nodiscard]] std::size_t connections() const { return relays_.size(); }
  [[nodiscard]] const Counters& counters() const { return counters_; }

  void on_relay_end(Relay& relay, Reason reason, std::uint64_t to_backend, std::uint64_t to_client) override;

 private:
  transport::Loop& loop_;
  RelayTimeouts timeouts_;
  Counters counters_;
  PipePool pipes_;
  std::unordered_map<Relay*, std::unique_ptr<Relay>> relays_;
};

}  // namespace sluice::passthrough
