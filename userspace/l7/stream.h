// The seam between the engine's door (accept, TLS) and what speaks HTTP on a connection. Streams of bytes are
// transport's: a codec does not know whether TLS is below it.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "userspace/transport/loop.h"
#include "userspace/transport/stream.h"

namespace sluice::l7 {

class Tables;

/// What a codec is chosen by (ALPN). In clear text it is kHttp1: whether a client speaks HTTP/2 by prior knowledge
/// shows in its first octets.
enum class Protocol : std::uint8_t { kHttp1, kHttp2 };

/// A connection ready for HTTP. The stream is paused and has no handler yet; local() is the VIP and port that the
/// client asked for.
struct Accepted {
  transport::StreamPtr stream;
  Protocol protocol = Protocol::kHttp1;
  bool tls = false;
  std::string server_name;  ///< SNI, lower case; "" without TLS or without SNI
};

/// Serves HTTP on a worker's connections. One a worker; all calls come on the worker's thread.
class HttpService {
 public:
  virtual ~HttpService() = default;

  /// Takes effect for the next request of each connection.
  virtual void set_tables(std::shared_ptr<const Tables> tables) = 0;

  virtual void serve(Accepted accepted) = 0;

  /// From now on: Connection: close on each response; connections end as they are idle.
  virtual void drain() = 0;

  /// Ends what is left, at once.
  virtual void stop() = 0;

  /// Client connections that have not ended.
  [[nodiscard]] virtual std::size_t connections() const = 0;
};

}  // namespace sluice::l7
