// One request's life: route, filters, backend, endpoint, both bodies, answer, log line.
//
//   ClientSide --start, on_body--> Exchange --send_head, send_body--> Upstream
//              <--send_head, send_body--     <--on_response_head, on_response_body--
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>

#include "userspace/l7/client_side.h"
#include "userspace/l7/reason.h"
#include "userspace/l7/tables.h"
#include "userspace/l7/upstream_pool.h"
#include "userspace/transport/timer.h"

namespace sluice::l7 {

class HttpWorker;
struct TablesInUse;
struct RuleCell;

/// Pooled by HttpWorker: nothing is allocated in a request's way.
class Exchange final : public UpstreamUser {
 public:
  explicit Exchange(HttpWorker& worker) : worker_(worker) {}

  /// head: stays as it is until finish(). facts: borrowed alike. The answer may have been queued when this returns;
  /// nothing has been flushed.
  void start(const RequestHead& head, const ClientFacts& facts, ClientSide& client);

  /// For a head that was refused: the answer, and its line in the log.
  void refuse(const RequestHead& head, const ClientFacts& facts, ClientSide& client, Reason reason);

  /// The request's body may be handed over. Once false, ClientSide::deliver_body() tells.
  [[nodiscard]] bool takes_body() const;
  void on_body(transport::Slice data);

  /// The client sends no body before the backend says 100 (Continue), which it has not.
  [[nodiscard]] bool awaits_continue() const { return head_->expects_continue && !continued_ && received_ == 0; }
  void on_body_end(std::string_view trailers);
  void flush_request();

  /// What was congested has been sent to the client.
  void client_drained();

  /// The request cannot be made whole (a body that breaks the rules or does not come): answers if nothing was answered
  /// yet, else cuts.
  void fail(Reason reason);

  /// The last call, from the client's side: sent whole, or over for `reason` where it is not kForwarded.
  void finish(Reason reason);

  // UpstreamUser
  void on_upstream_ready() override;
  void on_interim(const ResponseHead& head) override;
  void on_response_head(const ResponseHead& head) override;
  void on_response_body(transport::Slice data) override;
  void on_response_flush() override;
  void on_response_end(std::string_view trailers) override;
  void on_upstream_drained() override;
  void on_upstream_failed(UpstreamFailure failure) override;

 private:
  static constexpr std::size_t kMostAttempts = 3;

  void reset(const RequestHead& head, const ClientFacts& facts, ClientSide& client);
  bool route();
  bool choose_backend();
  void redirect();
  void connect(Reuse reuse);
  bool connect_elsewhere();
  void send_head();
  std::string_view outgoing_target();
  std::string_view outgoing_host() const;
  [[nodiscard]] bool may_repeat() const;
  [[nodiscard]] bool repeat_untouched();
  void reply(Reason reason);
  void reply_grpc(Reason reason);
  void drop_upstream();
  void log(std::chrono::nanoseconds duration);
  void on_request_timeout() { fail(Reason::kRequestTimeout); }
  void on_backend_timeout() { fail(Reason::kBackendTimeout); }

  HttpWorker& worker_;
  const RequestHead* head_ = nullptr;
  const ClientFacts* facts_ = nullptr;
  ClientSide* client_ = nullptr;
  TablesInUse* tables_ = nullptr;
  const RouteTable* listener_ = nullptr;
  Decision decision_;
  const WeightedTarget* target_ = nullptr;
  RuleCell* cell_ = nullptr;
  Upstream* upstream_ = nullptr;
  UpstreamProtocol protocol_ = UpstreamProtocol::kHttp1;
  std::array<Endpoint*, kMostAttempts> tried_{};
  std::size_t attempts_ = 0;
  std::size_t repeats_ = 0;  ///< of what a backend refused untouched
  std::string endpoint_;     ///< the last one asked, for the log
  std::chrono::steady_clock::time_point started_{};
  std::chrono::steady_clock::time_point asked_{};     ///< the backend
  std::chrono::steady_clock::time_point answered_{};  ///< by the backend; its head
  std::uint64_t received_ = 0;                        ///< octets of the request's body
  std::uint64_t sent_ = 0;                            ///< octets of the response's body
  std::uint16_t status_ = 0;
  Reason reason_ = Reason::kForwarded;
  bool head_sent_ = false;       ///< to the backend, in this attempt
  bool request_ended_ = false;   ///< its whole body has been handed over
  bool response_begun_ = false;  ///< towards the client, interim responses left out
  bool upstream_paused_ = false;
  bool continued_ = false;  ///< the backend has said 100
  transport::Timer request_timer_ = transport::Timer::bind<&Exchange::on_request_timeout>(this);
  transport::Timer backend_timer_ = transport::Timer::bind<&Exchange::on_backend_timeout>(this);
};

}  // namespace sluice::l7
