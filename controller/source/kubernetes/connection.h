// One connection to an API server, TCP or TLS over it, speaking HTTP/1.1. All of Beast and of the TLS stream stays in
// connection.cpp.
//
// HTTP/1.1 and not HTTP/2: a watch then has a connection of its own, about 17 of them a controller, and a slow consumer
// of one kind is held back by TCP without holding back the others. A server that is gone shows by TCP keepalive
// (30 s), which does the work of HTTP/2's pings.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <expected>
#include <memory>
#include <span>

#include "controller/source/kubernetes/cluster.h"
#include "controller/source/kubernetes/http.h"

namespace sluice::kubernetes {

/// Belongs to the thread of its executor. One exchange at a time. No function throws.
class Connection {
 public:
  using Milliseconds = std::chrono::milliseconds;
  template <class T>
  using Result = boost::asio::awaitable<std::expected<T, HttpError>>;

  /// timeout  for looking up the name, connecting and the TLS handshake together.
  static Result<std::unique_ptr<Connection>> open(std::shared_ptr<const Cluster> cluster, Milliseconds timeout);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Sends a request and reads the head of the response; its body is still empty.
  Result<HttpResponse> start(const HttpRequest& request, Milliseconds timeout);

  /// The next bytes of the body, as soon as there are any; 0: the body has ended.
  Result<std::size_t> read_some(std::span<char> out, Milliseconds timeout);

  /// start(), and the whole body, at most limit bytes of it.
  Result<HttpResponse> exchange(const HttpRequest& request, Milliseconds timeout, std::size_t limit);

  /// Whether another request may follow: the last response was read to its end, and the peer has not closed.
  [[nodiscard]] bool is_reusable() const;

  /// Ends what is going on with an error.
  void close();

 private:
  struct State;
  explicit Connection(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace sluice::kubernetes
