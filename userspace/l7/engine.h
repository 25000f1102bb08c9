// The L7 engine of a node: workers, one a core, that share nothing; each with its own loop, listening sockets, upstream
// pools and pointer to the tables. Serves HTTP, terminated TLS and TLS passthrough on one set of sockets.
//
//   accept -> listeners (local address and port) -> HttpService                    HTTP
//                                                -> hello -> SNI -> relay          TLS passthrough
//                                                                -> TLS -> HttpService   HTTPS
#pragma once

#include <chrono>
#include <expected>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "userspace/l7/stream.h"
#include "userspace/l7/tables.h"
#include "userspace/model/store.h"
#include "userspace/transport/address.h"
#include "userspace/transport/loop.h"

namespace sluice::l7 {

class RuleRegistry;

/// Called once a worker, on its thread. worker: 0 .. workers-1.
using MakeHttpService = std::function<std::unique_ptr<HttpService>(transport::Loop& loop, std::size_t worker)>;

struct EngineOptions {
  unsigned workers = 1;
  std::string io = "auto";  ///< auto, io_uring, epoll
  std::string node;         ///< this one's name, by which endpoints are its own; "": none are

  /// Empty: a socket a worker and family on a loopback port of the kernel's choice, for sk_lookup to steer to.
  /// Else these addresses are listened on themselves (tests, hosts without BPF). All with SO_REUSEPORT.
  std::vector<transport::Address> bind;

  std::shared_ptr<RuleRegistry> rules;  ///< counters of the rules; nullptr: none
  MakeHttpService http;                 ///< nullptr: HTTP and HTTPS connections are reset
};

/// One thread owns it (the agent's); workers are its own.
class Engine {
 public:
  /// Listens and starts the workers; serves nothing before the first apply (connections are reset, no_listener).
  static std::expected<std::unique_ptr<Engine>, std::string> start(EngineOptions options);
  ~Engine();  ///< ends all connections
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// The listening sockets of a family (AF_INET, AF_INET6), one a worker, for the sockmap. Borrowed.
  [[nodiscard]] std::vector<int> listening_sockets(int family) const;

  /// The address that `bind` or the kernel gave the sockets of a family; the first, for tests.
  [[nodiscard]] transport::Address listening_address(int family) const;

  /// "io_uring", or "epoll (io_uring: Operation not permitted)".
  [[nodiscard]] const std::string& io() const;

  /// Makes what changed in the store take effect on every worker; all of it on the first call, whatever `changed` says.
  /// Returns when the last worker has it. Resources that cannot be carried out: name -> why (they fail closed).
  std::map<std::string, std::string> apply(const model::Store& store, const std::set<std::string>& changed);

  [[nodiscard]] std::shared_ptr<const Tables> tables() const;  ///< in force, for explain

  /// Stops accepting; connections end as they become idle. `done`: on a worker's thread, once, when none is left or
  /// after `timeout`, when the rest is reset.
  void drain(std::chrono::milliseconds timeout, std::function<void()> done);

  /// Prometheus text of door, TLS and passthrough; HTTP's own is append_metrics'.
  [[nodiscard]] std::string metrics() const;

 private:
  struct State;
  explicit Engine(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sluice::l7
