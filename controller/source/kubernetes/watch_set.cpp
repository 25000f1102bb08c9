#include "controller/source/kubernetes/watch_set.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sluice::kubernetes {

namespace asio = boost::asio;

namespace {

const Resource kCrds{"apiextensions.k8s.io", "v1", "customresourcedefinitions"};

}  // namespace

WatchSet::WatchSet(Surroundings around) : around_(around), timer_(around.executor) {}

void WatchSet::start() {
  watch_crds();
  asio::co_spawn(around_.executor, look_again_and_again(), asio::detached);
}

/// For the bundle's version, and to notice a kind as soon as it is installed. Who may not see CRDs has the periodic
/// look.
void WatchSet::watch_crds() {
  crds_ = std::make_shared<CrdMirror>(around_.outbox, [this] { look_soon(); });
  crd_reflector_ = std::make_shared<Reflector>(around_, ListQuery{kCrds, "", true}, crds_,
                                               Reflector::Hooks{[this] { tell_if_synced(); },
                                                                [this](const ApiError& error) {
                                                                  may_not_see_crds_ =
                                                                      error.kind == ApiErrorKind::kForbidden;
                                                                  tell_if_synced();
                                                                }});
  crd_reflector_->start();
}

void WatchSet::look_soon() {
  is_called_ = true;
  timer_.cancel();
}

asio::awaitable<void> WatchSet::wait(std::chrono::milliseconds time, bool can_be_called) {
  if (can_be_called && is_called_) co_return;
  const auto until = Clock::now() + time;
  boost::system::error_code called;
  do {
    timer_.expires_at(until);
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, called));
  } while (called && !can_be_called);
}

asio::awaitable<void> WatchSet::look_again_and_again() {
  const Timing& timing = around_.timing;
  Backoff backoff(timing.backoff_first, timing.backoff_most);
  auto soon = timing.discovery_soon;
  for (;;) {
    if (is_called_) soon = timing.discovery_soon;
    is_called_ = false;
    auto served = co_await discover(around_.client);
    if (!served) {
      around_.outbox.trouble("discovery", to_string(served.error()));
      co_await wait(backoff.next(), false);
      continue;
    }
    backoff.reset();
    around_.outbox.trouble("discovery", "");
    apply(*served);
    tell_if_synced();
    co_await wait(timing.discovery_soon, false);
    // A CRD is served a while after it is there: some seconds with several API servers.
    co_await wait(lacks_a_kind() ? soon : timing.discovery_period, true);
    soon = std::min(soon * 2, timing.discovery_period);
  }
}

/// Whether a kind that we read has a CRD, and is not served all the same.
bool WatchSet::lacks_a_kind() const {
  return std::ranges::any_of(watched_kinds(), [&](const WatchedKind& kind) {
    return crds_->has(full_name(kind)) && !served_.contains(std::string(kind.kind));
  });
}

void WatchSet::apply(const Served& served) {
  if (!first_look_) first_look_ = Clock::now();
  for (const WatchedKind& kind : watched_kinds()) {
    const std::string name(kind.kind);
    const auto now = served.find(name);
    const auto known = watched_.find(name);
    if (now == served.end()) {
      if (known != watched_.end() && may_go(kind)) end_if_gone(name, known->second);
    } else if (known == watched_.end()) {
      begin(kind, now->second);
    } else {
      known->second.unserved_since.reset();
      if (known->second.reflector->resource() != now->second) known->second.reflector->switch_to(now->second);
    }
  }
  if (served == served_) return;
  served_ = served;
  around_.outbox.served(served);
}

void WatchSet::begin(const WatchedKind& kind, const Resource& resource) {
  const std::string name(kind.kind);
  Watched& watched = watched_[name];
  std::shared_ptr<Mirror> mirror;
  if (kind.reading == Reading::kContents) {
    watched.contents =
        std::make_shared<ContentMirror>(around_.executor, kind, resource, around_.client, around_.outbox,
                                        around_.timing, [this, name](std::uint64_t want) { answered(name, want); });
    mirror = watched.contents;
  } else {
    mirror = std::make_shared<ObjectMirror>(kind, resource.version, around_.outbox);
  }
  const Reflector::Hooks hooks{[this] { tell_if_synced(); },
                               [this](const ApiError& error) {
                                 if (error.kind == ApiErrorKind::kNotFound) look_soon();
                               }};
  ListQuery query{resource, std::string(kind.label_selector), kind.reading == Reading::kContents};
  watched.reflector = std::make_shared<Reflector>(around_, std::move(query), std::move(mirror), hooks);
  watched.reflector->start();
  pass_on_wanted(kind.kind);
}

/// Kubernetes' own kinds are always served, and one whose CRD is there will be: who says otherwise (a proxy in front of
/// the API server, one of its servers that lags) takes no objects along.
bool WatchSet::may_go(const WatchedKind& kind) const {
  return is_custom(kind) && !crds_->has(full_name(kind));
}

void WatchSet::end_if_gone(const std::string& kind, Watched& watched) {
  const auto now = Clock::now();
  if (!watched.unserved_since) watched.unserved_since = now;
  if (now - *watched.unserved_since < around_.timing.unserved) return;
  watched.reflector->stop();
  watched.reflector->mirror().clear();
  around_.metrics.forget(to_string(watched.reflector->resource()));
  around_.outbox.trouble(to_string(watched.reflector->resource()), "");
  watched_.erase(kind);
}

void WatchSet::want(const std::set<api::ObjectRef>& contents, std::uint64_t number) {
  wanted_ = contents;
  want_ = number;
  for (const auto& [kind, watched] : watched_) pass_on_wanted(kind);
  tell_if_answered();
}

void WatchSet::pass_on_wanted(std::string_view kind) {
  const auto known = watched_.find(std::string(kind));
  if (known == watched_.end() || known->second.contents == nullptr) return;
  std::set<api::NamespacedName> names;
  for (const auto& ref : wanted_) {
    if (ref.kind == kind) names.insert({ref.namespace_, ref.name});
  }
  known->second.contents->want(std::move(names), want_);
}

void WatchSet::answered(const std::string& kind, std::uint64_t want) {
  const auto known = watched_.find(kind);
  if (known == watched_.end()) return;
  known->second.answered = want;
  tell_if_answered();
}

void WatchSet::tell_if_answered() {
  std::uint64_t answered = want_;
  unsigned kinds = 0;
  for (const auto& [kind, watched] : watched_) {
    if (watched.contents == nullptr) continue;
    ++kinds;
    answered = std::min(answered, watched.answered);
  }
  if (kinds > 0) around_.outbox.answered(answered);
}

void WatchSet::tell_if_synced() {
  if (!first_look_) return;
  const bool lists_all =
      std::ranges::all_of(watched_, [](const auto& one) { return one.second.reflector->is_listed(); });
  const bool knows_crds = crd_reflector_->is_listed() || may_not_see_crds_;
  const bool has_waited = Clock::now() - *first_look_ >= around_.timing.crd_grace;
  if (lists_all && (has_waited || (knows_crds && !lacks_a_kind()))) around_.outbox.synced();
}

}  // namespace sluice::kubernetes
