#include "userspace/l7/http2_stream.h"

#include <array>
#include <utility>

#include "userspace/l7/http2_connection.h"
#include "userspace/l7/http_worker.h"

namespace sluice::l7 {

Http2Stream::Http2Stream(HttpWorker& worker, Http2Connection& connection)
    : worker_(worker), connection_(connection), reader_(worker.options.request) {
  out_.total = &connection.held();
}

void Http2Stream::open(std::int32_t id) {
  id_ = id;
  state_ = State::kHead;
  reader_.start();
  ahead_.clear();
  trailers_.clear();
  out_.clear();
  response_head_.clear();
  head_waits_ = response_begun_ = request_done_ = end_delivered_ = in_trailers_ = false;
  awaits_reader_ = awaits_backend_ = was_congested_ = wide_ = false;
  taken_ = 0;
  set_deadline(worker_.options.head_timeout);
}

bool Http2Stream::on_field(std::string_view name, std::string_view value) {
  if (!reader_.admits(name, value)) return false;
  if (in_trailers_) {
    append_trailer(name, value, trailers_);
  } else {
    reader_.add(name, value);
  }
  return true;
}

void Http2Stream::on_head(bool ended) {
  state_ = State::kExchange;
  request_done_ = ended;
  in_trailers_ = true;  // whatever fields come from here on
  Refusal refusal;
  const bool accepted = reader_.finish(head_, ended, refusal);
  exchange_ = &worker_.take_exchange();
  const ClientFacts& facts = connection_.facts();
  if (accepted) {
    end_delivered_ = head_.bodiless();
    exchange_->start(head_, facts, *this);
  } else {
    exchange_->refuse(head_, facts, *this, refusal.reason);
  }
}

void Http2Stream::on_body(transport::Slice data) {
  if (exchange_ == nullptr) return connection_.consume(id_, data.size());
  if (ahead_.empty() && exchange_->takes_body()) return take_body(std::move(data));
  ahead_.add(std::move(data));
}

void Http2Stream::take_body(transport::Slice data) {
  const std::size_t size = data.size();
  exchange_->on_body(std::move(data));
  connection_.consume(id_, size);
  taken_ += size;
  if (!wide_ && !request_done_ && taken_ >= kWindow / 2 && ahead_.empty()) wide_ = connection_.widen(id_);
}

void Http2Stream::on_request_end() {
  request_done_ = true;
}

bool Http2Stream::has_more() const {
  return exchange_ != nullptr && (!ahead_.empty() || (request_done_ && !end_delivered_)) && exchange_->takes_body();
}

// What is flushed may be sent at once, and nobody tells. Each call may end the exchange.
void Http2Stream::deliver_body() {
  do {
    while (has_more() && !ahead_.empty()) take_body(ahead_.take(ahead_.size()));
    if (has_more()) {
      end_delivered_ = true;
      exchange_->on_body_end(trailers_);
    }
    if (exchange_ != nullptr) exchange_->flush_request();
  } while (has_more());
  if (request_done_ && ahead_.empty()) narrow();
  flush();
}

void Http2Stream::settle() {
  if (state_ == State::kExchange) deliver_body();
}

void Http2Stream::send_interim(const ResponseHead& head) {
  std::string& lines = worker_.lines_scratch;
  lines.clear();
  append_response_fields({.head = head, .http2 = true}, lines);
  connection_.submit_interim(id_, head.status, lines);
}

void Http2Stream::send_head(const ResponseHead& head, const EditList& edits) {
  response_begun_ = head_waits_ = true;
  status_ = std::to_string(head.status);
  append_response_fields({.head = head, .edits = edits, .date = worker_.clock.date(worker_.loop.now()), .http2 = true},
                         response_head_);
}

void Http2Stream::send_body(transport::Slice data) {
  worker_.counters.bytes_sent.add(data.size());
  out_.add(std::move(data));
}

void Http2Stream::send_end(std::string_view trailers) {
  out_.trailers.assign(trailers);
  out_.ended = true;
}

void Http2Stream::send_reply(const Reply& reply) {
  response_begun_ = head_waits_ = true;
  status_ = std::to_string(reply.status);
  append_reply_fields(reply, worker_.clock.date(worker_.loop.now()), response_head_);
  if (head_.method != "HEAD") out_.add_copy(reply.body);
  out_.ended = true;
}

void Http2Stream::submit_head() {
  head_waits_ = false;
  const bool whole = out_.ended && out_.queue.empty() && out_.trailers.empty();
  connection_.submit_head(id_, status_, response_head_, whole ? nullptr : &out_);
}

void Http2Stream::flush() {
  if (state_ != State::kExchange) return;
  if (head_waits_) {
    submit_head();
  } else if (out_.waits && (out_.ended || !out_.queue.empty())) {
    out_.waits = false;
    connection_.wake(id_);
  }
  await_room();
  connection_.send();
  if (state_ != State::kExchange) return;
  await_room();  // others may have filled the connection meanwhile
  await();
}

void Http2Stream::await_room() {
  if (congested() && !std::exchange(was_congested_, true)) connection_.await_reader(*this);
}

bool Http2Stream::on_round() {
  if (state_ == State::kExchange && congested()) return false;
  was_congested_ = false;
  if (state_ == State::kExchange) exchange_->client_drained();
  return true;
}

// END_STREAM has been written: the client has, or will have, all of it. What it still sends is for nobody (RFC
// 9113 8.1).
void Http2Stream::on_end_sent() {
  if (exchange_ != nullptr) end_exchange(Reason::kForwarded);
  if (!request_done_) connection_.submit_reset(id_, NGHTTP2_NO_ERROR);
}

void Http2Stream::on_closed(std::uint32_t) {
  const std::size_t unread = ahead_.size();
  end(Reason::kClientGone);
  connection_.consume_connection(unread);
  narrow();
}

// Another's turn: nothing more is sent in its window.
void Http2Stream::narrow() {
  if (std::exchange(wide_, false)) connection_.narrow();
}

/// Nothing of it stays: the object is the next client's, and until then nobody's.
void Http2Stream::end(Reason reason) {
  if (exchange_ != nullptr) end_exchange(reason);
  state_ = State::kOver;
  deadline_.cancel();
  ahead_.clear();
  out_.clear();
}

void Http2Stream::end_exchange(Reason reason) {
  state_ = State::kOver;
  deadline_.cancel();
  std::exchange(exchange_, nullptr)->finish(reason);
}

// What is held goes at once: RST_STREAM may have to wait for the socket.
void Http2Stream::reset(std::uint32_t code) {
  connection_.consume_connection(ahead_.size());
  ahead_.clear();
  out_.clear();
  connection_.submit_reset(id_, code);
  connection_.send();
}

void Http2Stream::cut(Reason reason) {
  const bool broken = reason == Reason::kUpstreamReset || reason == Reason::kUpstreamInvalid;
  end_exchange(Reason::kForwarded);  // the exchange knows its reason
  reset(broken ? NGHTTP2_INTERNAL_ERROR : NGHTTP2_CANCEL);
}

// What the exchange waits for: the client to read, the client to send, or the backend. A call of gRPC may be silent
// either way, as may any request whose response has begun: which side is to speak is then nobody's to know.
void Http2Stream::await() {
  const HttpOptions& options = worker_.options;
  if (!out_.queue.empty()) {
    if (std::exchange(awaits_reader_, true) && !reader_moves()) return;
    sent_at_deadline_ = out_.sent;
    return set_deadline(options.write_timeout);
  }
  awaits_reader_ = false;
  awaits_backend_ = request_done_ || !ahead_.empty() || response_begun_ || head_.grpc || exchange_->awaits_continue();
  set_deadline(awaits_backend_ ? options.backend_silence : options.body_timeout);
}

void Http2Stream::set_deadline(std::chrono::milliseconds after) {
  deadline_.set(worker_.loop, after);
}

void Http2Stream::on_deadline() {
  switch (state_) {
    case State::kHead:
      // Its field section cannot be skipped: the compression's state would be lost (RFC 9113 4.3).
      return connection_.give_up();
    case State::kExchange:
      if (awaits_reader_ && (out_.queue.empty() || reader_moves())) return await();
      if (!awaits_reader_) return exchange_->fail(awaits_backend_ ? Reason::kBackendSilent : Reason::kClientTimeout);
      end_exchange(Reason::kClientSlow);
      return reset(NGHTTP2_CANCEL);
    case State::kOver:
      return;
  }
}

}  // namespace sluice::l7
