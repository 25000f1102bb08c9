// One request of a client's HTTP/2 connection: the client's side of its exchange.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "userspace/l7/body_queue.h"
#include "userspace/l7/client_side.h"
#include "userspace/l7/deadline.h"
#include "userspace/l7/exchange.h"
#include "userspace/l7/http2_fields.h"
#include "userspace/l7/http2_session.h"
#include "userspace/transport/timer.h"

namespace sluice::l7 {

class Http2Connection;
class HttpWorker;

/// Used again by its connection. What a client does not read stays within SendQueue::kHighWater and a receive buffer;
/// what a backend does not take, within the window that the client was given.
class Http2Stream final : public ClientSide {
 public:
  Http2Stream(HttpWorker& worker, Http2Connection& connection);

  static constexpr std::uint32_t kWindow = 64 * 1024;  ///< until its backend has shown that it takes what comes

  // For the connection, as nghttp2 tells.
  void open(std::int32_t id);
  [[nodiscard]] bool on_field(std::string_view name, std::string_view value);  ///< false: it is to be reset
  void on_head(bool ended);
  void on_body(transport::Slice data);
  void on_trailers();
  void on_request_end();
  void on_end_sent();
  void on_closed(std::uint32_t code);

  /// All that came at once has been taken in.
  void settle();

  /// A round of sending is over. true: no longer congested, and the exchange has been told.
  bool on_round();

  /// The connection is gone, for that reason.
  void end(Reason reason);

  [[nodiscard]] std::int32_t id() const { return id_; }

  // ClientSide
  void send_interim(const ResponseHead& head) override;
  void send_head(const ResponseHead& head, const EditList& edits) override;
  void send_body(transport::Slice data) override;
  void send_end(std::string_view trailers) override;
  void send_reply(const Reply& reply) override;
  void flush() override;
  [[nodiscard]] bool congested() const override { return out_.congested(); }
  void deliver_body() override;
  void cut(Reason reason) override;

 private:
  enum class State : std::uint8_t {
    kHead,      ///< the request's head is under way
    kExchange,  ///< the answer is not sent whole
    kOver,      ///< it is, or the stream is being reset
  };

  [[nodiscard]] bool has_more() const;
  void take_body(transport::Slice data);
  void narrow();
  void submit_head();
  void await_room();
  void reset(std::uint32_t code);
  void end_exchange(Reason reason);
  void await();
  [[nodiscard]] bool reader_moves() const { return out_.sent - sent_at_deadline_ >= SendQueue::kHighWater; }
  void set_deadline(std::chrono::milliseconds after);
  void on_deadline();

  HttpWorker& worker_;
  Http2Connection& connection_;
  Exchange* exchange_ = nullptr;
  Http2HeadReader reader_;
  RequestHead head_;
  BodyQueue ahead_;            ///< of the request's body, received and not taken yet
  std::string trailers_;       ///< of the request
  Http2Body out_;              ///< of the response
  std::string response_head_;  ///< lines that wait to be submitted, so that a head that is all there is says so
  std::string status_;
  std::int32_t id_ = 0;
  std::uint64_t taken_ = 0;             ///< octets of the request's body
  std::uint64_t sent_at_deadline_ = 0;  ///< out_.sent when the reader's deadline was set
  State state_ = State::kOver;
  bool head_waits_ = false;  ///< response_head_ is to be submitted
  bool response_begun_ = false;
  bool request_done_ = false;   ///< END_STREAM has come
  bool end_delivered_ = false;  ///< and the exchange has been told
  bool in_trailers_ = false;
  bool awaits_reader_ = false;
  bool awaits_backend_ = false;
  bool was_congested_ = false;
  bool wide_ = false;  ///< its window is, and counts
  Deadline deadline_ = Deadline::bind<&Http2Stream::on_deadline>(this);
};

}  // namespace sluice::l7
