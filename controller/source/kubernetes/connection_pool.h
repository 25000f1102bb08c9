// Kept connections to one API server, for requests that are answered and done.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <deque>

#include "controller/source/kubernetes/connection.h"

namespace sluice::kubernetes {

struct PoolLimits {
  std::size_t connections = 4;    ///< open at one time; more requests than that wait for their turn
  std::chrono::seconds idle{60};  ///< a kept one is closed after so long; the server's own time is 90 s or more
  std::size_t response_bytes = 256U << 20;
};

/// Belongs to the thread of its executor; outlives what it is asked for.
class ConnectionPool {
 public:
  ConnectionPool(boost::asio::any_io_executor executor, std::shared_ptr<const Cluster> cluster, PoolLimits limits);

  /// One request, borrowed until it is answered. timeout: for all of it, waiting for a connection included. A kept
  /// connection that turns out to be closed is replaced once by a new one, but not for a POST, which may have been
  /// carried out.
  Connection::Result<HttpResponse> send(const HttpRequest& request, std::chrono::milliseconds timeout);

  /// Closes the kept ones, so that the next request is made over a new one, by the certificates of that time.
  void forget() { idle_.clear(); }

 private:
  using Clock = std::chrono::steady_clock;
  struct Idle {
    std::unique_ptr<Connection> connection;
    Clock::time_point since;
  };

  boost::asio::awaitable<bool> take_turn(Clock::time_point deadline);
  void end_turn();
  std::unique_ptr<Connection> take_idle();
  void keep(std::unique_ptr<Connection> connection);
  Connection::Result<HttpResponse> send_in_turn(const HttpRequest& request, Clock::time_point deadline);
  Connection::Result<HttpResponse> send_over(std::unique_ptr<Connection> connection, const HttpRequest& request,
                                             Clock::time_point deadline);

  std::shared_ptr<const Cluster> cluster_;
  PoolLimits limits_;
  std::size_t in_use_ = 0;
  boost::asio::steady_timer turn_;  ///< never runs out; cancelled to call one of those who wait
  std::deque<Idle> idle_;           ///< the newest at the end
};

}  // namespace sluice::kubernetes
