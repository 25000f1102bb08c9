// The door of one worker: takes accepted connections, finds whose they are, and hands them on. Nothing that is refused
// goes without a reset and a reason.
//
//   clear text -> HttpService      TLS -> hello -> server name -> passthrough, or handshake -> HttpService
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "userspace/l7/listeners.h"
#include "userspace/l7/stream.h"
#include "userspace/l7/tls_acceptor.h"
#include "userspace/passthrough/hello_reader.h"
#include "userspace/passthrough/passthrough.h"
#include "userspace/transport/counter.h"

namespace sluice::l7 {

// X(enumerator, name): the hello's and passthrough's own are passthrough::Reason.
#define SLUICE_DOOR_REASONS(X)       \
  X(NoListener, "no_listener")       \
  X(NoCertificate, "no_certificate") \
  X(NoHttpService, "no_http_service")

enum class DoorReason : std::uint8_t {
#define X(enumerator, name) k##enumerator,
  SLUICE_DOOR_REASONS(X)
#undef X
};
inline constexpr std::size_t kDoorReasons = 0
#define X(enumerator, name) +1
    SLUICE_DOOR_REASONS(X)
#undef X
    ;
std::string_view name(DoorReason reason);

struct DoorCounters {
  transport::Counter accepted;
  std::array<transport::Counter, kDoorReasons> refused;
};

class Door final : public transport::AcceptHandler, private passthrough::HelloSink, private TlsAcceptSink {
 public:
  /// http: borrowed; nullptr: what would go there is reset.
  Door(transport::Loop& loop, HttpService* http) : loop_(loop), http_(http), passthrough_(loop), tls_(loop, *this) {}
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;

  /// For connections from here on; one that is still sending its hello is new, too.
  void set_listeners(std::shared_ptr<const Listeners> listeners) { listeners_ = std::move(listeners); }

  void on_accept(int fd) override;

  /// Resets what is not with the HttpService.
  void stop();

  /// Hellos, handshakes, relays; not the HttpService's.
  [[nodiscard]] std::size_t connections() const {
    return hellos_.size() + tls_.handshakes() + passthrough_.connections();
  }

  [[nodiscard]] const DoorCounters& counters() const { return counters_; }
  [[nodiscard]] const passthrough::Counters& passthrough() const { return passthrough_.counters(); }
  [[nodiscard]] const TlsCounters& tls() const { return tls_.counters(); }

 private:
  void on_hello(passthrough::HelloReader& reader, const passthrough::Hello& hello) override;
  void on_no_hello(passthrough::HelloReader& reader, passthrough::Reason reason) override;
  void on_accepted(Accepted accepted) override { http_->serve(std::move(accepted)); }

  [[nodiscard]] const PortListeners* port_of(int fd) const;
  void refuse(int fd, DoorReason reason);
  void terminate(int fd, std::string hello, std::string server_name, const TlsListener& listener);

  transport::Loop& loop_;
  HttpService* http_;
  std::shared_ptr<const Listeners> listeners_;
  DoorCounters counters_;
  passthrough::Passthrough passthrough_;
  TlsAcceptor tls_;
  std::unordered_map<passthrough::HelloReader*, std::unique_ptr<passthrough::HelloReader>> hellos_;
};

}  // namespace sluice::l7
