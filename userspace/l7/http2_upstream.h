// One HTTP/2 connection to an endpoint, in clear text by prior knowledge: many requests at once. Http2Pool owns it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

#include "userspace/l7/http2_request.h"
#include "userspace/l7/http2_session.h"
#include "userspace/transport/timer.h"

namespace sluice::l7 {

class Http2Pool;
struct Endpoint;

class Http2Upstream final : public transport::StreamHandler, private Http2Session {
 public:
  explicit Http2Upstream(Http2Pool& pool) : pool_(pool) {}

  // For the pool.
  void open(Endpoint& endpoint);

  /// The backend's SETTINGS have come: it speaks HTTP/2, and how many requests it takes at once is known.
  [[nodiscard]] bool is_open() const { return state_ == State::kOpen; }
  [[nodiscard]] bool is_coming() const { return state_ == State::kConnecting || state_ == State::kGreeting; }
  [[nodiscard]] bool has_room() const { return is_open() && !broken_ && !leaving_ && requests_.size() < most_; }
  [[nodiscard]] bool is_idle() const { return is_open() && requests_.empty(); }
  [[nodiscard]] std::chrono::steady_clock::time_point since() const { return since_; }  ///< idle or connecting
  [[nodiscard]] Endpoint& endpoint() const { return *endpoint_; }
  void attach(Http2Request& request);

  /// Takes no more requests.
  void expire();

  /// Ends it if it carries nothing and nobody wants it.
  void leave();

  // For its requests.
  /// Scratch of one submission.
  [[nodiscard]] std::vector<nghttp2_nv>& fields() { return fields_; }

  /// With these fields. The stream's number; below 0: no more can be opened here.
  std::int32_t submit(Http2Request& request, Http2Body* body);
  void submit_reset(std::int32_t stream, std::uint32_t code);
  void wake(std::int32_t stream);
  void consume(std::int32_t stream, std::size_t size);
  void await_drain(Http2Request& request) { crowded_.push_back(&request); }
  void send() { pump(); }

  /// It is done with, or given up; its stream, if it has one, is of no account any more.
  void detach(Http2Request& request, std::int32_t stream);
  /// A request was given up without an answer: no more go here if nothing at all has come for as long as a new
  /// connection would have had to answer.
  void doubt();
  [[nodiscard]] bool reused() const { return served_ > 0; }

  // StreamHandler
  void on_connected() override;
  void on_data(transport::Slice data) override;
  void on_end() override;
  void on_written() override;
  void on_error(int error) override;
  [[nodiscard]] bool wants_rest() const override { return !requests_.empty(); }

 private:
  enum class State : std::uint8_t {
    kClosed,
    kConnecting,
    kGreeting,  ///< connected; the backend's SETTINGS are awaited
    kOpen,
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

  [[nodiscard]] Http2Request* find(std::int32_t stream) const;
  void on_settings();
  [[nodiscard]] bool is_unwanted() const;
  [[nodiscard]] bool is_unheard() const { return unheard_since_ != decltype(unheard_since_){}; }
  void fail_opening(UpstreamFailure failure);
  void fail(UpstreamFailure failure);
  void close();
  void on_timer();

  static constexpr std::size_t kMostStreams = 1000;  ///< however many the backend would take

  Http2Pool& pool_;
  Endpoint* endpoint_ = nullptr;
  std::vector<nghttp2_nv> fields_;
  std::vector<Http2Request*> requests_;
  std::vector<Http2Request*> touched_;  ///< what came at once was for these
  std::vector<Http2Request*> crowded_;  ///< congested
  State state_ = State::kClosed;
  std::size_t most_ = 0;  ///< requests at once
  std::uint64_t served_ = 0;
  bool leaving_ = false;  ///< the backend takes no more here (GOAWAY), or it has been idle for too long
  bool goodbye_ = false;  ///< said by us
  std::chrono::steady_clock::time_point since_{};

  /// Of the first request since something came, later by the time in which there was none; {}: nothing is awaited.
  std::chrono::steady_clock::time_point unheard_since_{};
  transport::Timer timer_ = transport::Timer::bind<&Http2Upstream::on_timer>(this);
};

}  // namespace sluice::l7
