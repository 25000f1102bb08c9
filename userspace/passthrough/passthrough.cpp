#include "userspace/passthrough/passthrough.h"

#include <unistd.h>

#include "userspace/transport/socket.h"

namespace sluice::passthrough {

void Passthrough::relay(int client, std::string hello, const SniTable::Choice& choice) {
  if (choice.refusal != Reason::kForwarded) return refuse(client, choice.refusal);
  auto relay = std::make_unique<Relay>(loop_, pipes_, *this, client, std::move(hello), choice.backend, timeouts_);
  Relay* key = relay.get();
  relays_.emplace(key, std::move(relay));
  counters_.active.add();
}

void Passthrough::refuse(int client, Reason reason) {
  counters_.connections[static_cast<std::size_t>(reason)].add();
  transport::reset_connection(client);
  ::close(client);
}

void Passthrough::stop() {
  counters_.active.subtract(relays_.size());
  counters_.connections[static_cast<std::size_t>(Reason::kForwarded)].add(relays_.size());
  relays_.clear();
}

void Passthrough::on_relay_end(Relay& relay, Reason reason, std::uint64_t to_backend, std::uint64_t to_client) {
  counters_.connections[static_cast<std::size_t>(reason)].add();
  counters_.active.subtract();
  counters_.to_backend.add(to_backend);
  counters_.to_client.add(to_client);
  relays_.erase(&relay);
}

}  // namespace sluice::passthrough
