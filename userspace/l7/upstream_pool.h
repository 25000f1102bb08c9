// One worker's connections to endpoints: lent to an exchange, kept while idle, ended with their endpoint.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "userspace/l7/http2_pool.h"
#include "userspace/l7/metrics.h"
#include "userspace/l7/tables.h"
#include "userspace/l7/upstream_connection.h"
#include "userspace/transport/loop.h"

namespace sluice::l7 {

struct UpstreamLimits {
  std::chrono::milliseconds connect_timeout{5000};

  /// Shorter than what servers commonly keep open, so that we are the first to close (nginx: 75 s).
  std::chrono::milliseconds idle_timeout{60'000};
  std::size_t idle_per_endpoint = 512;

  /// An endpoint that refused a connection is passed over that long, as long as the backend has others.
  std::chrono::milliseconds avoid{1000};
  HeadLimits response{.head_bytes = 64UL * 1024, .target_bytes = 8192, .fields = 200};
};

/// Which idle connections may carry a request: one that cannot be sent again takes none whose end is known already.
enum class Reuse : std::uint8_t { kNone, kQuiet, kAny };

/// An address that connections go to; shared by all backends that have it.
struct Endpoint {
  SocketAddress key;
  transport::Address address;
  std::string text;                       ///< "192.0.2.1:80", for logs
  std::vector<UpstreamConnection*> idle;  ///< the last one given back is lent first, while it is warm
  std::uint32_t backends = 0;             ///< that name it now; 0: it is going
  std::uint32_t connections = 0;
  Http2Endpoint http2;
  std::chrono::steady_clock::time_point avoid_until{};
};

class UpstreamPool {
 public:
  UpstreamPool(transport::Loop& loop, const UpstreamLimits& limits, WorkerCounters& counters);
  ~UpstreamPool();
  UpstreamPool(const UpstreamPool&) = delete;
  UpstreamPool& operator=(const UpstreamPool&) = delete;

  /// Idle connections to endpoints that are in no backend any more end now, lent ones as they are given back.
  void set_tables(const Tables& tables);

  /// The backend's next endpoint in turn that is not among `tried`; nullptr: none is left.
  Endpoint* choose(const BackendSlot& slot, std::span<Endpoint* const> tried);

  /// What is ready at once (an idle connection, a stream of one that is open), or will be with on_upstream_ready.
  /// reuse: of HTTP/1.1 alone.
  Upstream& lend(Endpoint& endpoint, UpstreamUser& user, UpstreamProtocol protocol, Reuse reuse);

  /// Ends it, whatever it is doing; no callback follows.
  void drop(UpstreamConnection& connection);

  /// Ends the idle ones; those given back from now on end, too.
  void drain();

 private:
  friend class UpstreamConnection;
  friend class Http2Pool;
  struct BackendState {
    std::shared_ptr<const Backend> of;
    std::vector<Endpoint*> endpoints;
    std::size_t turn = 0;
  };

  Endpoint& endpoint(const SocketAddress& key);
  UpstreamConnection& lend_connection(Endpoint& endpoint, UpstreamUser& user, Reuse reuse);
  UpstreamConnection* take_idle(Endpoint& endpoint, Reuse reuse);
  void leave(Endpoint& endpoint);
  void forget(Endpoint& endpoint);
  void connected(Endpoint& endpoint, std::chrono::steady_clock::time_point since);
  void connect_failed(Endpoint& endpoint);
  void give_back(UpstreamConnection& connection);
  UpstreamConnection& take();
  void watch_idle();
  void sweep();
  void recycle_soon();
  void recycle();

  transport::Loop& loop_;
  const UpstreamLimits& limits_;
  WorkerCounters& counters_;
  std::map<SocketAddress, std::unique_ptr<Endpoint>> endpoints_;
  std::vector<BackendState> backends_;  ///< by slot
  std::vector<std::unique_ptr<UpstreamConnection>> all_;
  std::vector<UpstreamConnection*> free_;
  std::vector<UpstreamConnection*> retired_;  ///< free at the turn's end: their callbacks may still be running
  Http2Pool http2_;
  bool draining_ = false;
  transport::Timer sweep_timer_ = transport::Timer::bind<&UpstreamPool::sweep>(this);
  transport::Timer recycle_timer_ = transport::Timer::bind<&UpstreamPool::recycle>(this);
};

}  // namespace sluice::l7
