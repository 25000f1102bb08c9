#include "userspace/subscribe/client.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "sluice/backoff.h"
#include "sluice/control_loop.h"
#include "userspace/subscribe/calls.h"
#include "userspace/subscribe/credentials.h"
#include "userspace/subscribe/epoch_guard.h"
#include "userspace/subscribe/identity.h"

namespace sluice::subscribe {
namespace {

using Clock = std::chrono::steady_clock;
using WallClock = std::chrono::system_clock;

/// A stream that no leader is found for within so many redirects begins again at the Service.
constexpr int kRedirects = 4;
/// After so many streams in a row that began and were ended without a word, the certificate is suspected: its authority
/// may be another now, which TLS 1.3 tells a client that way.
constexpr int kFailures = 3;
/// So many tries in a row that nobody answers in time are followed by the next one soon; those after them by backoff,
/// or a controller that many nodes come to at once would hear from none of them long enough.
constexpr int kSoon = 2;
/// For the same reason each of those tries is given twice the time of the one before it, up to this.
constexpr std::chrono::milliseconds kLongestConnect{5'000};

}  // namespace

/// Of the loop's thread, but for what connection_mutex guards.
class Client::State {
 public:
  State(const SubscriberOptions& options, Outbox& outbox)
      : options_(options),
        timing_(options_.timing),
        outbox_(outbox),
        guard_(timing_.epoch),
        backoff_(timing_.backoff_first, timing_.backoff_most),
        enrolment_backoff_(timing_.backoff_first, timing_.backoff_most) {
    if (options_.server_name.empty()) options_.server_name = host_of(options_.controller);
  }

  void start() {
    caller_.emplace(subscribe::start(loop));
    loop.post([this] {
      attempt();
      tick();
    });
  }

  void hold(std::uint64_t number, model::Snapshot held) {
    if (!conversation_) return;
    conversation_->hold(number, std::move(held));
    note_current();
    pump();
  }
  void applied(Answer answer) {
    if (!conversation_) return;
    conversation_->applied(std::move(answer));
    note_current();
    pump();
  }
  void beat() {
    if (!conversation_) return;
    conversation_->beat();
    pump();
  }
  void stop() {
    is_stopping_ = true;
    loop.cancel_waits();
    if (cancel_enrolment_) cancel_enrolment_();
    if (stream_) stream_->leave("the node ends");
  }

  control::Loop loop;

  std::mutex connection_mutex;
  Connection connection;  ///< guarded by it

 private:
  // Getting a certificate.
  void attempt();
  void enrol();
  std::expected<void, std::string> begin_enrolment();
  void enrolled(const KeyRequest& request, const Ending& ending, const std::string& bytes);
  std::expected<void, std::string> take_certificate(const KeyRequest& request, const std::string& bytes);
  [[nodiscard]] bool is_vouched_for() const;
  void look_at_authorities(Clock::time_point now);

  // The stream.
  void connect();
  void receive(const std::string& bytes);
  void hear(Conversation::Heard heard);
  void leave(const std::string& why) {
    is_left_ = true;
    if (stream_) stream_->leave(why);
  }
  void ended(const Ending& ending);
  void failed(const Ending& ending);
  void retry(Clock::duration wait);
  void retry_soon();
  [[nodiscard]] std::chrono::milliseconds connect_limit() const;
  void note_current();
  void pump();
  void tick();
  template <class F>
  void tell(F&& change) {
    const std::scoped_lock lock(connection_mutex);
    change(connection);
  }

  SubscriberOptions options_;
  const SubscriberTiming timing_;
  Outbox& outbox_;
  EpochGuard guard_;
  Backoff backoff_, enrolment_backoff_;
  std::optional<Caller> caller_;
  bool is_stopping_ = false;

  std::optional<Identity> identity_;
  bool was_vouched_for_ = false;  ///< the CA file held the authority that made it, when it was got
  Clock::time_point next_look_{};
  std::function<void()> cancel_enrolment_;  ///< set while one is under way
  Clock::time_point next_enrolment_{};

  std::string leader_;  ///< where the last Redirect pointed; empty: the Service
  int redirects_ = 0;   ///< since the last Welcome
  int failures_ = 0;    ///< since the last answer
  int unanswered_ = 0;  ///< tries that nobody answered in time, since the last Welcome
  std::shared_ptr<StreamCall> stream_;
  std::optional<Conversation> conversation_;
  std::optional<Conversation::Redirect> redirect_;  ///< what the stream ended with
  bool can_write_ = false;
  bool is_welcome_ = false;
  bool is_left_ = false;     ///< we have ended it
  bool is_renewed_ = false;  ///< it ends for the sake of a new certificate
  Clock::time_point begun_{}, heard_{};
};

/// Each attempt begins here: with a certificate a stream, else an enrolment.
void Client::State::attempt() {
  if (is_stopping_ || stream_) return;
  const auto now = WallClock::now();
  if (identity_ && now < identity_->expires) {
    connect();
  } else if (!cancel_enrolment_) {
    enrol();
  }
}

/// A file that cannot be read just now takes nothing back.
bool Client::State::is_vouched_for() const {
  const auto text = read_authorities(options_.ca_file);
  return !text || holds_certificates(*text, identity_->authority_pem);
}

/// Who is taken out of the CA file is trusted no more: neither as the controller of a stream that is open, nor for our
/// own certificate, which the controllers will not take for long.
void Client::State::look_at_authorities(Clock::time_point now) {
  if (!identity_ || now < next_look_) return;
  next_look_ = now + timing_.look;
  if (!was_vouched_for_ || is_vouched_for()) return;
  identity_.reset();
  if (!stream_) return;
  is_renewed_ = true;
  leave("its authority is no more in " + options_.ca_file);
}

std::expected<void, std::string> Client::State::begin_enrolment() {
  const auto token = read_token(options_.token_file);
  if (!token) return std::unexpected(token.error());
  const auto authorities = read_authorities(options_.ca_file);
  if (!authorities) return std::unexpected(authorities.error());
  KeyRequest key(options_.node);
  control::v1::EnrollRequest request;
  request.set_token(*token);
  request.set_request_pem(key.request_pem());
  cancel_enrolment_ = enroll(
      *caller_, {options_.controller, options_.server_name, *authorities, "", ""}, request.SerializeAsString(),
      timing_.enrol,
      [this, key = std::move(key)](const Ending& ending, const std::string& bytes) { enrolled(key, ending, bytes); });
  return {};
}

void Client::State::enrol() {
  const auto begun = begin_enrolment();
  if (begun) return;
  outbox_.trouble("enrolment", begun.error());
  const auto wait = enrolment_backoff_.next();
  next_enrolment_ = Clock::now() + wait;
  retry(wait);
}

std::expected<void, std::string> Client::State::take_certificate(const KeyRequest& request, const std::string& bytes) {
  control::v1::EnrollResponse response;
  if (!response.ParseFromString(bytes)) return std::unexpected("the controller's answer cannot be read");
  auto taken = identity(request, options_.node, response.certificate_pem(), response.authority_pem(), WallClock::now());
  if (!taken) return std::unexpected(std::move(taken.error()));
  identity_ = *std::move(taken);
  was_vouched_for_ = is_vouched_for();
  tell([&](Connection& now) { now.certificate_expires = identity_->expires; });
  return {};
}

void Client::State::enrolled(const KeyRequest& request, const Ending& ending, const std::string& bytes) {
  cancel_enrolment_ = nullptr;
  if (is_stopping_) return;
  const auto taken = ending.is_ok ? take_certificate(request, bytes) : std::unexpected(ending.why);
  if (!taken) {
    outbox_.trouble("enrolment", options_.controller + ": " + taken.error());
    const auto wait = enrolment_backoff_.next();
    next_enrolment_ = Clock::now() + wait;
    if (!stream_) retry(wait);
    return;
  }
  outbox_.trouble("enrolment", "");
  enrolment_backoff_.reset();
  if (!stream_) return attempt();
  is_renewed_ = true;
  leave("it goes on under a new certificate");
}

void Client::State::connect() {
  const auto authorities = read_authorities(options_.ca_file);
  if (!authorities) {
    outbox_.trouble("controller", authorities.error());
    return retry(backoff_.next());
  }
  const std::string& address = leader_.empty() ? options_.controller : leader_;
  const Endpoint endpoint{address, options_.server_name, *authorities, identity_->certificate_pem, identity_->key_pem};
  conversation_.emplace(options_.node, options_.transaction_bytes);
  redirect_.reset();
  can_write_ = is_welcome_ = is_left_ = is_renewed_ = false;
  begun_ = heard_ = Clock::now();
  tell([](Connection& now) { ++now.connections; });
  StreamCall::Events events{
      .can_write =
          [this] {
            can_write_ = true;
            pump();
          },
      .message = [this](const std::string& bytes) { receive(bytes); },
      .ended = [this](const Ending& ending) { ended(ending); },
  };
  stream_ = StreamCall::start(*caller_, endpoint, std::move(events));
}

void Client::State::receive(const std::string& bytes) {
  control::v1::ControllerMessage message;
  if (!message.ParseFromString(bytes)) return leave("the controller's message cannot be read");
  heard_ = Clock::now();
  if (!message.has_redirect()) {
    if (!guard_.take(message.epoch(), heard_)) {
      return leave("the controller does not know that another one leads: epoch " +
                   std::to_string(message.epoch().transitions()) + ", another has been at " +
                   std::to_string(guard_.highest().transitions()));
    }
    tell([&](Connection& now) {
      now.transitions = message.epoch().transitions();
      now.sequence = message.epoch().sequence();
    });
  }
  auto heard = conversation_->receive(std::move(message));
  if (!heard) return leave(heard.error());
  hear(*std::move(heard));
}

void Client::State::hear(Conversation::Heard heard) {
  if (auto* redirect = std::get_if<Conversation::Redirect>(&heard)) {
    redirect_ = std::move(*redirect);
    leave("another controller leads");
  } else if (std::holds_alternative<Conversation::Welcome>(heard)) {
    is_welcome_ = true;
    redirects_ = failures_ = unanswered_ = 0;
    outbox_.trouble("controller", "");
    outbox_.ask_what_is_held();
    tell([&](Connection& now) {
      now.connected = true;
      now.controller = leader_.empty() ? options_.controller : leader_;
    });
  } else if (auto* transaction = std::get_if<Transaction>(&heard)) {
    outbox_.transaction(std::move(*transaction));
  }
  note_current();
  pump();
}

void Client::State::note_current() {
  tell([&](Connection& now) { now.is_current = conversation_ && conversation_->is_current(); });
}

void Client::State::ended(const Ending& ending) {
  stream_.reset();
  conversation_.reset();
  tell([](Connection& now) { now.connected = now.is_current = false; });
  if (is_stopping_) return;
  // One that held was no failure to connect; the next try is the first again.
  if (is_welcome_ && Clock::now() - begun_ > timing_.backoff_most) backoff_.reset();
  if (is_renewed_) return attempt();
  if (!redirect_) return failed(ending);
  failures_ = 0;
  leader_ = std::exchange(redirect_, std::nullopt)->leader;
  if (!leader_.empty() && ++redirects_ <= kRedirects) return attempt();
  outbox_.trouble("controller", leader_.empty() ? "no controller leads" : "redirects lead nowhere");
  leader_.clear();
  redirects_ = 0;
  // A leader is being elected: that takes a moment, but not ever longer.
  retry_soon();
}

void Client::State::failed(const Ending& ending) {
  const std::string& address = leader_.empty() ? options_.controller : leader_;
  outbox_.trouble("controller", address + ": " + ending.why);
  leader_.clear();
  const bool is_suspect = !is_welcome_ && !is_left_ && !ending.is_unreachable;
  if (ending.is_unauthenticated || (is_suspect && ++failures_ >= kFailures)) {
    identity_.reset();
    failures_ = 0;
  }
  // Who did not answer in time has been given time enough; the next one may be well.
  if (!is_welcome_ && Clock::now() - begun_ >= connect_limit() && ++unanswered_ <= kSoon) return retry_soon();
  retry(backoff_.next());
}

std::chrono::milliseconds Client::State::connect_limit() const {
  auto limit = timing_.connect;
  for (int i = 0; i < unanswered_ && limit < kLongestConnect; ++i) limit = std::min(2 * limit, kLongestConnect);
  return limit;
}

void Client::State::retry_soon() {
  const auto most = timing_.backoff_most;
  retry(Backoff(std::min(most, std::chrono::milliseconds(1000)), most).next());
}

void Client::State::retry(Clock::duration wait) {
  loop.after(std::chrono::duration_cast<std::chrono::milliseconds>(wait), [this] { attempt(); });
}

void Client::State::pump() {
  if (!stream_ || !can_write_) return;
  const auto message = conversation_->next(guard_.highest());
  if (!message) return;
  can_write_ = false;
  stream_->write(message->SerializeAsString());
}

void Client::State::tick() {
  loop.after(timing_.heartbeat, [this] {
    if (is_stopping_) return;
    const auto now = Clock::now();
    if (stream_ && !is_welcome_ && now - begun_ >= connect_limit()) leave("no answer");
    if (stream_ && is_welcome_ && now - heard_ >= timing_.silence) leave("nothing was heard for too long");
    if (conversation_ && conversation_->has_hello()) outbox_.ask_for_beat();
    look_at_authorities(now);
    const bool is_due = identity_ && identity_->is_due(WallClock::now());
    if (is_due && !cancel_enrolment_ && now >= next_enrolment_) enrol();
    tick();
  });
}

Client::Client(const SubscriberOptions& options, Outbox& outbox) : state_(std::make_unique<State>(options, outbox)) {
  state_->start();
}

Client::~Client() = default;

void Client::hold(std::uint64_t number, model::Snapshot held) {
  // std::function takes what can be copied alone, and this one is large.
  auto shared = std::make_shared<model::Snapshot>(std::move(held));
  state_->loop.post([state = state_.get(), number, shared] { state->hold(number, std::move(*shared)); });
}

void Client::applied(Answer answer) {
  state_->loop.post([state = state_.get(), answer = std::move(answer)] { state->applied(answer); });
}

void Client::beat() {
  state_->loop.post([state = state_.get()] { state->beat(); });
}

Connection Client::connection() const {
  const std::scoped_lock lock(state_->connection_mutex);
  return state_->connection;
}

void Client::stop() {
  state_->loop.post([state = state_.get()] { state->stop(); });
  state_->loop.stop();
}

}  // namespace sluice::subscribe
