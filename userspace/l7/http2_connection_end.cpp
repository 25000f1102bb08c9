// How a client's HTTP/2 connection ends: by either side, by a timeout, by draining.
#include <utility>

#include "userspace/l7/http2_connection.h"
#include "userspace/l7/http_worker.h"

namespace sluice::l7 {

void Http2Connection::on_written() {
  awaits_reader_ = false;
  if (state_ == State::kOpen) return on_sent();
  queue_.on_written(*stream_);
}

// Unlike one of HTTP/1.1, a client that has sent FIN is gone: it could give no window and acknowledge nothing.
void Http2Connection::on_end() {
  close();
}

void Http2Connection::on_error(int) {
  end_streams(Reason::kClientGone);
  close();
}

void Http2Connection::on_rest() {
  if (state_ != State::kOpen) return;
  if (!is_over()) return await();
  end_streams(Reason::kClientGone);
  if (!queue_.idle()) return await();
  begin_linger();
}

void Http2Connection::await() {
  if (queue_.writing()) {
    idle_ = false;
    if (!std::exchange(awaits_reader_, true)) set_deadline(worker_.options.write_timeout);
    return;
  }
  awaits_reader_ = false;
  if (!open_.empty()) {
    idle_ = false;
    deadline_.clear();
  } else if (!std::exchange(idle_, true)) {
    set_deadline(worker_.options.idle_timeout);
  }
}

void Http2Connection::drain() {
  if (state_ != State::kOpen || goaway_) return;
  if (!std::exchange(draining_, true)) {
    // What the client has sent before it hears of this is served.
    nghttp2_submit_shutdown_notice(session());
    worker_.loop.arm(drain_timer_, worker_.options.drain_idle);
  } else if (!drain_timer_.armed()) {
    goaway_ = true;
    nghttp2_submit_goaway(session(), NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session()),
                          NGHTTP2_NO_ERROR, nullptr, 0);
  }
  pump();
}

void Http2Connection::give_up() {
  nghttp2_session_terminate_session(session(), NGHTTP2_NO_ERROR);
  pump();
}

void Http2Connection::abort() {
  if (state_ == State::kClosed) return;
  end_streams(Reason::kDraining);
  stream_->abort();
  close();
}

void Http2Connection::end_streams(Reason reason) {
  for (std::size_t i = 0; i < open_.size(); ++i) open_[i]->end(reason);
}

void Http2Connection::begin_linger() {
  state_ = State::kLinger;
  stream_->shutdown();
  set_deadline(worker_.options.linger_timeout);
}

void Http2Connection::close() {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  deadline_.cancel();
  drain_timer_.cancel();
  end_streams(Reason::kClientGone);
  stream_.reset();
  end_session();
  queue_.clear();
  touched_.clear();
  crowded_.clear();
  for (auto& stream : open_) free_.push_back(std::move(stream));
  open_.clear();
  owner_.on_connection_closed(*this);
}

void Http2Connection::set_deadline(std::chrono::milliseconds after) {
  deadline_.set(worker_.loop, after);
}

void Http2Connection::on_deadline() {
  if (state_ == State::kLinger) return close();
  if (awaits_reader_) {
    end_streams(Reason::kClientSlow);
    stream_->abort();
    return close();
  }
  give_up();  // idle: GOAWAY, and the end
}

}  // namespace sluice::l7
