// The client's side of one exchange, as the exchange sees it: an HTTP/1.1 connection, or a stream
// of HTTP/2.
#pragma once

#include <cstdint>
#include <string_view>

#include "userspace/l7/http1_compose.h"
#include "userspace/l7/reason.h"
#include "userspace/l7/router.h"
#include "userspace/transport/slice.h"

namespace sluice::l7 {

/// What is known of the client and of the door it came through. Views live as long as the connection.
struct ClientFacts {
  std::string_view address;  ///< "192.0.2.1:50000"
  std::string_view ip;       ///< "192.0.2.1"
  std::string_view server_name;
  std::string_view local;                ///< "198.51.100.1:80": what it asked for, used where HTTP/1.0 names no host
  const PortTable* listeners = nullptr;  ///< of that address and port, as of the tables of this exchange
  std::uint16_t port = 0;
  bool tls = false;
  [[nodiscard]] std::string_view scheme() const { return tls ? "https" : "http"; }
};

/// Calls queue; flush() sends. Either send_reply once, or send_interim*, send_head, send_body*, send_end.
class ClientSide {
 public:
  virtual void send_interim(const ResponseHead& head) = 0;
  virtual void send_head(const ResponseHead& head, const EditList& edits) = 0;
  virtual void send_body(transport::Slice data) = 0;
  virtual void send_end(std::string_view trailers) = 0;
  virtual void send_reply(const Reply& reply) = 0;

  /// May end the exchange: it is finish()ed and gone when this returns.
  virtual void flush() = 0;

  /// More than a reader should be given at once; client_drained() tells when that is over.
  [[nodiscard]] virtual bool congested() const = 0;

  /// Exchange::takes_body() has become true.
  virtual void deliver_body() = 0;

  /// The response cannot be made whole, for that reason: the connection, or the stream, ends so that the client sees
  /// it. Ends the exchange as flush().
  virtual void cut(Reason reason) = 0;

 protected:
  ~ClientSide() = default;
};

}  // namespace sluice::l7
