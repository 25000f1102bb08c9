// One HTTP/1.1 connection to an endpoint: sends one request at a time and reads its response. UpstreamPool owns it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "userspace/l7/head_buffer.h"
#include "userspace/l7/http1_body.h"
#include "userspace/l7/http1_parser.h"
#include "userspace/l7/send_queue.h"
#include "userspace/l7/upstream.h"
#include "userspace/transport/stream.h"

namespace sluice::l7 {

class UpstreamPool;
struct Endpoint;

class UpstreamConnection final : public transport::StreamHandler, public Upstream {
 public:
  explicit UpstreamConnection(UpstreamPool& pool, HeadLimits limits) : pool_(pool), parser_(limits) {}

  [[nodiscard]] bool ready() const override { return state_ == State::kOpen; }
  [[nodiscard]] bool stale() const override { return reused_ && !answered_; }
  void send_head(const OutgoingRequest& request) override;
  void send_body(transport::Slice data) override;
  void send_end(std::string_view trailers) override;
  void flush() override;
  [[nodiscard]] bool congested() const override { return queue_.congested(); }
  void pause() override { stream_->pause(); }
  void resume() override { stream_->resume(); }
  void drop() override;

  void on_connected() override;
  void on_data(transport::Slice data) override;
  void on_end() override;
  void on_written() override;
  void on_error(int error) override;

  /// A backend that has seen enough of a request answers and closes; its answer lies before the reset.
  [[nodiscard]] bool wants_rest() const override { return user_ != nullptr; }

 private:
  friend class UpstreamPool;
  enum class State : std::uint8_t { kClosed, kConnecting, kOpen };

  bool read_head(transport::Slice& data);
  bool take_head();
  void read_body(transport::Slice data);
  void finish(bool reusable, std::string_view trailers);
  void fail(UpstreamFailure failure);
  void lend(UpstreamUser& user);
  void close();

  static constexpr int kMostInterim = 16;  ///< 1xx responses to one request; more is an attack

  UpstreamPool& pool_;
  Endpoint* endpoint_ = nullptr;
  transport::StreamPtr stream_;
  UpstreamUser* user_ = nullptr;
  SendQueue queue_;
  HeadBuffer head_buffer_;
  ResponseParser parser_;
  BodyReader body_;
  std::string_view method_;
  State state_ = State::kClosed;
  BodyKind request_framing_ = BodyKind::kNone;
  bool reused_ = false;
  bool answered_ = false;      ///< an octet of the response has come
  bool request_sent_ = false;  ///< its end has been queued
  bool head_done_ = false;
  bool keep_alive_ = false;  ///< the response lets the connection stay
  bool idle_ = false;
  int interim_ = 0;
  std::chrono::steady_clock::time_point since_{};  ///< connecting or idle
};

}  // namespace sluice::l7
