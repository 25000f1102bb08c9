// Told when a client's connection is over, so that its object can be used again after the turn.
#pragma once

#include "userspace/l7/stream.h"
#include "userspace/transport/slice.h"

namespace sluice::l7 {

class HttpConnection;
class Http2Connection;

class ConnectionOwner {
 public:
  virtual void on_connection_closed(HttpConnection& connection) = 0;
  virtual void on_connection_closed(Http2Connection& connection) = 0;

  /// A client that turned out to speak HTTP/2. data: what came behind the preface.
  virtual void on_http2(HttpConnection& connection, Accepted accepted, transport::Slice data) = 0;
  [[nodiscard]] virtual bool draining() const = 0;

 protected:
  ~ConnectionOwner() = default;
};

}  // namespace sluice::l7
