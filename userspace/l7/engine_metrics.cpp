#include "userspace/l7/engine_metrics.h"

#include <functional>
#include <map>
#include <string_view>
#include <utility>

namespace sluice::l7 {
namespace {

using transport::Counter;

void family(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
  out.append("# HELP ").append(name).append(" ").append(help).append("\n");
  out.append("# TYPE ").append(name).append(" ").append(type).append("\n");
}

void sample(std::string& out, std::string_view series, std::string_view label, std::string_view value,
            std::uint64_t number) {
  out.append(series);
  if (!label.empty()) out.append("{").append(label).append("=\"").append(value).append("\"}");
  out.append(" ").append(std::to_string(number)).append("\n");
}

class Doors {
 public:
  Doors(const std::vector<const Door*>& doors, std::string& out) : doors_(doors), out_(out) {}

  [[nodiscard]] std::uint64_t sum(const std::function<const Counter&(const Door&)>& counter) const {
    std::uint64_t total = 0;
    for (const Door* door : doors_) total += counter(*door).value();
    return total;
  }

  void connections() {
    family(out_, "sluice_engine_accepted_total", "counter", "Connections that the engine's sockets accepted.");
    sample(out_, "sluice_engine_accepted_total", "", "",
           sum([](const Door& d) -> auto& { return d.counters().accepted; }));
    family(out_, "sluice_engine_refused_total", "counter", "Connections reset at the door, by reason.");
    for (std::size_t i = 0; i < kDoorReasons; ++i)
      sample(out_, "sluice_engine_refused_total", "reason", name(static_cast<DoorReason>(i)),
             sum([i](const Door& d) -> auto& { return d.counters().refused[i]; }));
  }

  void tls() {
    family(out_, "sluice_tls_handshakes_total", "counter", "TLS handshakes that ended, by result.");
    for (std::size_t i = 0; i < kTlsResults; ++i)
      sample(out_, "sluice_tls_handshakes_total", "result", name(static_cast<TlsResult>(i)),
             sum([i](const Door& d) -> auto& { return d.tls().handshakes[i]; }));
  }

  void passthrough() {
    family(out_, "sluice_passthrough_connections_total", "counter",
           "TLS passthrough connections that ended or were refused, by reason.");
    for (std::size_t i = 0; i < passthrough::kReasons; ++i)
      sample(out_, "sluice_passthrough_connections_total", "reason", name(static_cast<passthrough::Reason>(i)),
             sum([i](const Door& d) -> auto& { return d.passthrough().connections[i]; }));
    family(out_, "sluice_passthrough_connections_active", "gauge", "TLS passthrough connections open now.");
    sample(out_, "sluice_passthrough_connections_active", "", "",
           sum([](const Door& d) -> auto& { return d.passthrough().active; }));
    family(out_, "sluice_passthrough_bytes_total", "counter", "Bytes of TLS passthrough connections that ended.");
    sample(out_, "sluice_passthrough_bytes_total", "direction", "to_backend",
           sum([](const Door& d) -> auto& { return d.passthrough().to_backend; }));
    sample(out_, "sluice_passthrough_bytes_total", "direction", "to_client",
           sum([](const Door& d) -> auto& { return d.passthrough().to_client; }));
  }

 private:
  const std::vector<const Door*>& doors_;
  std::string& out_;
};

void certificates(const Listeners& listeners, std::string& out) {
  std::map<std::string, std::int64_t> earliest;
  for (const auto& [place, port] : listeners.ports()) {
    for (const auto& [hostname, listener] : port->tls.all()) {
      if (listener->keys == nullptr) continue;
      for (const auto& certificate : listener->keys->certificates()) {
        const auto [held, fresh] = earliest.try_emplace(certificate->secret, certificate->not_after);
        if (!fresh) held->second = std::min(held->second, certificate->not_after);
      }
    }
  }
  family(out, "sluice_certificate_expiry_timestamp_seconds", "gauge", "When the certificate of a Secret ends.");
  for (const auto& [secret, not_after] : earliest)
    sample(out, "sluice_certificate_expiry_timestamp_seconds", "secret", secret, static_cast<std::uint64_t>(not_after));
}

}  // namespace

void append_door_metrics(const std::vector<const Door*>& doors, const Listeners* listeners, std::string& out) {
  Doors all(doors, out);
  all.connections();
  all.tls();
  all.passthrough();
  if (listeners != nullptr) certificates(*listeners, out);
}

}  // namespace sluice::l7
