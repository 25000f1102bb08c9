// Terminated TLS as a transport stream: what HTTP sees is bytes, as over TCP. Handshakes first, then serves.
#pragma once

#include <openssl/ssl.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "userspace/l7/tls_bio.h"
#include "userspace/transport/buffer_pool.h"
#include "userspace/transport/loop.h"
#include "userspace/transport/pending_write.h"

namespace sluice::l7 {

class TlsStream;

/// What the TLS streams of one worker share. Outlives them and the slices that they delivered.
class TlsStreams {
 public:
  static constexpr std::size_t kRecord = 16384;  ///< plaintext (RFC 8446 5.1)

  explicit TlsStreams(transport::Loop& loop) : loop_(loop) {}
  ~TlsStreams() { sweep(); }
  TlsStreams(const TlsStreams&) = delete;
  TlsStreams& operator=(const TlsStreams&) = delete;

  transport::Loop& loop() { return loop_; }
  transport::HeapBuffers& buffers() { return buffers_; }
  char* staging() { return staging_.data(); }  ///< kRecord bytes, good until the next use
  void retire(TlsStream& stream);              ///< deleted at the turn's end

 private:
  void sweep();

  transport::Loop& loop_;
  transport::HeapBuffers buffers_;
  std::array<char, kRecord> staging_;
  std::vector<TlsStream*> retired_;
  transport::Timer sweep_timer_ = transport::Timer::bind<&TlsStreams::sweep>(this);
};

class TlsHandshakeSink {
 public:
  /// The handshake is over; the stream is paused. May drop it.
  virtual void on_handshake(TlsStream& stream) = 0;

  /// error: ETIMEDOUT, EPROTO (an alert says why, to the peer), ECONNRESET... May drop the stream.
  virtual void on_handshake_failed(TlsStream& stream, int error) = 0;

 protected:
  ~TlsHandshakeSink() = default;
};

class TlsStream final : public transport::Stream, private transport::StreamHandler {
 public:
  /// lower: paused, without handler. first: bytes that were read from it before. Handshakes from start() on.
  TlsStream(TlsStreams& shared, transport::StreamPtr lower, std::string first, SSL_CTX* context);
  ~TlsStream() override;

  void start(TlsHandshakeSink& sink, std::chrono::milliseconds timeout);

  [[nodiscard]] const SSL* ssl() const { return ssl_; }

  transport::WriteResult write(std::span<const iovec> parts) override;
  void resume() override;
  void pause() override;
  void shutdown() override;
  void abort() override;
  [[nodiscard]] bool is_quiet() const override;
  [[nodiscard]] const transport::Address& local() const override { return lower_->local(); }
  [[nodiscard]] const transport::Address& peer() const override { return lower_->peer(); }

 protected:
  void release() override;

 private:
  enum class State : std::uint8_t { kHandshake, kOpen, kDead };
  enum class Shutdown : std::uint8_t { kNone, kAfterWrite, kSending, kSent };

  // Of the stream below.
  void on_data(transport::Slice data) override;
  void on_end() override;
  void on_written() override;
  void on_error(int error) override;

  void handshake();
  void handshake_failed(int error);
  void proceed();  ///< whatever can go on: the write, the shutdown, the reading
  void deliver();
  bool deliver_once();  ///< false: nothing more for now
  bool flush();         ///< true: nothing pending
  [[nodiscard]] std::span<const char> next_record();
  void send_close_notify();
  void fail(int error);
  void on_timeout() { handshake_failed(ETIMEDOUT); }

  TlsStreams& shared_;
  transport::StreamPtr lower_;
  TlsWire wire_;
  SSL* ssl_;
  TlsHandshakeSink* sink_ = nullptr;
  State state_ = State::kHandshake;
  bool paused_ = true;
  bool ended_ = false;    ///< close_notify received
  bool retired_ = false;  ///< no more callbacks
  bool writing_ = false;
  int error_ = 0;  ///< to be reported from the turn
  Shutdown shutdown_ = Shutdown::kNone;
  transport::PendingWrite pending_;
  transport::Timer again_ = transport::Timer::bind<&TlsStream::proceed>(this);
  transport::Timer timer_ = transport::Timer::bind<&TlsStream::on_timeout>(this);
};

}  // namespace sluice::l7
