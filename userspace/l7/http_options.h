// What may be set of the engine's HTTP, and its defaults.
#pragma once

#include <chrono>
#include <cstddef>

#include "userspace/l7/http1_parser.h"
#include "userspace/l7/upstream_pool.h"

namespace sluice::l7 {

struct HttpOptions {
  HeadLimits request;

  /// From the first octet of a head to its last; however slowly the client feeds it. 408.
  std::chrono::milliseconds head_timeout{10'000};

  /// Between two requests, and before the first one. The connection ends without a word.
  std::chrono::milliseconds idle_timeout{75'000};

  /// Draining: how long a connection may be idle. A client that is busy gets one more answer, with Connection: close;
  /// one that has been idle for longer is let go at once.
  std::chrono::milliseconds drain_idle{1000};

  /// Without an octet of a body that is awaited. 408.
  std::chrono::milliseconds body_timeout{60'000};

  /// A write of at most SendQueue::kHighWater and one receive buffer that the client does not take, whatever it sends
  /// meanwhile. The connection ends.
  std::chrono::milliseconds write_timeout{60'000};

  /// The request is the backend's to take or to answer, and nothing moves either way. 504. A route's timeouts count
  /// from its begin, whatever moves; this one bounds what a backend that has gone silent can hold where there are none.
  std::chrono::milliseconds backend_silence{300'000};

  /// After the last response of a connection that the client did not mean to end: its last octets are read and thrown
  /// away, so that no RST overtakes the response (RFC 9112 9.6).
  std::chrono::milliseconds linger_timeout{2000};

  /// The rest of a request's body that is thrown away, to keep a connection whose request was answered without it.
  std::size_t discard_bytes = 64UL * 1024;

  UpstreamLimits upstream;
};

}  // namespace sluice::l7
