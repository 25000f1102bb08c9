// What both sides of HTTP/2 (RFC 9113) share: nghttp2's session over a stream of bytes. nghttp2 knows frames, HPACK,
// flow control and which messages are malformed; whose a stream is, and what its octets wait for, is the owner's.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "userspace/l7/body_queue.h"
#include "userspace/l7/send_queue.h"
#include "userspace/transport/stream.h"

namespace sluice::l7 {

/// The first octets of a client's connection (RFC 9113 3.4).
inline constexpr std::string_view kHttp2Preface{NGHTTP2_CLIENT_MAGIC, NGHTTP2_CLIENT_MAGIC_LEN};

/// A message's body on its way out, and what follows it.
struct Http2Body {
  BodyQueue queue;
  std::string trailers;    ///< field lines, sent behind the body
  std::uint64_t sent = 0;  ///< octets that have left the queue
  bool ended = false;      ///< nothing is added any more
  bool waits = false;      ///< nghttp2 found it empty: Http2Session::wake() when there is more

  /// What all bodies of its connection hold, kept up to date by each; nullptr: nobody asks.
  std::size_t* total = nullptr;

  void add(transport::Slice data);
  void add_copy(std::string_view data);
  transport::Slice take(std::size_t most);
  void clear();

  /// More than a reader should be given at once: of one body, less where its connection holds much already. None waits
  /// for another: what is nearly empty goes on.
  [[nodiscard]] bool congested() const {
    return queue.size() > (total != nullptr && *total > kMostOfAll ? kShare : SendQueue::kHighWater);
  }

  static constexpr std::size_t kMostOfAll = 1UL << 20;
  static constexpr std::size_t kShare = 8UL * 1024;
};

/// Of a body on a link that is long or fast.
inline constexpr std::uint32_t kWideWindow = 256 * 1024;

struct Http2Settings {
  std::uint32_t streams = 100;                 ///< that the peer may have open; servers' only
  std::uint32_t stream_window = kWideWindow;   ///< octets of one body that are received ahead of their reader
  std::uint32_t connection_window = 4U << 20;  ///< of all bodies
  std::uint32_t header_list = 16384;           ///< advisory: what a head may be
  std::size_t most_queued = 2000;              ///< frames that wait to be sent, DATA aside: more, and it is broken
};

class Http2Session {
 public:
  Http2Session(const Http2Session&) = delete;
  Http2Session& operator=(const Http2Session&) = delete;

 protected:
  enum class Side : std::uint8_t { kServer, kClient };

  Http2Session() = default;
  virtual ~Http2Session() { end_session(); }

  /// Makes the session; its SETTINGS go out with the first pump().
  void begin_session(Side side, const Http2Settings& settings);
  void end_session();

  /// Reads, and sends what there is to be said.
  void feed(const transport::Slice& data);

  /// Sends all that there is and may go. Asked for while it is at work, or from within nghttp2, it goes on by itself.
  void pump();

  /// To be called when the stream says on_written.
  void on_sent();

  /// on_header's, for a message that goes too far: its stream is reset (INTERNAL_ERROR), and what is left of the field
  /// section is decompressed alone.
  static constexpr int kNoMoreFields = NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;

  /// Nothing is left to say or to hear: the connection can end.
  [[nodiscard]] bool is_over() const;
  [[nodiscard]] bool busy() const { return busy_; }
  [[nodiscard]] nghttp2_session* session() const { return session_; }

  // What nghttp2 tells. They return 0, or what nghttp2 takes for a failure. None may end the session.
  virtual int on_begin_headers(const nghttp2_frame& frame) = 0;
  virtual int on_header(const nghttp2_frame& frame, std::string_view name, std::string_view value) = 0;
  virtual int on_frame(const nghttp2_frame& frame) = 0;
  virtual int on_body(std::int32_t stream, transport::Slice data) = 0;
  virtual void on_frame_sent(const nghttp2_frame& frame) = 0;
  virtual void on_stream_closed(std::int32_t stream, std::uint32_t code) = 0;

  /// All that came at once has been read. Users may be called.
  virtual void on_fed() = 0;

  /// Between two rounds of sending: users may be called, who may ask for another round.
  virtual void on_round() = 0;

  /// Nothing is at work any more: the session may be ended.
  virtual void on_rest() = 0;

  transport::StreamPtr stream_;
  SendQueue queue_;
  bool broken_ = false;  ///< nghttp2 cannot go on

 private:
  friend struct Http2Callbacks;

  void send_round();
  bool fill_queue();

  nghttp2_session* session_ = nullptr;
  const transport::Slice* input_ = nullptr;
  std::size_t most_queued_ = 0;
  bool busy_ = false;
  bool again_ = false;
};

/// nghttp2's view of a body: passed to nghttp2_submit_*. body: stays until the stream is closed.
nghttp2_data_provider provider_of(Http2Body& body);

}  // namespace sluice::l7
