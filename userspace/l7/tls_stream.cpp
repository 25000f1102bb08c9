#include "userspace/l7/tls_stream.h"

#include <openssl/err.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace sluice::l7 {

using namespace std::chrono_literals;
using transport::WriteResult;

void TlsStreams::retire(TlsStream& stream) {
  retired_.push_back(&stream);
  if (!sweep_timer_.armed()) loop_.arm(sweep_timer_, 0ms);
}

void TlsStreams::sweep() {
  for (const TlsStream* stream : std::exchange(retired_, {})) delete stream;
}

TlsStream::TlsStream(TlsStreams& shared, transport::StreamPtr lower, std::string first, SSL_CTX* context)
    : shared_(shared), lower_(std::move(lower)), wire_(*lower_, std::move(first)), ssl_(SSL_new(context)) {
  lower_->set_handler(*this);
  BIO* bio = ssl_ == nullptr ? nullptr : wire_.make_bio();
  if (bio == nullptr) {
    error_ = ENOMEM;
    return;
  }
  SSL_set_bio(ssl_, bio, bio);
  SSL_set_accept_state(ssl_);
}

TlsStream::~TlsStream() {
  lower_.reset();  // first: it may still send from OpenSSL's buffer
  SSL_free(ssl_);
}

void TlsStream::start(TlsHandshakeSink& sink, std::chrono::milliseconds timeout) {
  sink_ = &sink;
  shared_.loop().arm(timer_, timeout);
  shared_.loop().arm(again_, 0ms);
}

void TlsStream::handshake() {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_);
  if (result != 1) {
    switch (SSL_get_error(ssl_, result)) {
      case SSL_ERROR_WANT_READ:
        return lower_->resume();
      case SSL_ERROR_WANT_WRITE:
        return;
      default:
        return handshake_failed(EPROTO);
    }
  }
  lower_->pause();
  timer_.cancel();
  state_ = State::kOpen;
  sink_->on_handshake(*this);
}

void TlsStream::handshake_failed(int error) {
  state_ = State::kDead;
  timer_.cancel();
  again_.cancel();
  sink_->on_handshake_failed(*this, error);
}

void TlsStream::on_data(transport::Slice data) {
  if (state_ == State::kDead || ended_) return;
  wire_.received(std::move(data));
  if (state_ == State::kHandshake) return handshake();
  deliver();
}

// Only close_notify ends the stream in order; a bare FIN may be an attacker's (RFC 8446 6.1).
void TlsStream::on_end() {
  wire_.ended();
  if (state_ == State::kHandshake) return handshake_failed(ECONNRESET);
  deliver();
}

void TlsStream::on_written() {
  wire_.written();
  if (state_ != State::kDead) proceed();
}

void TlsStream::on_error(int error) {
  if (state_ == State::kHandshake) return handshake_failed(error);
  if (state_ == State::kOpen) fail(error);
}

void TlsStream::proceed() {
  if (error_ != 0 && state_ == State::kHandshake) return handshake_failed(std::exchange(error_, 0));
  if (error_ != 0) return fail(std::exchange(error_, 0));
  if (state_ == State::kHandshake) return handshake();
  if (writing_ && flush()) {
    handler_->on_written();
    if (retired_ || state_ != State::kOpen) return;
  }
  if (shutdown_ == Shutdown::kSending) send_close_notify();
  deliver();
}

void TlsStream::deliver() {
  while (!paused_ && !ended_ && !retired_ && state_ == State::kOpen) {
    if (!deliver_once()) return;
  }
}

// As many records as fit into one buffer make one slice.
bool TlsStream::deliver_once() {
  transport::Buffer& buffer = shared_.buffers().take();
  std::size_t filled = 0;
  std::size_t got = 0;
  int result = 1;
  ERR_clear_error();
  while (filled < transport::kBufferSize && result == 1) {
    result = SSL_read_ex(ssl_, buffer.bytes + filled, transport::kBufferSize - filled, &got);
    if (result == 1) filled += got;
  }
  const int why = result == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl_, result);
  if (filled > 0)
    handler_->on_data(transport::Slice(buffer, {buffer.bytes, filled}));
  else
    shared_.buffers().recycle(buffer);
  if (retired_ || state_ != State::kOpen) return false;
  switch (why) {
    case SSL_ERROR_NONE:
      return true;
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return false;
    case SSL_ERROR_ZERO_RETURN:
      // A paused stream says so when it is resumed: OpenSSL answers the same again.
      if (paused_) return false;
      ended_ = true;
      wire_.drop_input();
      handler_->on_end();
      return false;
    default:
      fail(EPROTO);
      return false;
  }
}

WriteResult TlsStream::write(std::span<const iovec> parts) {
  pending_.start(parts);
  writing_ = true;
  return flush() ? WriteResult::kDone : WriteResult::kPending;
}

// Large parts are encrypted from where they lie; small ones are gathered, so that a head and a short body make one
// record. The same bytes come out again until sent() takes them: a repeated SSL_write must be a repetition.
std::span<const char> TlsStream::next_record() {
  const auto parts = pending_.rest();
  const auto bytes = [](const iovec& part) { return static_cast<const char*>(part.iov_base); };
  if (parts.size() == 1 || parts.front().iov_len >= TlsStreams::kRecord)
    return {bytes(parts.front()), std::min(parts.front().iov_len, TlsStreams::kRecord)};
  std::size_t size = 0;
  for (const iovec& part : parts) {
    const std::size_t taken = std::min(part.iov_len, TlsStreams::kRecord - size);
    std::memcpy(shared_.staging() + size, part.iov_base, taken);
    size += taken;
  }
  return {shared_.staging(), size};
}

bool TlsStream::flush() {
  while (!pending_.done()) {
    if (state_ != State::kOpen) return false;
    const auto record = next_record();
    std::size_t sent = 0;
    ERR_clear_error();
    if (SSL_write_ex(ssl_, record.data(), record.size(), &sent) == 1) {
      pending_.sent(sent);
      continue;
    }
    const int why = SSL_get_error(ssl_, 0);
    if (why != SSL_ERROR_WANT_WRITE && why != SSL_ERROR_WANT_READ) {
      error_ = EPROTO;
      shared_.loop().arm(again_, 0ms);
    }
    return false;
  }
  writing_ = false;
  if (shutdown_ == Shutdown::kAfterWrite) send_close_notify();
  return true;
}

void TlsStream::resume() {
  paused_ = false;
  if (state_ != State::kOpen) return;
  lower_->resume();
  shared_.loop().arm(again_, 0ms);  // what has been received already
}

void TlsStream::pause() {
  paused_ = true;
  if (state_ == State::kOpen) lower_->pause();
}

void TlsStream::shutdown() {
  if (state_ != State::kOpen || shutdown_ != Shutdown::kNone) return;
  if (writing_)
    shutdown_ = Shutdown::kAfterWrite;
  else
    send_close_notify();
}

void TlsStream::send_close_notify() {
  shutdown_ = Shutdown::kSending;
  ERR_clear_error();
  const int result = SSL_shutdown(ssl_);
  if (result < 0 && SSL_get_error(ssl_, result) == SSL_ERROR_WANT_WRITE) return;
  shutdown_ = Shutdown::kSent;
  lower_->shutdown();
}

void TlsStream::abort() {
  lower_->abort();
  state_ = State::kDead;
}

bool TlsStream::is_quiet() const {
  return state_ == State::kOpen && !ended_ && !wire_.has_input() && SSL_pending(ssl_) == 0 && lower_->is_quiet();
}

void TlsStream::fail(int error) {
  state_ = State::kDead;
  again_.cancel();
  wire_.drop_input();
  handler_->on_error(error);
}

void TlsStream::release() {
  const bool open = state_ == State::kOpen && !wire_.writing();
  if (open && (shutdown_ == Shutdown::kNone || shutdown_ == Shutdown::kAfterWrite)) {
    ERR_clear_error();
    SSL_shutdown(ssl_);
  }
  state_ = State::kDead;
  retired_ = true;
  timer_.cancel();
  again_.cancel();
  lower_.reset();
  wire_.drop_input();
  shared_.retire(*this);
}

}  // namespace sluice::l7
