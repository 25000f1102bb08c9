// One request's way to an endpoint, as the exchange sees it: an HTTP/1.1 connection that is lent, or a stream of
// HTTP/2.
#pragma once

#include <cstdint>
#include <string_view>

#include "userspace/l7/head.h"
#include "userspace/l7/http1_compose.h"
#include "userspace/transport/slice.h"

namespace sluice::l7 {

enum class UpstreamProtocol : std::uint8_t { kHttp1, kHttp2 };

enum class UpstreamFailure : std::uint8_t {
  kRefused,      ///< no connection: nothing was sent
  kTimeout,      ///< no connection in time: nothing was sent
  kReset,        ///< ended before the response was whole
  kUnprocessed,  ///< the backend says that it has not touched the request (RFC 9113 8.7): any may be repeated
  kNotHttp,      ///< the response breaks a rule
};

/// Who has been lent it. After on_response_end and on_upstream_failed it is lent no longer.
class UpstreamUser {
 public:
  virtual void on_upstream_ready() = 0;
  virtual void on_interim(const ResponseHead& head) = 0;  ///< 1xx; views into what was received, gone afterwards
  virtual void on_response_head(const ResponseHead& head) = 0;
  virtual void on_response_body(transport::Slice data) = 0;
  virtual void on_response_flush() = 0;  ///< all that was received has been handed over
  virtual void on_response_end(std::string_view trailers) = 0;
  virtual void on_upstream_drained() = 0;  ///< what was congested is sent
  virtual void on_upstream_failed(UpstreamFailure failure) = 0;

 protected:
  ~UpstreamUser() = default;
};

class Upstream {
 public:
  /// send_head may be called; else on_upstream_ready tells.
  [[nodiscard]] virtual bool ready() const = 0;

  /// Its connection served another request before, and of this one's response nothing has come: the backend may have
  /// closed it before it saw the request. Still true of one that has just failed.
  [[nodiscard]] virtual bool stale() const = 0;

  /// Begins the request. request.head.method: borrowed until the response's head is whole.
  virtual void send_head(const OutgoingRequest& request) = 0;
  virtual void send_body(transport::Slice data) = 0;
  virtual void send_end(std::string_view trailers) = 0;
  virtual void flush() = 0;
  [[nodiscard]] virtual bool congested() const = 0;

  /// Of the response. resume() may hand over at once what came meanwhile.
  virtual void pause() = 0;
  virtual void resume() = 0;

  /// Gives the request up, whatever it is doing; no callback follows.
  virtual void drop() = 0;

 protected:
  ~Upstream() = default;
};

}  // namespace sluice::l7
