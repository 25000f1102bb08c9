// How many calls of Enroll are heard before anybody is known: so many at one time, so many of one address, and so many
// tokens shown to the API server for one address. Who floods it keeps out those alone who share his address.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>

namespace sluice::publish {

/// The address of gRPC's name of a peer: "ipv4:192.0.2.1:4711" -> "192.0.2.1", "ipv6:%5B::1%5D:4711" -> "::1"; what is
/// neither, as it is.
std::string address_of_peer(const std::string& peer);

/// One thread.
class EnrolmentGate {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::size_t kOfOneAddress = 8;
  static constexpr int kAtOnce = 10;

  /// Tokens of one address: kAtOnce, then one each pause.
  explicit EnrolmentGate(std::chrono::milliseconds pause) : pause_(pause) {}

  /// A call begins; false: the address has enough of them. leave() when it ends.
  bool enter(const std::string& address);
  void leave(const std::string& address);

  /// A token of the address may be shown to the API server now.
  bool may_ask(const std::string& address, Clock::time_point now);

 private:
  const std::chrono::milliseconds pause_;
  std::map<std::string, std::size_t> calls_;
  std::map<std::string, Clock::time_point> asked_;  ///< when the last of its tokens is paid for; past ones are dropped
};

}  // namespace sluice::publish
