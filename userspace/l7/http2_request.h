// One request to a backend by HTTP/2: waits for a connection, is a stream of it, and then free for the next.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "userspace/l7/body_queue.h"
#include "userspace/l7/http2_fields.h"
#include "userspace/l7/http2_session.h"
#include "userspace/l7/send_queue.h"
#include "userspace/l7/upstream.h"

namespace sluice::l7 {

class Http2Pool;
class Http2Upstream;
struct Endpoint;

class Http2Request final : public Upstream {
 public:
  Http2Request(Http2Pool& pool, const HeadLimits& limits) : pool_(pool), reader_(limits) {}

  // For the pool.
  void open(Endpoint& endpoint, UpstreamUser& user);
  void attached(Http2Upstream& connection, std::size_t place);
  [[nodiscard]] Endpoint& endpoint() const { return *endpoint_; }
  void tell_ready() { user_->on_upstream_ready(); }

  /// Lent no longer; on_upstream_failed says why.
  void fail(UpstreamFailure failure);

  // For its connection.
  void on_begin_fields();
  [[nodiscard]] bool on_field(std::string_view name, std::string_view value);  ///< false: it is to be reset
  void on_fields_end(bool ended);
  void on_body(transport::Slice data);
  void on_response_end() { response_done_ = true; }
  void on_closed(std::uint32_t code);

  /// The connection is gone: first all of its requests are told, then each that has not its answer fails.
  void lose() {
    connection_ = nullptr;
    id_ = 0;
  }
  void fail_lost(UpstreamFailure failure);
  void on_request_sent() { request_sent_ = true; }

  /// All that came at once has been taken in.
  void settle();

  /// A round of sending is over. true: no longer congested, and the user has been told.
  bool on_round();
  [[nodiscard]] std::size_t place() const { return place_; }
  void set_place(std::size_t place) { place_ = place; }

  // Upstream
  [[nodiscard]] bool ready() const override { return connection_ != nullptr; }
  [[nodiscard]] bool stale() const override { return lost_ && reused_ && !answered_; }
  void send_head(const OutgoingRequest& request) override;
  void send_body(transport::Slice data) override;
  void send_end(std::string_view trailers) override;
  void flush() override;
  [[nodiscard]] bool congested() const override { return out_.congested(); }
  void pause() override { paused_ = true; }
  void resume() override;
  void drop() override;

 private:
  void submit();
  void deliver();
  void refuse();
  void finish();
  void let_go();

  static constexpr int kMostInterim = 16;  ///< 1xx responses to one request; more is an attack

  Http2Pool& pool_;
  Endpoint* endpoint_ = nullptr;
  Http2Upstream* connection_ = nullptr;
  UpstreamUser* user_ = nullptr;
  Http2Body out_;
  BodyQueue ahead_;  ///< of the response's body, while paused
  Http2HeadReader reader_;
  ResponseHead head_;
  std::string request_head_;  ///< lines that wait to be submitted, so that a head that is all there is says so
  std::string method_;
  std::string target_;
  std::string host_;
  std::string trailers_;   ///< of the response
  std::int32_t id_ = 0;    ///< 0: not submitted
  std::size_t place_ = 0;  ///< among its connection's requests
  int interim_ = 0;
  bool waiting_ = false;  ///< for a connection
  bool head_waits_ = false;
  bool sent_ = false;          ///< submitted
  bool request_sent_ = false;  ///< END_STREAM is on its way
  bool answered_ = false;
  bool head_done_ = false;
  bool response_done_ = false;  ///< END_STREAM has come
  bool paused_ = false;
  bool flush_due_ = false;
  bool crowded_ = false;
  bool excessive_ = false;  ///< more fields than anybody may send
  bool lost_ = false;       ///< with its connection: a stream that the backend resets was seen by it
  bool reused_ = false;
};

}  // namespace sluice::l7
