#include "controller/publish/enrolment_gate.h"

#include <algorithm>

namespace sluice::publish {

std::string address_of_peer(const std::string& peer) {
  const auto scheme = peer.find(':');
  const auto port = peer.rfind(':');
  if ((!peer.starts_with("ipv4:") && !peer.starts_with("ipv6:")) || port == scheme) return peer;
  std::string host = peer.substr(scheme + 1, port - scheme - 1);
  if (host.starts_with("%5B") && host.ends_with("%5D")) return host.substr(3, host.size() - 6);
  if (host.starts_with("[") && host.ends_with("]")) return host.substr(1, host.size() - 2);
  return host;
}

bool EnrolmentGate::enter(const std::string& address) {
  auto& count = calls_[address];
  if (count >= kOfOneAddress) return false;
  ++count;
  return true;
}

void EnrolmentGate::leave(const std::string& address) {
  const auto found = calls_.find(address);
  if (found != calls_.end() && --found->second == 0) calls_.erase(found);
}

bool EnrolmentGate::may_ask(const std::string& address, Clock::time_point now) {
  std::erase_if(asked_, [&](const auto& entry) { return entry.second <= now; });
  const auto found = asked_.find(address);
  const auto paid = (found != asked_.end() ? found->second : now) + pause_;
  if (paid > now + kAtOnce * pause_) return false;
  asked_[address] = paid;
  return true;
}

}  // namespace sluice::publish
