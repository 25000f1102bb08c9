// One passthrough connection: connects to the chosen backend, replays the hello, then lets the kernel move the bytes.
//
//   kConnecting -> kReplaying -> kMoving -> ended: both FINs passed on, or a RST passed on, or idle for too long
#pragma once

#include <chrono>
#include <string>

#include "userspace/passthrough/sni_table.h"
#include "userspace/passthrough/splice.h"
#include "userspace/transport/loop.h"

namespace sluice::passthrough {

struct RelayTimeouts {
  std::chrono::milliseconds connect{5000};                     ///< an endpoint
  std::chrono::milliseconds idle{std::chrono::seconds{7440}};  ///< RFC 5382 REQ-5, as for flows in the kernel
};

class Relay;

class RelayOwner {
 public:
  /// The last call; the owner destroys the relay. moved: bytes to the backend, to the client (the hello counts).
  virtual void on_relay_end(Relay& relay, Reason reason, std::uint64_t to_backend, std::uint64_t to_client) = 0;

 protected:
  ~RelayOwner() = default;
};

class Relay {
 public:
  /// Takes client. hello: all bytes read from it. backend: has ready endpoints. Works from the next turn on.
  Relay(transport::Loop& loop, PipePool& pipes, RelayOwner& owner, int client, std::string hello,
        std::shared_ptr<const Backend> backend, RelayTimeouts timeouts = {});
  ~Relay();  ///< open ends are reset
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

 private:
  enum class State : std::uint8_t { kConnecting, kReplaying, kMoving, kEnded };

  class Side final : public transport::WatchHandler {
   public:
    explicit Side(Relay& relay) : relay_(relay) {}
    void on_ready(std::uint32_t events) override { relay_.on_ready(*this, events); }
    SpliceEnd end;
    transport::HandlePtr watch;

   private:
    Relay& relay_;
  };

  static constexpr std::size_t kMostAttempts = 3;

  void on_ready(Side& side, std::uint32_t events);
  void on_timeout();
  void on_reset(Side& side);
  void proceed();
  void connect();
  void connect_failed(Reason reason);
  void replay();
  void move();
  void end(Reason reason, bool reset);

  transport::Loop& loop_;
  RelayOwner& owner_;
  State state_ = State::kConnecting;
  std::string hello_;
  std::size_t replayed_ = 0;
  std::shared_ptr<const Backend> backend_;
  std::size_t next_;          ///< endpoint to try next, modulo their number
  std::size_t attempts_ = 0;  ///< tried so far
  RelayTimeouts timeouts_;
  Side client_{*this};
  Side server_{*this};
  Splice up_;
  Splice down_;
  transport::Timer timer_ = transport::Timer::bind<&Relay::on_timeout>(this);  ///< connect, then idle
  transport::Timer again_ = transport::Timer::bind<&Relay::proceed>(this);     ///< after yielding
};

}  // namespace sluice::passthrough
