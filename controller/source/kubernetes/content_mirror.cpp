#include "controller/source/kubernetes/content_mirror.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "controller/source/kubernetes/object_mirror.h"
#include "controller/source/kubernetes/resource_version.h"

namespace sluice::kubernetes {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kAtOnce = 4;

}  // namespace

ContentMirror::ContentMirror(asio::any_io_executor executor, const WatchedKind& kind, Resource resource,
                             ApiClient& client, Outbox& outbox, const Timing& timing,
                             std::function<void(std::uint64_t)> answered)
    : executor_(std::move(executor)),
      kind_(kind),
      resource_(std::move(resource)),
      reader_(kind, resource_.version),
      client_(client),
      outbox_(outbox),
      timing_(timing),
      answered_(std::move(answered)) {}

void ContentMirror::want(std::set<api::NamespacedName> names, std::uint64_t number) {
  number_ = number;
  for (auto entry = wanted_.begin(); entry != wanted_.end();) {
    if (names.contains(entry->first)) {
      ++entry;
      continue;
    }
    if (Held* held = find(entry->first)) withdraw(entry->first, *held);
    entry = wanted_.erase(entry);
  }
  for (const auto& name : names) {
    wanted_.try_emplace(name);
    ask(name);
  }
  tell_if_answered();
}

bool ContentMirror::is_due(const api::NamespacedName& name, const Wanted& wanted) {
  const Held* held = find(name);
  if (held == nullptr) return false;
  if (wanted.version.empty()) return true;
  return held->version != wanted.version && !(compare_versions(held->version, wanted.version) < 0);
}

void ContentMirror::ask(const api::NamespacedName& name) {
  const auto entry = wanted_.find(name);
  if (entry == wanted_.end() || entry->second.is_asked || !is_due(name, entry->second)) return;
  entry->second.is_asked = true;
  turns_.push_back(name);
  take_turns();
}

void ContentMirror::take_turns() {
  while (in_flight_ < kAtOnce && !turns_.empty()) {
    ++in_flight_;
    api::NamespacedName name = std::move(turns_.front());
    turns_.pop_front();
    asio::co_spawn(executor_, fetch(shared_from_this(), std::move(name)), asio::detached);
  }
}

asio::awaitable<void> ContentMirror::pause(std::chrono::milliseconds time) {
  asio::steady_timer timer(executor_, time);
  boost::system::error_code stopped;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, stopped));
}

asio::awaitable<void> ContentMirror::fetch(std::shared_ptr<ContentMirror> self, api::NamespacedName name) {
  co_await self->fetch_until_done(name);
  --self->in_flight_;
  if (const auto entry = self->wanted_.find(name); entry != self->wanted_.end()) entry->second.is_asked = false;
  self->tell_if_answered();
  self->take_turns();
}

asio::awaitable<void> ContentMirror::fetch_until_done(api::NamespacedName name) {
  Backoff backoff(timing_.backoff_first, timing_.backoff_most);
  for (;;) {
    const auto before = wanted_.find(name);
    if (before == wanted_.end() || !is_due(name, before->second)) co_return;
    HttpRequest request;
    request.target = to_path({resource_, name.namespace_, name.name, ""});
    auto answer = co_await client_.call(std::move(request));
    const auto entry = wanted_.find(name);
    if (entry == wanted_.end()) co_return;
    auto wait = std::chrono::milliseconds(0);
    if (answer) {
      deliver(name, *answer);
      entry->second.is_answered = true;
      if (!is_due(name, entry->second)) co_return;  // else it has changed meanwhile
    } else {
      fail(name, answer.error());
      wait = answer.error().retry_after.value_or(std::chrono::seconds(0));
    }
    co_await pause(std::max(wait, backoff.next()));
  }
}

void ContentMirror::fail(const api::NamespacedName& name, const ApiError& error) {
  // One that was removed since is told by the watch.
  if (error.kind != ApiErrorKind::kNotFound) outbox_.trouble(to_string(ref_of(name)), to_string(error));
  if (error.kind != ApiErrorKind::kForbidden && error.kind != ApiErrorKind::kNotFound) return;
  // What we may not read is, to us, not there; it may be granted later. Nobody waits for it.
  wanted_[name].is_answered = true;
  tell_if_answered();
}

void ContentMirror::deliver(const api::NamespacedName& name, std::string_view text) {
  Held* held = find(name);
  Wanted& wanted = wanted_[name];
  const api::ObjectRef ref = ref_of(name);
  auto object = parse_object(text);
  wanted.version = object ? object->resource_version : held != nullptr ? held->version : "";
  if (!object) return outbox_.trouble(to_string(ref), object.error());
  if (held == nullptr) return;  // removed meanwhile
  auto read = reader_.read(*std::move(object));
  if (!read) return outbox_.trouble(to_string(ref), read.error().front() + "; the object is left out");
  outbox_.trouble(to_string(ref), "");
  const bool is_new = !holds(held->object);
  if (!is_new && same(held->object, read->object)) return;
  held->object = std::move(read->object);
  outbox_.put(ref, held->object, is_new);
}

void ContentMirror::withdraw(const api::NamespacedName& name, Held& held) {
  outbox_.trouble(to_string(ref_of(name)), "");
  if (!holds(held.object)) return;
  held.object = {};
  outbox_.remove(ref_of(name));
}

void ContentMirror::take(ParsedObject object, Held& held) {
  const auto entry = wanted_.find(object.name);
  if (entry == wanted_.end()) return;
  held.version = object.resource_version;  // before it is asked for
  ask(object.name);
}

void ContentMirror::drop(const api::NamespacedName& name, Held& held) {
  withdraw(name, held);
  if (const auto entry = wanted_.find(name); entry != wanted_.end()) entry->second.version.clear();
}

void ContentMirror::listed() {
  is_listed_ = true;
  tell_if_answered();
}

void ContentMirror::tell_if_answered() {
  if (!is_listed_) return;
  for (const auto& [name, wanted] : wanted_) {
    if (!wanted.is_answered && find(name) != nullptr) return;
  }
  answered_(number_);
}

}  // namespace sluice::kubernetes
