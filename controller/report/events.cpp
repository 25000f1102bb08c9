#include "controller/report/events.h"

#include <algorithm>
#include <deque>
#include <list>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "controller/report/event_counts.h"
#include "controller/report/event_text.h"
#include "controller/report/token_bucket.h"
#include "controller/source/kubernetes/watch_event.h"
#include "sluice/backoff.h"

namespace sluice::report {
namespace {

using kubernetes::ApiErrorKind;
using std::chrono::milliseconds;
using Time = std::chrono::steady_clock::time_point;

constexpr std::size_t kInFlight = 4;

enum class Stage : std::uint8_t {
  kNew,     ///< to be created
  kExists,  ///< somebody created it: to be read
  kKnown,   ///< its version is known
};

/// An empty patch answers with the object as it is: no right to read Events is needed beside the one to patch them.
kubernetes::ApiRequest read_by_patch(kubernetes::ResourcePath path) {
  return {.method = kubernetes::HttpMethod::kPatch,
          .path = std::move(path),
          .content_type = std::string(kubernetes::kJsonPatchType),
          .body = "[]"};
}

/// An Event that is told. At any time it is in flight, or queued, or has a timer, or rests.
struct Event {
  EventSubject subject;
  Stage stage = Stage::kNew;
  std::string uid;             ///< of the object that the stage is about
  std::string version;         ///< of the Event
  std::uint64_t count = 0;     ///< times seen, as written
  std::uint64_t untold = 0;    ///< times since
  std::uint64_t told_now = 0;  ///< by the request in flight
  Time heard = Time::min();
  Time written = Time::min();
  bool is_queued = false;
  bool in_flight = false;
  std::optional<Time> timer;
};

}  // namespace

struct EventRecorder::State : std::enable_shared_from_this<EventRecorder::State> {
  using Events = std::list<Event>;  ///< the one heard of last at the end

  State(ApiServer api, std::string pod, const EventLimits& event_limits)
      : server(std::move(api)),
        instance(std::move(pod)),
        limits(event_limits),
        bucket(limits.per_second, limits.burst),
        backoff(limits.backoff_first, limits.backoff_most) {}

  void hear(const EventSubject& subject, Time now);
  bool may_add(const api::ObjectRef& object, Time now);
  void enqueue(Events::iterator event);
  void wait(Events::iterator event, Time until);
  void forget(Events::iterator event);
  void forget_old(Time now);
  void step(Events::iterator event, Time now, std::string_view time);
  void send(Events::iterator event, kubernetes::ApiRequest request, Time now);
  void answered(const EventSubject& subject, Time sent, const kubernetes::ApiAnswer& answer);
  static void went_well(Event& event, const std::string& answer, EventCounts& counts);
  bool failed(Event& event, const kubernetes::ApiError& error, Time sent);

  ApiServer server;
  const std::string instance;
  const EventLimits limits;
  bool leads = false;
  std::uint64_t term = 0;  ///< answers to what an earlier leader sent are passed over
  std::vector<EventSubject> inbox;
  Events events;
  std::map<EventSubject, Events::iterator> by_subject;
  std::map<api::ObjectRef, TokenBucket> by_object;
  std::deque<EventSubject> ready;
  std::set<std::pair<Time, EventSubject>> timers;
  std::size_t in_flight = 0;
  TokenBucket bucket;
  Backoff backoff;
  Time paused_at = Time::min(), paused_until = Time::min();
  milliseconds pause{0};  ///< begins at the next run()
  EventCounts counts;
};

/// Whether one more Event of the object may be told now.
bool EventRecorder::State::may_add(const api::ObjectRef& object, Time now) {
  const std::size_t most = 4 * limits.known;
  if (by_object.size() >= most) {
    std::erase_if(by_object, [&](const auto& of) { return of.second.is_full(now); });
  }
  auto found = by_object.find(object);
  if (found == by_object.end()) {
    if (by_object.size() >= most) return false;
    const double per_second = 1.0 / static_cast<double>(std::max<std::int64_t>(limits.object_interval.count(), 1));
    found = by_object.try_emplace(object, per_second, static_cast<double>(limits.burst_of_object)).first;
  }
  return found->second.take(now);
}

void EventRecorder::State::hear(const EventSubject& subject, Time now) {
  auto known = by_subject.find(subject);
  if (known == by_subject.end()) {
    if (!may_add(subject.object, now)) {
      ++counts.dropped;
      return;
    }
    events.push_back({.subject = subject, .uid = {}, .version = {}, .timer = {}});
    known = by_subject.emplace(subject, std::prev(events.end())).first;
  }
  events.splice(events.end(), events, known->second);
  known->second->heard = now;
  ++known->second->untold;
  enqueue(known->second);
}

void EventRecorder::State::enqueue(Events::iterator event) {
  if (event->is_queued || event->in_flight) return;
  if (event->timer) timers.erase({*std::exchange(event->timer, std::nullopt), event->subject});
  event->is_queued = true;
  ready.push_back(event->subject);
}

void EventRecorder::State::wait(Events::iterator event, Time until) {
  event->timer = until;
  timers.emplace(until, event->subject);
}

void EventRecorder::State::forget(Events::iterator event) {
  if (event->timer) timers.erase({*event->timer, event->subject});
  by_subject.erase(event->subject);
  events.erase(event);
}

void EventRecorder::State::forget_old(Time now) {
  while (!events.empty()) {
    const auto oldest = std::ranges::find(events, false, &Event::in_flight);
    if (oldest == events.end()) return;
    const bool is_old = oldest->heard + limits.forget_after < now;
    if (!is_old && events.size() <= limits.known) return;
    if (!is_old && oldest->untold > 0) ++counts.dropped;
    forget(oldest);
  }
}

void EventRecorder::State::step(Events::iterator event, Time now, std::string_view time) {
  if (event->untold == 0) return;
  const auto record = server.record(event->subject.object);
  const auto object_path = server.path_of(event->subject.object);
  if (record == nullptr || !object_path) return forget(event);
  if (record->uid != std::exchange(event->uid, record->uid)) event->stage = Stage::kNew;
  const auto path = event_path(event->subject, record->uid);
  switch (event->stage) {
    case Stage::kNew: {
      const EventOrigin origin{object_path->resource, record->uid, instance, time};
      auto collection = path;
      collection.name.clear();
      event->told_now = 1;
      return send(event, kubernetes::create(std::move(collection), event_text(event->subject, path, origin)), now);
    }
    case Stage::kExists:
      event->told_now = 0;
      return send(event, read_by_patch(path), now);
    case Stage::kKnown:
      break;
  }
  if (now < event->written + limits.series_interval) return wait(event, event->written + limits.series_interval);
  event->told_now = event->untold;
  kubernetes::JsonPatch patch(event->version);
  patch.add({"series"}, series_text(event->count + event->told_now, time));
  send(event, kubernetes::patch(path, patch), now);
}

void EventRecorder::State::send(Events::iterator event, kubernetes::ApiRequest request, Time now) {
  bucket.take(now);
  event->in_flight = true;
  ++in_flight;
  server.send(std::move(request),
              [weak = weak_from_this(), of = term, subject = event->subject, now](const kubernetes::ApiAnswer& answer) {
                const auto state = weak.lock();
                if (state && state->term == of) state->answered(subject, now, answer);
              });
}

void EventRecorder::State::answered(const EventSubject& subject, Time sent, const kubernetes::ApiAnswer& answer) {
  --in_flight;
  if (answer) backoff.reset();
  const auto known = by_subject.find(subject);
  if (known == by_subject.end()) return;
  const auto event = known->second;
  event->in_flight = false;
  if (answer) {
    if (event->told_now > 0) event->written = sent;
    went_well(*event, *answer, counts);
  } else if (!failed(*event, answer.error(), sent)) {
    ++counts.failed;
    return forget(event);
  }
  enqueue(event);
}

void EventRecorder::State::went_well(Event& event, const std::string& answer, EventCounts& counts) {
  if (event.stage == Stage::kNew) {
    ++counts.created;
    event.count = 1;
  } else if (event.stage == Stage::kExists) {
    event.count = seen_count(answer);
  } else {
    ++counts.repeated;
    event.count += event.told_now;
  }
  event.untold -= event.told_now;
  event.version = kubernetes::version_of(answer);
  event.stage = Stage::kKnown;
}

/// Whether it is tried again.
bool EventRecorder::State::failed(Event& event, const kubernetes::ApiError& error, Time sent) {
  switch (error.kind) {
    case ApiErrorKind::kAlreadyExists:  // told by another leader, or before a restart
      event.untold -= event.told_now;
      event.stage = Stage::kExists;
      return true;
    case ApiErrorKind::kConflict:
      event.stage = Stage::kExists;
      return true;
    case ApiErrorKind::kNotFound:  // its time was over; for a create, that of its namespace
      if (event.stage == Stage::kNew) return false;
      event.stage = Stage::kNew;
      return true;
    case ApiErrorKind::kForbidden:  // RBAC, or a namespace that is being deleted
    case ApiErrorKind::kInvalid:
    case ApiErrorKind::kTooLarge:
      return false;
    default:
      if (sent >= paused_at && pause == milliseconds(0)) pause = backoff.next();
      return true;
  }
}

EventRecorder::EventRecorder(ApiServer server, std::string instance, const EventLimits& limits)
    : state_(std::make_shared<State>(std::move(server), std::move(instance), limits)) {}

EventRecorder::~EventRecorder() = default;

void EventRecorder::lead(bool leads) {
  State& state = *state_;
  if (state.leads == leads) return;
  state.leads = leads;
  ++state.term;
  state.in_flight = 0;
  state.inbox.clear();
  state.events.clear();
  state.by_subject.clear();
  state.ready.clear();
  state.timers.clear();
}

void EventRecorder::tell(const pipeline::Finding& finding) {
  if (!state_->leads) return;
  if (state_->inbox.size() >= state_->limits.known) {
    ++state_->counts.dropped;
    return;
  }
  state_->inbox.push_back(event_subject(finding));
}

std::optional<Time> EventRecorder::run(Time now, std::string_view time) {
  State& state = *state_;
  if (!state.leads) return std::nullopt;
  for (const auto& subject : std::exchange(state.inbox, {})) state.hear(subject, now);
  state.forget_old(now);
  state.counts.known = state.events.size();
  if (state.pause > milliseconds(0)) {
    state.paused_at = now;
    state.paused_until = now + std::exchange(state.pause, milliseconds(0));
  }
  if (now < state.paused_until) return state.paused_until;
  while (!state.timers.empty() && state.timers.begin()->first <= now) {
    state.enqueue(state.by_subject.at(state.timers.begin()->second));
  }
  std::optional<Time> next;
  while (!state.ready.empty() && state.in_flight < kInFlight) {
    const Time free = state.bucket.next(now);
    if (free > now) {
      next = free;
      break;
    }
    const EventSubject subject = std::move(state.ready.front());
    state.ready.pop_front();
    const auto known = state.by_subject.find(subject);
    if (known == state.by_subject.end() || !known->second->is_queued) continue;  // forgotten since
    known->second->is_queued = false;
    state.step(known->second, now, time);
  }
  if (state.timers.empty()) return next;
  const Time timer = state.timers.begin()->first;
  return next ? std::min(*next, timer) : timer;
}

std::string EventRecorder::metrics() const {
  return metrics_text(state_->counts);
}

}  // namespace sluice::report
