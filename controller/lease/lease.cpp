#include "controller/lease/lease.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <future>
#include <mutex>
#include <optional>
#include <random>
#include <thread>

#include "controller/lease/election.h"
#include "controller/source/kubernetes/api_client.h"
#include "controller/source/kubernetes/api_request.h"
#include "sluice/wake.h"

namespace sluice::lease {

namespace asio = boost::asio;
using kubernetes::ApiError;
using kubernetes::ApiErrorKind;
using Clock = std::chrono::steady_clock;

namespace {

/// client-go's JitterFactor: those who wait for a Lease do not all ask at once.
constexpr double kJitter = 1.2;

std::string wall_now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return micro_time(std::chrono::duration_cast<std::chrono::microseconds>(since).count());
}

}  // namespace

struct Lease::State {
  State(const kubernetes::Cluster& cluster, LeaseOptions options)
      : election(std::move(options)), client(context.get_executor(), cluster, limits(), 2), told(election.state({})) {}

  [[nodiscard]] kubernetes::ClientLimits limits() const {
    const auto most = election.request_time();
    return {.connect = most, .request = most, .response_bytes = 1U << 20};
  }
  [[nodiscard]] kubernetes::ResourcePath path(bool of_object) const {
    const auto& options = election.options();
    return {{"coordination.k8s.io", "v1", "leases"}, options.namespace_, of_object ? options.name : "", ""};
  }

  using Answer = std::expected<Record, ApiError>;
  asio::awaitable<Answer> ask(kubernetes::ApiRequest request);
  asio::awaitable<std::optional<ApiError>> read();
  asio::awaitable<std::optional<ApiError>> write(Record record);
  asio::awaitable<std::optional<ApiError>> turn();
  asio::awaitable<bool> resign();
  asio::awaitable<void> run();
  asio::awaitable<void> pause(Clock::duration took);
  void watch_deadline();
  void tell(std::string problem);

  /// Goes after all that uses it.
  asio::io_context context{1};
  Election election;
  kubernetes::ApiClient client;
  asio::steady_timer timer{context};     ///< until the next turn
  asio::steady_timer deadline{context};  ///< when what we hold is held no more
  std::minstd_rand random{std::random_device()()};
  bool is_called = false;  ///< the next turn is to come at once
  bool is_ending = false;
  std::promise<bool> ended;

  Wake wake;
  std::mutex mutex;  ///< guards the two below
  LeaseState told;
  Clock::time_point held_until{};

  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  std::thread thread;
};

asio::awaitable<Lease::State::Answer> Lease::State::ask(kubernetes::ApiRequest request) {
  kubernetes::HttpRequest message;
  message.method = request.method;
  message.target = to_path(request.path);
  message.content_type = std::move(request.content_type);
  message.body = std::move(request.body);
  auto body = co_await client.call(std::move(message));
  if (!body) co_return std::unexpected(std::move(body.error()));
  auto record = read_record(*body);
  if (!record) co_return std::unexpected(ApiError{ApiErrorKind::kUnreadable, 0, std::move(record.error()), {}});
  co_return *std::move(record);
}

asio::awaitable<std::optional<ApiError>> Lease::State::read() {
  auto request = kubernetes::get(path(true));
  auto record = co_await ask(std::move(request));
  if (!record && record.error().kind != ApiErrorKind::kNotFound) co_return std::move(record.error());
  election.saw(record ? std::optional(*std::move(record)) : std::nullopt, Clock::now());
  co_return std::nullopt;
}

asio::awaitable<std::optional<ApiError>> Lease::State::write(Record record) {
  const auto asked = Clock::now();
  std::string body = to_json(record, election.options().namespace_, election.options().name);
  const bool is_new = record.resource_version.empty();
  // Made before it is awaited: GCC 12 destroys temporaries of a conditional twice in an await.
  auto request =
      is_new ? kubernetes::create(path(false), std::move(body)) : kubernetes::update(path(true), std::move(body));
  auto taken = co_await ask(std::move(request));
  if (!taken) co_return std::move(taken.error());
  election.wrote(*std::move(taken), asked);
  co_return std::nullopt;
}

/// What is ours is renewed from what we know of it; else, and where that is not what the server has, it is read first.
asio::awaitable<std::optional<ApiError>> Lease::State::turn() {
  if (election.is_ours()) {
    auto renewal = *election.bid(Clock::now(), wall_now());
    auto failed = co_await write(std::move(renewal));
    const bool is_other =
        failed && (failed->kind == ApiErrorKind::kConflict || failed->kind == ApiErrorKind::kNotFound);
    if (!is_other) co_return failed;
  }
  if (auto failed = co_await read()) co_return failed;
  auto bid = election.bid(Clock::now(), wall_now());
  if (!bid) co_return std::nullopt;
  auto failed = co_await write(*std::move(bid));
  // Somebody else was faster: no trouble, and the next turn sees who.
  if (failed && (failed->kind == ApiErrorKind::kConflict || failed->kind == ApiErrorKind::kAlreadyExists)) {
    co_return co_await read();
  }
  co_return failed;
}

asio::awaitable<bool> Lease::State::resign() {
  for (int tries = 0; tries < 2; ++tries) {
    auto record = election.resignation(wall_now());
    if (!record) co_return true;
    const auto failed = co_await write(*std::move(record));
    if (!failed) co_return true;
    if (failed->kind != ApiErrorKind::kConflict) co_return false;
    const auto unread = co_await read();
    if (unread) co_return false;
  }
  co_return false;
}

asio::awaitable<void> Lease::State::pause(Clock::duration took) {
  if (std::exchange(is_called, false)) co_return;
  Clock::duration time = election.pause(std::chrono::duration_cast<std::chrono::milliseconds>(took));
  if (!election.is_ours()) {
    const std::chrono::duration<double> period = election.options().terms.retry_period;
    time = std::chrono::duration_cast<Clock::duration>(period *
                                                       (1 + std::uniform_real_distribution<>(0, kJitter)(random)));
  }
  timer.expires_after(time);
  boost::system::error_code called;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, called));
  is_called = false;
}

asio::awaitable<void> Lease::State::run() {
  while (!is_ending) {
    const auto begun = Clock::now();
    const auto failed = co_await turn();
    tell(failed ? to_string(*failed) : "");
    if (!failed && election.is_ours()) election.options().renewed();
    if (!is_ending) co_await pause(Clock::now() - begun);
  }
  const bool is_given_up = co_await resign();
  tell("");
  ended.set_value(is_given_up);
}

void Lease::State::watch_deadline() {
  deadline.expires_at(election.deadline());
  deadline.async_wait([this](boost::system::error_code moved) {
    if (!moved) tell("not renewed for " + std::to_string(election.options().terms.renew_deadline.count()) + " ms");
  });
}

void Lease::State::tell(std::string problem) {
  const auto now = Clock::now();
  LeaseState state = election.state(now);
  state.problem = std::move(problem);
  if (state.holds && election.options().is_contended) watch_deadline();
  const std::scoped_lock lock(mutex);
  held_until = election.deadline();
  if (state == told) return;
  told = std::move(state);
  wake.call();
}

Lease::Lease(const kubernetes::Cluster& cluster, LeaseOptions options)
    : state_(std::make_unique<State>(cluster, std::move(options))) {
  asio::co_spawn(state_->context, state_->run(), asio::detached);
  state_->thread = std::thread([state = state_.get()] { state->context.run(); });
}

Lease::~Lease() {
  state_->context.stop();
  state_->thread.join();
}

int Lease::fd() const {
  return state_->wake.fd();
}

LeaseState Lease::take() {
  state_->wake.clear();
  const std::scoped_lock lock(state_->mutex);
  LeaseState out = state_->told;
  out.is_renewed = out.is_renewed && Clock::now() < state_->held_until;
  if (state_->election.options().is_contended) out.holds = out.holds && out.is_renewed;
  return out;
}

void Lease::annotate(std::map<std::string, std::string> annotations) {
  asio::post(state_->context, [state = state_.get(), annotations = std::move(annotations)]() mutable {
    if (annotations == state->election.options().annotations) return;
    state->election.annotate(std::move(annotations));
    if (!state->election.is_ours()) return;
    state->is_called = true;
    state->timer.cancel();
  });
}

bool Lease::release(std::chrono::milliseconds timeout) {
  auto ended = state_->ended.get_future();
  asio::post(state_->context, [state = state_.get()] {
    state->is_ending = true;
    state->timer.cancel();
  });
  return ended.wait_for(timeout) == std::future_status::ready && ended.get();
}

}  // namespace sluice::lease
