// Names of externalName Services, resolved and kept fresh: A and AAAA, TTL clamped to 5-300 s; on failure the last
// answer stays; a name that never resolved has no addresses.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace sluice::agent {

/// An answer: canonical IP texts, sorted; `error` is set where the last look-up failed (addresses: the last good ones).
struct Resolution {
  std::vector<std::string> addresses;
  std::string error;
  bool operator==(const Resolution&) const = default;
};

/// Works on a thread of its own (c-ares with the system's configuration, which is read again when /etc/resolv.conf has
/// changed: at boot a node may start before DHCP has written it).
class Resolver {
 public:
  /// changed: called on the resolver's thread when a name's Resolution differs from the last one reported.
  using Changed = std::function<void(const std::string& name, const Resolution&)>;
  explicit Resolver(Changed changed);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// The names to keep resolved from now on; others are forgotten. Any thread.
  void watch(const std::set<std::string>& names);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sluice::agent
