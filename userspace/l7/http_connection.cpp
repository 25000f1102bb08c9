#include "userspace/l7/http_connection.h"

#include <algorithm>
#include <utility>

#include "userspace/l7/http1_body_writer.h"
#include "userspace/l7/http2_session.h"
#include "userspace/l7/http_worker.h"

namespace sluice::l7 {

void HttpConnection::open(Accepted accepted) {
  stream_ = std::move(accepted.stream);
  origin_.open(*stream_, std::move(accepted.server_name), accepted.tls);
  fresh_ = !accepted.tls;  // with TLS, ALPN says (RFC 9113 3.3)
  paused_ = ended_ = broken_ = processing_ = awaits_reader_ = false;
  stream_->set_handler(*this);
  next_request();
  if (state_ == State::kHead) stream_->resume();
}

void HttpConnection::on_data(transport::Slice data) {
  worker_.counters.bytes_received.add(data.size());
  if (state_ != State::kLinger) process(std::move(data));
}

void HttpConnection::process(transport::Slice data) {
  processing_ = true;
  while (!data.empty() && state_ != State::kLinger && state_ != State::kClosed) {
    if (state_ == State::kHead) {
      read_head(data);
    } else if (!read_body(data)) {
      settle();  // an answer that is sent at once makes way for the next request, a body for more of it
      if (state_ == State::kExchange && !takes_body()) put_off(std::exchange(data, {}));
    }
  }
  processing_ = false;
  settle();
}

// HTTP/2 by prior knowledge (RFC 9113 3.3): no request of HTTP/1 begins like its preface. true: all of `data` has been
// dealt with. What is only its beginning waits in the buffer, where a head goes on from it.
bool HttpConnection::read_preface(transport::Slice& data) {
  const std::string_view left = kHttp2Preface.substr(head_buffer_.size());
  const std::size_t size = std::min(left.size(), data.size());
  if (data.view().substr(0, size) != left.substr(0, size)) {
    fresh_ = false;
    return false;
  }
  if (size < left.size()) {
    if (head_buffer_.empty()) set_deadline(worker_.options.head_timeout);
    head_buffer_.append(data.view());
    data.reset();
    return true;
  }
  data.remove_prefix(size);
  owner_.on_http2(*this, {.stream = std::move(stream_), .protocol = Protocol::kHttp2, .tls = false, .server_name = {}},
                  std::exchange(data, {}));
  close();
  return true;
}

void HttpConnection::read_head(transport::Slice& data) {
  if (fresh_ && read_preface(data)) return;
  const bool first = head_buffer_.empty();
  // RFC 9112 2.2: an empty line behind a body, of a client that adds one, begins no request.
  if (first && data.view().starts_with("\r\n")) data.remove_prefix(2);
  while (!data.empty()) {
    const std::size_t taken = head_buffer_.append(data.view());
    if (head_buffer_.moved()) parser_.start();
    const HeadState state = parser_.parse(head_buffer_.view());
    if (state == HeadState::kRefused) {
      data.reset();
      return refuse(parser_.refusal().reason);
    }
    if (state == HeadState::kComplete) {
      data.remove_prefix(taken - (head_buffer_.size() - parser_.head_size()));
      return begin_exchange();
    }
    data.remove_prefix(taken);
  }
  if (first && !head_buffer_.empty()) set_deadline(worker_.options.head_timeout);
}

void HttpConnection::begin_exchange() {
  state_ = State::kExchange;
  deadline_.clear();
  body_.start(parser_.head().framing);
  exchange_ = &worker_.take_exchange();
  exchange_->start(parser_.head(), origin_.facts(worker_), *this);
}

void HttpConnection::refuse(Reason reason) {
  state_ = State::kExchange;
  broken_ = true;
  deadline_.clear();
  body_.start({});
  exchange_ = &worker_.take_exchange();
  exchange_->refuse(parser_.head(), origin_.facts(worker_), *this, reason);
}

bool HttpConnection::takes_body() const {
  return !body_.complete() && !response_ended_ && exchange_->takes_body();
}

// false: nothing of `data` can be read now.
bool HttpConnection::read_body(transport::Slice& data) {
  if (body_.complete()) return false;
  const bool wanted = !response_ended_;
  if (wanted && !exchange_->takes_body()) return false;
  BodyRun run;
  std::size_t used = 0;
  const BodyState state = body_.feed(data.view(), used, run);
  if (state == BodyState::kRefused) {
    broken_ = true;
    data.reset();
    if (wanted) exchange_->fail(Reason::kBadFraming);
    return true;
  }
  transport::Slice part = wanted ? run.of(data) : transport::Slice();
  data.remove_prefix(used);
  if (!part.empty()) exchange_->on_body(std::move(part));
  if (state != BodyState::kComplete) return true;
  if (wanted) exchange_->on_body_end(body_.trailers());
  if (state_ == State::kDiscard) next_request();
  return true;
}

void HttpConnection::put_off(transport::Slice data) {
  ahead_ = std::move(data);
  paused_ = true;
  stream_->pause();
}

// Goes on with what was put off, or with reading.
void HttpConnection::take_up() {
  if (!ahead_.empty()) process(std::exchange(ahead_, {}));
  if (!paused_ || !ahead_.empty() || state_ == State::kClosed) return;
  paused_ = false;
  stream_->resume();
  if (state_ == State::kExchange) await();
}

void HttpConnection::deliver_body() {
  if (processing_) return;
  settle();
  if (state_ == State::kExchange && exchange_->takes_body() && !body_.complete()) take_up();
}

void HttpConnection::settle() {
  if (exchange_ != nullptr) exchange_->flush_request();
  flush();
}

void HttpConnection::flush() {
  if (state_ != State::kExchange) return;
  const bool sent = queue_.flush(*stream_);
  if (sent && response_ended_) return finish_exchange();
  await();
}

// What the exchange waits for: the client to read, the client to send, or the backend.
void HttpConnection::await() {
  if (queue_.writing()) {
    // Once a write: a client that goes on sending is not one that reads.
    if (!std::exchange(awaits_reader_, true)) set_deadline(worker_.options.write_timeout);
    return;
  }
  awaits_reader_ = false;
  awaits_backend_ = body_.complete() || paused_ || exchange_->awaits_continue();
  set_deadline(awaits_backend_ ? worker_.options.backend_silence : worker_.options.body_timeout);
}

void HttpConnection::on_written() {
  awaits_reader_ = false;
  const bool sent = queue_.on_written(*stream_);
  if (state_ != State::kExchange) return;
  if (sent && response_ended_) return finish_exchange();
  await();
  if (sent) exchange_->client_drained();
}

void HttpConnection::finish_exchange() {
  end_exchange(Reason::kForwarded);
  if (keep_alive_ && !ended_) {
    if (body_.complete()) return next_request();
    state_ = State::kDiscard;
    set_deadline(worker_.options.body_timeout);
    if (!processing_) take_up();
    return;
  }
  // A client that asked for the end sends nothing more that an RST could answer.
  const bool asked = parser_.head().close && !broken_ && body_.complete();
  if (ended_ || (asked && ahead_.empty())) return close();
  begin_linger();
}

void HttpConnection::next_request() {
  state_ = State::kHead;
  response_ended_ = keep_alive_ = false;
  framing_ = BodyKind::kNone;
  head_buffer_.clear();
  parser_.start();
  set_deadline(owner_.draining() ? worker_.options.drain_idle : worker_.options.idle_timeout);
  if (!processing_) take_up();
}

void HttpConnection::end_exchange(Reason reason) {
  std::exchange(exchange_, nullptr)->finish(reason);
}

bool HttpConnection::can_stay() const {
  const RequestHead& head = parser_.head();
  if (head.close || broken_ || framing_ == BodyKind::kUntilClose || owner_.draining()) return false;
  if (body_.complete()) return true;
  return head.framing.kind == BodyKind::kLength && !head.expects_continue &&
         body_.left() <= worker_.options.discard_bytes;
}

// The value of Connection for the response under way (RFC 9112 9.3).
std::string_view HttpConnection::decide_to_stay() {
  keep_alive_ = can_stay();
  if (!keep_alive_) return "close";
  return parser_.head().minor_version == 0 ? "keep-alive" : "";
}

void HttpConnection::send_interim(const ResponseHead& head) {
  append_response_head({.head = head}, queue_.text());
}

void HttpConnection::send_head(const ResponseHead& head, const EditList& edits) {
  framing_ = head.framing.kind;
  if (framing_ == BodyKind::kChunked || framing_ == BodyKind::kUntilClose) {
    framing_ = parser_.head().minor_version == 0 ? BodyKind::kUntilClose : BodyKind::kChunked;
  }
  append_response_head({.head = head,
                        .edits = edits,
                        .framing = framing_,
                        .connection = decide_to_stay(),
                        .date = worker_.clock.date(worker_.loop.now())},
                       queue_.text());
}

void HttpConnection::send_body(transport::Slice data) {
  worker_.counters.bytes_sent.add(data.size());
  append_body(queue_, framing_, std::move(data));
}

void HttpConnection::send_end(std::string_view trailers) {
  append_body_end(queue_, framing_, trailers);
  response_ended_ = true;
}

void HttpConnection::send_reply(const Reply& reply) {
  append_reply(reply, decide_to_stay(), worker_.clock.date(worker_.loop.now()), parser_.head().method != "HEAD",
               queue_.text());
  response_ended_ = true;
}

}  // namespace sluice::l7
