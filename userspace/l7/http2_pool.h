// One worker's HTTP/2 connections to endpoints, each shared by the requests to that endpoint. Another one is made when
// those that there are take no more.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <vector>

#include "userspace/l7/upstream.h"
#include "userspace/transport/loop.h"

namespace sluice::l7 {

class Http2Request;
class Http2Upstream;
class UpstreamPool;
struct Endpoint;
struct UpstreamLimits;
struct WorkerCounters;

/// An endpoint's part.
struct Http2Endpoint {
  std::vector<Http2Upstream*> connections;
  std::deque<Http2Request*> waiting;  ///< for one to open, or to have room; the oldest first
  std::size_t most = 0;               ///< requests at once that the last one to open took; 0: not known
};

class Http2Pool {
 public:
  explicit Http2Pool(UpstreamPool& pool);
  ~Http2Pool();
  Http2Pool(const Http2Pool&) = delete;
  Http2Pool& operator=(const Http2Pool&) = delete;

  Upstream& lend(Endpoint& endpoint, UpstreamUser& user);

  /// Ends the endpoint's connections that nobody wants any more.
  void leave(Endpoint& endpoint);

  /// Ends connections that have been idle since then. true: others are.
  bool sweep(std::chrono::steady_clock::time_point limit);

  /// At the turn's end: what is retired may be used again.
  void recycle();

  // For its connections and requests.
  [[nodiscard]] transport::Loop& loop();
  [[nodiscard]] const UpstreamLimits& limits();
  [[nodiscard]] WorkerCounters& counters();
  void connected(Http2Upstream& connection);
  void opening_failed(Http2Upstream& connection);
  void serve_waiting(Http2Upstream& connection);
  void fail_waiting(Endpoint& endpoint, UpstreamFailure failure);
  void stop_waiting(Http2Request& request);
  void watch_idle();
  void retire(Http2Upstream& connection, Endpoint& endpoint);
  void retire(Http2Request& request);

  /// No requests go there any more, and none waits to.
  [[nodiscard]] bool is_unwanted(const Endpoint& endpoint) const;

 private:
  [[nodiscard]] static Http2Upstream* with_room(const Endpoint& endpoint);
  void connect_for_waiting(Endpoint& endpoint);

  UpstreamPool& pool_;
  std::deque<Http2Request*> failing_;  ///< what fail_waiting is at
  std::vector<std::unique_ptr<Http2Upstream>> connections_;
  std::vector<Http2Upstream*> free_connections_;
  std::vector<Http2Upstream*> retired_connections_;
  std::vector<std::unique_ptr<Http2Request>> requests_;
  std::vector<Http2Request*> free_requests_;
  std::vector<Http2Request*> retired_requests_;
};

}  // namespace sluice::l7
