#include "controller/report/status_writer.h"

#include <algorithm>
#include <boost/json.hpp>
#include <deque>
#include <map>
#include <random>
#include <set>
#include <utility>

#include "controller/report/merge.h"
#include "controller/report/raw_object.h"
#include "controller/report/token_bucket.h"
#include "controller/report/wanted.h"
#include "controller/report/write_counts.h"
#include "controller/source/kubernetes/resource_version.h"
#include "controller/source/kubernetes/watch_event.h"
#include "sluice/backoff.h"

namespace sluice::report {
namespace {

namespace json = boost::json;
using kubernetes::ApiErrorKind;
using Milliseconds = WriterLimits::Milliseconds;

/// Merges of one run(), so that the owner's loop comes to other things: some 20 ms.
constexpr std::size_t kMergesAtOnce = 500;

/// So many in a row are no busy neighbour.
constexpr unsigned kManyConflicts = 10;

/// A server that asks for more is asked again all the same.
constexpr std::chrono::seconds kLongestRetryAfter{60};

/// What is known of one object of ours. At any time it is in flight, or queued, or has a timer, or rests.
struct Entry {
  Wanted wanted;
  std::uint64_t revision = 0;  ///< of `wanted`
  bool is_queued = false;
  bool in_flight = false;
  std::optional<Time> timer;
  Time not_before = Time::min();  ///< refused: it waits
  unsigned refusals = 0;          ///< in a row
  unsigned conflicts = 0;         ///< in a row

  /// A record other than `base`, and not older than `written` unless that is empty, is waited for until wait_end.
  std::string base, written;
  Time wait_end = Time::min();

  /// The record's version and the revision of a write that changed nothing: the server has its own view (a field that
  /// its schema does not know), and asking again is no use.
  std::string idle_version;
  std::uint64_t idle_revision = 0;

  std::uint64_t written_revision = 0;  ///< of `wanted` when it was last written
  Time written_at = Time::min();
  unsigned repairs = 0;  ///< writes of one revision after the first
  std::string trouble;   ///< as told
};

/// What a request was about.
struct Sent {
  api::ObjectRef object;
  std::uint64_t revision = 0;
  std::string base;
  std::string uid;
  Time at;
};

}  // namespace

struct StatusWriter::State : std::enable_shared_from_this<StatusWriter::State> {
  using Entries = std::map<api::ObjectRef, Entry>;

  State(ApiServer api, const WriterLimits& writer_limits)
      : server(std::move(api)),
        limits(writer_limits),
        bucket(limits.writes_per_second, limits.burst),
        backoff(limits.backoff_first, limits.backoff_most) {}

  void enqueue(const api::ObjectRef& object, Entry& entry);
  void wait(const api::ObjectRef& object, Entry& entry, Time until);
  void forget(Entries::iterator at);
  void rest(Entries::iterator at);
  void wake(Time now);
  bool may_merge(const api::ObjectRef& object, Entry& entry, const kubernetes::StatusRecord& record, Time now);
  void step(Entries::iterator at, Time now, std::string_view time);
  void send(Entries::iterator at, const kubernetes::StatusRecord& record, const kubernetes::JsonPatch& patch, Time now);
  void answered(const Sent& sent, const kubernetes::ApiAnswer& answer);
  void wrote(Entry& entry, const Sent& sent, const std::string& object) const;
  void failed(Entries::iterator at, const Sent& sent, const kubernetes::ApiError& error);
  void tell(const api::ObjectRef& object, Entry& entry, std::string what);
  Milliseconds object_wait(unsigned count);
  std::optional<Time> first_timer() const;
  void count_pending() { counts.pending = ready.size() + timers.size() + in_flight; }

  ApiServer server;
  const WriterLimits limits;
  bool leads = false;
  Entries entries;
  std::deque<api::ObjectRef> ready;
  std::set<std::pair<Time, api::ObjectRef>> timers;
  std::size_t in_flight = 0;
  TokenBucket bucket;
  Backoff backoff;
  Time paused_at = Time::min(), paused_until = Time::min();
  Milliseconds pause{0};  ///< begins at the next run()
  std::vector<Trouble> troubles;
  WriteCounts counts;
};

void StatusWriter::State::enqueue(const api::ObjectRef& object, Entry& entry) {
  if (!leads || entry.is_queued || entry.in_flight) return;
  if (entry.timer) timers.erase({*std::exchange(entry.timer, std::nullopt), object});
  entry.is_queued = true;
  ready.push_back(object);
}

void StatusWriter::State::wait(const api::ObjectRef& object, Entry& entry, Time until) {
  entry.timer = until;
  timers.emplace(until, object);
}

/// Not while it is in flight.
void StatusWriter::State::forget(Entries::iterator at) {
  if (at->second.timer) timers.erase({*at->second.timer, at->first});
  tell(at->first, at->second, "");
  entries.erase(at);
  count_pending();
}

/// Nothing is left to do for it; where nothing is wanted either, nothing is kept.
void StatusWriter::State::rest(Entries::iterator at) {
  if (!at->second.wanted.text) forget(at);
}

void StatusWriter::State::wake(Time now) {
  while (!timers.empty() && timers.begin()->first <= now) {
    const api::ObjectRef object = timers.begin()->second;
    enqueue(object, entries.at(object));
  }
}

std::optional<Time> StatusWriter::State::first_timer() const {
  return timers.empty() ? std::nullopt : std::optional(timers.begin()->first);
}

Milliseconds StatusWriter::State::object_wait(unsigned count) {
  Milliseconds most = limits.object_backoff_first;
  for (unsigned i = 0; i < count && most < limits.object_backoff_most; ++i) most *= 2;
  const auto ticks = std::max<Milliseconds::rep>(std::min(most, limits.object_backoff_most).count(), 1);
  return Milliseconds(std::uniform_int_distribution<Milliseconds::rep>((ticks + 1) / 2, ticks)(backoff.random()));
}

void StatusWriter::State::tell(const api::ObjectRef& object, Entry& entry, std::string what) {
  if (entry.trouble == what) return;
  entry.trouble = what;
  troubles.push_back({"status of " + to_string(object), std::move(what)});
}

/// Whether the record is new enough to start from, and nothing else holds the object up; else a timer is set.
bool StatusWriter::State::may_merge(const api::ObjectRef& object, Entry& entry, const kubernetes::StatusRecord& record,
                                    Time now) {
  if (now < entry.not_before) {
    wait(object, entry, entry.not_before);
    return false;
  }
  if (entry.base.empty()) return true;
  const bool is_older =
      !entry.written.empty() && kubernetes::compare_versions(record.resource_version, entry.written) < 0;
  if ((record.resource_version == entry.base || is_older) && now < entry.wait_end) {
    wait(object, entry, entry.wait_end);
    return false;
  }
  entry.base.clear();
  return true;
}

void StatusWriter::State::step(Entries::iterator at, Time now, std::string_view time) {
  auto& [object, entry] = *at;
  const auto record = server.record(object);
  if (record == nullptr) return rest(at);  // goes on when there is one
  if (!may_merge(object, entry, *record, now)) return;
  if (entry.idle_version == record->resource_version && entry.idle_revision == entry.revision) return rest(at);
  const json::value wanted = entry.wanted.text ? parsed(*entry.wanted.text) : json::value();
  const auto merged =
      merge(object.kind, *record, wanted.if_object(), {.generation = entry.wanted.generation, .now = time});
  std::string trouble;
  for (const auto& line : merged.left_out) trouble += (trouble.empty() ? "no room for all of it: " : "; ") + line;
  if (!merged.patch) {
    ++counts.same;
    tell(object, entry, std::move(trouble));
    return rest(at);
  }
  if (entry.written_revision == entry.revision && entry.repairs > 0) {
    const Time due = entry.written_at + object_wait(entry.repairs - 1);
    if (now < due) {
      entry.not_before = due;
      return wait(object, entry, due);
    }
  }
  if (!trouble.empty()) tell(object, entry, std::move(trouble));
  send(at, *record, *merged.patch, now);
}

void StatusWriter::State::send(Entries::iterator at, const kubernetes::StatusRecord& record,
                               const kubernetes::JsonPatch& patch, Time now) {
  auto& [object, entry] = *at;
  auto path = server.path_of(object);
  if (!path) return wait(object, entry, now + limits.object_backoff_most);
  bucket.take(now);
  entry.in_flight = true;
  ++in_flight;
  const Sent sent{object, entry.revision, record.resource_version, record.uid, now};
  server.send(kubernetes::patch(kubernetes::status_of(*std::move(path)), patch),
              [weak = weak_from_this(), sent](const kubernetes::ApiAnswer& answer) {
                if (const auto state = weak.lock()) state->answered(sent, answer);
              });
}

void StatusWriter::State::answered(const Sent& sent, const kubernetes::ApiAnswer& answer) {
  --in_flight;
  if (answer) {
    ++counts.written;
    backoff.reset();
  } else {
    ++counts.errors[static_cast<std::size_t>(answer.error().kind)];
  }
  const auto at = entries.find(sent.object);
  if (at != entries.end()) {
    at->second.in_flight = false;
    if (answer) {
      wrote(at->second, sent, *answer);
      enqueue(at->first, at->second);
    } else {
      failed(at, sent, answer.error());
    }
  }
  count_pending();
}

void StatusWriter::State::wrote(Entry& entry, const Sent& sent, const std::string& object) const {
  const bool again = entry.written_revision == sent.revision;
  const bool soon = again && sent.at < entry.written_at + limits.object_backoff_most;
  entry.repairs = soon ? entry.repairs + 1 : 0;
  entry.written_revision = sent.revision;
  entry.written_at = sent.at;
  entry.not_before = Time::min();
  entry.refusals = 0;
  entry.conflicts = 0;
  entry.written = kubernetes::version_of(object);
  const bool is_idle = entry.written == sent.base;  // no record will come
  entry.idle_version = is_idle ? sent.base : "";
  entry.idle_revision = sent.revision;
  entry.base = is_idle ? "" : sent.base;
  entry.wait_end = sent.at + limits.record_wait;
}

void StatusWriter::State::failed(Entries::iterator at, const Sent& sent, const kubernetes::ApiError& error) {
  auto& [object, entry] = *at;
  switch (error.kind) {
    case ApiErrorKind::kConflict:
    case ApiErrorKind::kTooLarge:  // of the answer: it is written
      entry.base = sent.base;
      entry.written.clear();
      entry.wait_end = sent.at + limits.record_wait;
      if (++entry.conflicts == kManyConflicts) tell(object, entry, "cannot be written: " + to_string(error));
      break;
    case ApiErrorKind::kNotFound:
      // Mostly it is gone, and step() finds no record, soon; but an API server that starts does not know the kind yet.
      entry.not_before = sent.at + object_wait(entry.refusals++);
      break;
    case ApiErrorKind::kForbidden:
    case ApiErrorKind::kInvalid:
    case ApiErrorKind::kAlreadyExists:
      if (entry.revision == sent.revision) entry.not_before = sent.at + object_wait(entry.refusals++);
      tell(object, entry, "cannot be written: " + to_string(error));
      break;
    default:
      // Those that were sent together fail together: one wait.
      if (sent.at >= paused_at && pause == Milliseconds(0)) pause = backoff.next();
      if (error.retry_after) pause = std::max<Milliseconds>(pause, std::min(*error.retry_after, kLongestRetryAfter));
      break;
  }
  enqueue(object, entry);
}

StatusWriter::StatusWriter(ApiServer server, const WriterLimits& limits)
    : state_(std::make_shared<State>(std::move(server), limits)) {}

StatusWriter::~StatusWriter() = default;

void StatusWriter::lead(bool leads) {
  State& state = *state_;
  if (state.leads == leads) return;
  state.leads = leads;
  state.counts.leads = leads;
  state.ready.clear();
  state.timers.clear();
  for (auto& [object, entry] : state.entries) {
    entry.is_queued = false;
    entry.timer.reset();
    entry.not_before = Time::min();
    state.enqueue(object, entry);
  }
  state.count_pending();
}

void StatusWriter::want(const api::ObjectRef& object, const std::optional<json::object>& status) {
  State& state = *state_;
  const auto record = state.server.record(object);
  const auto known = state.entries.find(object);
  const bool is_gone = !status && record == nullptr;
  if (is_gone && known == state.entries.end()) return;
  if (is_gone && !known->second.in_flight) return state.forget(known);
  Entry& entry = known != state.entries.end() ? known->second : state.entries[object];
  Wanted wanted = status ? wanted_of(*status) : Wanted{.text = std::nullopt, .generation = 0};
  if (wanted.generation == 0 && record != nullptr) wanted.generation = record->generation;
  if (entry.revision == 0 || entry.wanted != wanted) {
    entry.wanted = std::move(wanted);
    ++entry.revision;
    entry.not_before = Time::min();
    entry.refusals = 0;
    entry.repairs = 0;
  }
  state.enqueue(object, entry);
  state.count_pending();
}

void StatusWriter::recorded(std::span<const api::ObjectRef> objects) {
  State& state = *state_;
  for (const auto& object : objects) {
    const auto found = state.entries.find(object);
    if (found != state.entries.end()) state.enqueue(object, found->second);
  }
  state.count_pending();
}

std::optional<Time> StatusWriter::run(Time now, std::string_view time) {
  State& state = *state_;
  if (!state.leads) return std::nullopt;
  if (state.pause > Milliseconds(0)) {
    state.paused_at = now;
    state.paused_until = now + std::exchange(state.pause, Milliseconds(0));
  }
  if (now < state.paused_until) return state.paused_until;
  state.wake(now);
  std::optional<Time> next;
  for (std::size_t merges = 0; !state.ready.empty() && state.in_flight < state.limits.in_flight; ++merges) {
    next = merges < kMergesAtOnce ? state.bucket.next(now) : now;
    if (*next > now || merges == kMergesAtOnce) break;
    next.reset();
    const api::ObjectRef object = std::move(state.ready.front());
    state.ready.pop_front();
    const auto at = state.entries.find(object);
    if (at == state.entries.end() || !at->second.is_queued) continue;  // forgotten since
    at->second.is_queued = false;
    state.step(at, now, time);
  }
  state.count_pending();
  const auto timer = state.first_timer();
  if (!next || (timer && *timer < *next)) return timer;
  return next;
}

std::vector<Trouble> StatusWriter::take_troubles() {
  return std::exchange(state_->troubles, {});
}

std::size_t StatusWriter::pending() const {
  return state_->ready.size() + state_->timers.size() + state_->in_flight;
}

std::string StatusWriter::metrics() const {
  return metrics_text(state_->counts);
}

}  // namespace sluice::report
