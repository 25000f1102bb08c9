// A connection as two streams of bytes: what TCP and TLS have in common. One thread: the loop's.
//
//   loop.adopt(fd) or loop.connect(address) -> StreamPtr -> set_handler, resume
//   on_data ... on_end, write ... on_written, shutdown; dropping the StreamPtr closes
#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <memory>
#include <span>

#include "userspace/transport/address.h"
#include "userspace/transport/slice.h"

namespace sluice::transport {

/// Called from the loop's turn, never from inside a call of the stream. Each call may drop the stream.
class StreamHandler {
 public:
  /// connect() succeeded (TCP, or the TLS handshake).
  virtual void on_connected() {}

  /// Bytes, in order. Keep the slice as long as they are needed; unread ones are not offered again.
  virtual void on_data(Slice data) = 0;

  /// The peer has sent its last byte (FIN, close_notify). Writing goes on until shutdown(). Once, after all data.
  virtual void on_end() = 0;

  /// The pending write has been taken whole; its memory is the caller's again.
  virtual void on_written() = 0;

  /// Dead: connect failed (ECONNREFUSED, ETIMEDOUT...), RST (ECONNRESET), EPIPE, EPROTO for TLS. The last call; a
  /// pending write is over. What was received before it has been delivered, but for a stream that is paused.
  virtual void on_error(int error) = 0;

  /// Asked of a paused stream that has broken: true to hear of it only when all that was received before has been
  /// taken (a response, say, whose sender closed without reading the rest of the request); false to hear of it now.
  [[nodiscard]] virtual bool wants_rest() const { return false; }

 protected:
  ~StreamHandler() = default;
};

enum class WriteResult : std::uint8_t {
  kDone,     ///< all taken, the memory is the caller's again
  kPending,  ///< the bytes must stay where they are until on_written, on_error, or the stream is dropped
};

class Stream {
 public:
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// Before the first resume; may be replaced at any time. Borrowed.
  void set_handler(StreamHandler& handler) { handler_ = &handler; }

  /// Sends the parts in order. One write at a time: not while one is pending, nor after shutdown. The iovecs are copied
  /// (at most kMaxParts of them), what they point to is not. Errors come later, by on_error.
  virtual WriteResult write(std::span<const iovec> parts) = 0;
  static constexpr std::size_t kMaxParts = 64;

  /// Streams start paused. While paused no on_data and no on_end; the peer feels it (bounded memory). Not idempotence
  /// but state: either may be called twice.
  virtual void resume() = 0;
  virtual void pause() = 0;

  /// No more writes; FIN (after close_notify) once what is pending is sent.
  virtual void shutdown() = 0;

  /// Asks the kernel, by a system call, whether the peer has neither ended nor reset nor sent anything that has not
  /// been delivered: for a connection that has been idle and is to carry what cannot be sent twice.
  [[nodiscard]] virtual bool is_quiet() const = 0;

  /// RST at once, whatever is pending; no callback afterwards. Then drop the stream.
  virtual void abort() = 0;

  [[nodiscard]] virtual const Address& local() const = 0;
  [[nodiscard]] virtual const Address& peer() const = 0;

 protected:
  Stream() = default;
  virtual ~Stream() = default;

  /// What dropping the StreamPtr does: closes in order (data taken so far is still delivered), frees the stream no
  /// sooner than the turn's end. No callback afterwards.
  virtual void release() = 0;
  friend struct ReleaseStream;

  /// Of an error of the connection: is there something to be read that the handler should have before it?
  [[nodiscard]] bool may_have_rest(bool paused, bool ended) const {
    return !ended && (!paused || handler_->wants_rest());
  }

  StreamHandler* handler_ = nullptr;
};

struct ReleaseStream {
  void operator()(Stream* stream) const { stream->release(); }
};

using StreamPtr = std::unique_ptr<Stream, ReleaseStream>;

}  // namespace sluice::transport
