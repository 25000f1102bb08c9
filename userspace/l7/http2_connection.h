// A client's HTTP/2 connection: a stream a request, many at once.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "userspace/l7/client_origin.h"
#include "userspace/l7/connection_owner.h"
#include "userspace/l7/deadline.h"
#include "userspace/l7/http2_session.h"
#include "userspace/l7/http2_stream.h"
#include "userspace/transport/timer.h"

namespace sluice::l7 {

class HttpWorker;

class Http2Connection final : public transport::StreamHandler, private Http2Session {
 public:
  Http2Connection(HttpWorker& worker, ConnectionOwner& owner) : worker_(worker), owner_(owner) {}

  /// preface: the client's has been read already (h2c); what came behind it goes to read().
  void open(Accepted accepted, bool preface);
  void read(const transport::Slice& data);

  /// Takes no new streams in a while (GOAWAY), and ends as those it has are done (RFC 9113 6.8).
  void drain();

  /// Ends it at once, by RST.
  void abort();

  // StreamHandler
  void on_data(transport::Slice data) override;
  void on_end() override;
  void on_written() override;
  void on_error(int error) override;

  // For its streams.
  [[nodiscard]] const ClientFacts& facts() { return origin_.facts(worker_); }
  void submit_head(std::int32_t stream, std::string_view status, std::string_view lines, Http2Body* body);
  void submit_interim(std::int32_t stream, std::uint16_t status, std::string_view lines);
  void submit_reset(std::int32_t stream, std::uint32_t code);
  void wake(std::int32_t stream);
  void send() { pump(); }

  /// Octets of a body have been taken: the client may send as many.
  void consume(std::int32_t stream, std::size_t size);
  void consume_connection(std::size_t size);

  /// A window of kWideWindow for a body that its backend takes as it comes; false: too many have one.
  [[nodiscard]] bool widen(std::int32_t stream);
  void narrow() { --wide_; }

  /// Octets of responses that wait, of all streams.
  [[nodiscard]] std::size_t& held() { return held_; }

  /// To be told when the stream is congested no longer.
  void await_reader(Http2Stream& stream) { crowded_.push_back(&stream); }

  /// A stream that the whole connection hangs on does not go on.
  void give_up();

 private:
  enum class State : std::uint8_t {
    kOpen,
    kLinger,  ///< FIN sent; what still comes is thrown away
    kClosed,
  };

  int on_begin_headers(const nghttp2_frame& frame) override;
  int on_header(const nghttp2_frame& frame, std::string_view name, std::string_view value) override;
  int on_frame(const nghttp2_frame& frame) override;
  int on_body(std::int32_t stream, transport::Slice data) override;
  void on_frame_sent(const nghttp2_frame& frame) override;
  void on_stream_closed(std::int32_t stream, std::uint32_t code) override;
  void on_fed() override;
  void on_round() override;
  void on_rest() override;

  [[nodiscard]] Http2Stream* find(std::int32_t stream) const;
  Http2Stream& take_stream();
  void touch(Http2Stream& stream);
  void count_fault();
  void await();
  void end_streams(Reason reason);
  void begin_linger();
  void close();
  void set_deadline(std::chrono::milliseconds after);
  void on_deadline();

  static constexpr std::uint32_t kStreams = 100;
  static constexpr std::uint32_t kMostWide = 16;

  /// What all streams may send. The connection's window holds it twice, for nghttp2 gives that back by halves: bodies
  /// that no backend takes stop no other.
  static constexpr std::uint32_t kStreamsWindows =
      kStreams * Http2Stream::kWindow + kMostWide * (kWideWindow - Http2Stream::kWindow);

  /// Resets that the client's own faults make us send (as nghttp2 counts those that it sends): each ends a request that
  /// has cost us a backend, and makes room for the next.
  static constexpr std::uint32_t kMostFaults = 1000;
  static constexpr std::uint32_t kFaultsASecond = 33;

  static constexpr std::size_t kKeepStreams = 8;  ///< objects for the next requests

  HttpWorker& worker_;
  ConnectionOwner& owner_;
  ClientOrigin origin_;
  std::vector<std::unique_ptr<Http2Stream>> open_;  ///< in no order; nghttp2 knows each by its id
  std::vector<std::unique_ptr<Http2Stream>> free_;
  std::vector<Http2Stream*> touched_;  ///< what came at once was for these
  std::vector<Http2Stream*> crowded_;  ///< congested
  std::vector<nghttp2_nv> fields_;     ///< scratch of one submission
  std::size_t held_ = 0;
  std::uint32_t wide_ = 0;  ///< streams that have a wide window
  State state_ = State::kClosed;
  std::uint32_t faults_left_ = kMostFaults;
  std::chrono::steady_clock::time_point faults_counted_{};  ///< when it was last filled up
  bool goaway_ = false;                                     ///< sent: no new streams
  bool draining_ = false;                                   ///< announced
  bool awaits_reader_ = false;                              ///< the deadline is that of the write under way
  bool idle_ = false;                                       ///< the deadline is that of a connection without a stream
  Deadline deadline_ = Deadline::bind<&Http2Connection::on_deadline>(this);
  transport::Timer drain_timer_ = transport::Timer::bind<&Http2Connection::drain>(this);
};

}  // namespace sluice::l7
