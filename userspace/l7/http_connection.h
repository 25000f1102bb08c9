// A client's HTTP/1.1 connection: heads in, one exchange after another, responses out in their order. A pipelining
// client is read no further than the request under way.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "userspace/l7/client_origin.h"
#include "userspace/l7/client_side.h"
#include "userspace/l7/connection_owner.h"
#include "userspace/l7/deadline.h"
#include "userspace/l7/exchange.h"
#include "userspace/l7/head_buffer.h"
#include "userspace/l7/http1_body.h"
#include "userspace/l7/http1_parser.h"
#include "userspace/l7/send_queue.h"
#include "userspace/l7/stream.h"
#include "userspace/transport/timer.h"

namespace sluice::l7 {

class HttpWorker;

class HttpConnection final : public transport::StreamHandler, public ClientSide {
 public:
  HttpConnection(HttpWorker& worker, ConnectionOwner& owner, const HeadLimits& limits)
      : worker_(worker), owner_(owner), parser_(limits) {}

  void open(Accepted accepted);

  /// Ends it if it is between two requests, and has been for a while.
  void drain();

  /// Ends it at once, by RST.
  void abort();

  [[nodiscard]] bool closed() const { return state_ == State::kClosed; }

  // StreamHandler
  void on_data(transport::Slice data) override;
  void on_end() override;
  void on_written() override;
  void on_error(int error) override;

  // ClientSide
  void send_interim(const ResponseHead& head) override;
  void send_head(const ResponseHead& head, const EditList& edits) override;
  void send_body(transport::Slice data) override;
  void send_end(std::string_view trailers) override;
  void send_reply(const Reply& reply) override;
  void flush() override;
  [[nodiscard]] bool congested() const override { return queue_.congested(); }
  void deliver_body() override;
  void cut(Reason reason) override;

 private:
  enum class State : std::uint8_t {
    kHead,      ///< a head is awaited or under way
    kExchange,  ///< the answer is not sent whole
    kDiscard,   ///< it is; the rest of the request's body is thrown away
    kLinger,    ///< FIN sent; what still comes is thrown away
    kClosed,
  };

  void process(transport::Slice data);
  bool read_preface(transport::Slice& data);
  void read_head(transport::Slice& data);
  void begin_exchange();
  void refuse(Reason reason);
  [[nodiscard]] bool takes_body() const;
  bool read_body(transport::Slice& data);
  void put_off(transport::Slice data);
  void take_up();
  void settle();
  void await();
  void finish_exchange();
  void next_request();
  void end_exchange(Reason reason);
  [[nodiscard]] bool can_stay() const;
  [[nodiscard]] std::string_view decide_to_stay();
  void begin_linger();
  void close();
  void set_deadline(std::chrono::milliseconds after);
  void on_deadline();

  HttpWorker& worker_;
  ConnectionOwner& owner_;
  transport::StreamPtr stream_;
  SendQueue queue_;
  HeadBuffer head_buffer_;
  RequestParser parser_;
  BodyReader body_;
  Exchange* exchange_ = nullptr;
  transport::Slice ahead_;  ///< received, not read yet; the stream is paused as long as there is any
  ClientOrigin origin_;
  State state_ = State::kClosed;
  BodyKind framing_ = BodyKind::kNone;  ///< of the response under way
  bool response_ended_ = false;         ///< queued whole
  bool keep_alive_ = false;             ///< what the response under way said
  bool broken_ = false;                 ///< where the next request would begin is not known
  bool fresh_ = false;                  ///< what has come may still be the preface of HTTP/2
  bool processing_ = false;             ///< process() is running
  bool paused_ = false;
  bool ended_ = false;           ///< the client has sent FIN
  bool awaits_reader_ = false;   ///< the deadline is that of the write under way
  bool awaits_backend_ = false;  ///< the deadline, where nothing is being written, is the backend's
  Deadline deadline_ = Deadline::bind<&HttpConnection::on_deadline>(this);
};

}  // namespace sluice::l7
