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
#include "userspace/transport/stream.h"

namespace sluice::l7 {

class UpstreamPool;
struct Endpoint;

enum class UpstreamFailure : std::uint8_t {
  kRefused,  ///< no connection: nothing was sent
  kTimeout,  ///< no connection in time: nothing was sent
  kReset,    ///< ended before the response was whole
  kNotHttp,  ///< the response breaks a rule
};

/// Who has been lent the connection. After on_response_end and on_failed it is lent no longer.
class UpstreamUser {
 public:
  virtual void on_upstream_ready() = 0;
  virtual void on_interim(const ResponseHead& head) = 0;  ///< 1xx; views into what was received, gone afterwards
  virtual void on_response_head(const ResponseHead& head) = 0;
  virtual void on_response_body(transport::Slice data) = 0;
  virtual void on_response_flush() = 0;  ///< all that was received has been handed over
  virtual void on_response_end(std::string_view trailers) = 0;
  virtual void on_upstream_drained() = 0;  ///< what was congested is sent
  virtual void on_upstream_failed(UpstreamFailure failure) = 0;

 protected:
  ~UpstreamUser() = default;
};

class UpstreamConnection final : public transport::StreamHandler {
 public:
  explicit UpstreamConnection(UpstreamPool& pool, HeadLimits limits) : pool_(pool), parser_(limits) {}

  // For the user.
  [[nodiscard]] bool ready() const { return state_ == State::kOpen; }

  /// It served another request before, and of this one's response nothing has come: the backend may have closed it
  /// before it saw the request. Still true of a connection that has just failed.
  [[nodiscard]] bool stale() const { return reused_ && !answered_; }
  [[nodiscard]] Endpoint& endpoint() const { return *endpoint_; }

  /// Begins a request: the caller appends its head to the text. method: borrowed until the response's head is whole.
  std::string& begin(std::string_view method, BodyKind framing);
  void send_body(transport::Slice data);
  void send_end(std::string_view trailers);
  void flush();
  [[nodiscard]] bool congested() const { return queue_.congested(); }
  void pause() { stream_->pause(); }
  void resume() { stream_->resume(); }

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
