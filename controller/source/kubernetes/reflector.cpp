#include "controller/source/kubernetes/reflector.h"

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <vector>

#include "controller/source/kubernetes/watch_decoder.h"
#include "controller/source/kubernetes/watch_event.h"

namespace sluice::kubernetes {

namespace asio = boost::asio;

namespace {

using Clock = std::chrono::steady_clock;

/// A list that cannot be finished page by page, because it is compacted away meanwhile, is taken whole.
constexpr unsigned kMostRestarts = 2;
/// Watches in a row that gave nothing but errors of what they said: then their version may be the reason.
constexpr unsigned kMostFailures = 3;
/// Beyond the time after which the server ends a watch by itself.
constexpr std::chrono::seconds kGrace{30};
constexpr std::size_t kChunk = 16 * 1024;

ApiError unreadable(std::string what) {
  return {ApiErrorKind::kUnreadable, 0, std::move(what), std::nullopt};
}

/// Whether another try from the same version may end as this one did: the server speaks, but says nothing useful.
bool is_of_content(const ApiError& error) {
  return error.kind == ApiErrorKind::kUnreadable || error.kind == ApiErrorKind::kInvalid ||
         error.kind == ApiErrorKind::kOther || error.kind == ApiErrorKind::kNotFound;
}

}  // namespace

Reflector::Reflector(Surroundings around, ListQuery query, std::shared_ptr<Mirror> mirror, Hooks hooks)
    : around_(around),
      query_(std::move(query)),
      name_(to_string(query_.resource)),
      mirror_(std::move(mirror)),
      hooks_(std::move(hooks)),
      backoff_(around.timing.backoff_first, around.timing.backoff_most),
      pause_(around.executor) {}

void Reflector::start() {
  asio::co_spawn(around_.executor, run(shared_from_this()), asio::detached);
}

void Reflector::stop() {
  is_stopped_ = true;
  hooks_ = {};
  pause_.cancel();
  if (watching_ != nullptr) watching_->close();
}

void Reflector::switch_to(Resource resource) {
  query_.resource = std::move(resource);
  mirror_->read_as(query_.resource.version);
  lists_anew_ = true;
  pause_.cancel();
  if (watching_ != nullptr) watching_->close();
}

void Reflector::count(const std::function<void(ResourceCounts&)>& change) {
  around_.metrics.update(name_, change);
}

void Reflector::fail(const ApiError& error) {
  count([&](ResourceCounts& counts) { ++counts.errors[static_cast<std::size_t>(error.kind)]; });
  around_.outbox.trouble(name_, to_string(error));
}

void Reflector::mend() {
  around_.outbox.trouble(name_, "");
}

asio::awaitable<void> Reflector::pause(const ApiError& after) {
  const std::chrono::milliseconds asked = after.retry_after.value_or(std::chrono::seconds(0));
  pause_.expires_after(std::max(backoff_.next(), asked));
  boost::system::error_code stopped;
  co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, stopped));
}

asio::awaitable<void> Reflector::run(std::shared_ptr<Reflector> self) {
  ListReason reason = ListReason::kFirst;
  while (!self->is_stopped_) {
    auto failure = co_await self->list();
    if (self->is_stopped_) co_return;
    if (failure) {
      self->fail(*failure);
      if (self->hooks_.failed) self->hooks_.failed(*failure);
      co_await self->pause(*failure);
      continue;
    }
    self->mend();
    self->count([&](ResourceCounts& counts) {
      ++counts.lists[static_cast<std::size_t>(reason)];
      counts.objects = self->mirror_->size();
    });
    self->is_listed_ = true;
    if (self->hooks_.listed) self->hooks_.listed();
    reason = co_await self->watch();
  }
}

Reflector::Failure Reflector::take_page(std::string_view body, std::string& continue_) {
  auto page = read_list_page(body);
  if (!page) return unreadable("a page of a list cannot be read");
  for (const std::string_view item : page->items) {
    if (mirror_->list_item(item) == Taken::kUnreadable) return unreadable("an item of a list cannot be read");
  }
  count([&](ResourceCounts& counts) { ++counts.pages; });
  continue_ = std::move(page->continue_);
  if (continue_.empty()) mirror_->end_list(std::move(page->version));
  return std::nullopt;
}

asio::awaitable<Reflector::Failure> Reflector::list() {
  unsigned restarts = 0;
  unsigned limit = around_.timing.page;
  std::string continue_;
  lists_anew_ = false;
  mirror_->begin_list();
  for (;;) {
    auto request = list_request(query_, limit, continue_);
    auto body = co_await around_.client.call(std::move(request));
    if (is_stopped_) co_return std::nullopt;
    if (body) {
      auto failure = take_page(*body, continue_);
      if (failure || continue_.empty()) co_return failure;
      continue;
    }
    const bool is_late = body.error().kind == ApiErrorKind::kGone && !continue_.empty();
    const bool is_large = body.error().kind == ApiErrorKind::kTooLarge && limit > 1;
    if (!is_late && !is_large) co_return std::move(body.error());
    if (is_late && ++restarts > kMostRestarts) limit = 0;
    if (is_large) limit = std::max(limit / 4, 1U);
    continue_.clear();
    mirror_->begin_list();
  }
}

asio::awaitable<ListReason> Reflector::watch() {
  unsigned failures = 0;
  bool is_fresh = true;  // no watch since the list has given anything
  while (!is_stopped_ && !lists_anew_) {
    const auto begin = Clock::now();
    auto end = co_await watch_once();
    if (is_stopped_ || lists_anew_) break;
    const bool was_long = Clock::now() - begin >= around_.timing.watch_too_short;
    if (end.has_progressed) failures = 0;
    is_fresh = is_fresh && !end.has_progressed;
    if (end.has_progressed || was_long) backoff_.reset();
    if (!end.failure && (end.has_progressed || was_long)) continue;
    // A server that ends every watch at once may mean that the version is too old (kubernetes/kubernetes#104171).
    const ApiError error = end.failure ? *end.failure : unreadable("the watch ended at once, without an event");
    count([&](ResourceCounts& counts) { ++counts.errors[static_cast<std::size_t>(error.kind)]; });
    if (error.kind == ApiErrorKind::kGone && is_fresh) co_await pause(error);
    if (error.kind == ApiErrorKind::kGone) co_return ListReason::kGone;
    around_.outbox.trouble(name_, to_string(error));
    if (is_of_content(error) && ++failures >= kMostFailures) co_return ListReason::kBroken;
    co_await pause(error);
  }
  co_return ListReason::kBroken;
}

asio::awaitable<Reflector::WatchEnd> Reflector::watch_once() {
  const auto& timing = around_.timing;
  std::uniform_int_distribution<unsigned> any(static_cast<unsigned>(timing.watch_shortest.count()),
                                              static_cast<unsigned>(timing.watch_longest.count()));
  const unsigned seconds = any(backoff_.random());
  auto request = watch_request(query_, mirror_->version(), seconds);
  auto connection = co_await around_.client.stream(std::move(request));
  WatchEnd end;
  if (!connection) {
    end.failure = std::move(connection.error());
    co_return end;
  }
  if (is_stopped_ || lists_anew_) co_return end;
  mend();
  count([](ResourceCounts& counts) {
    ++counts.watches;
    counts.is_watching = true;
  });
  watching_ = connection->get();
  end = co_await read_events(**connection, std::chrono::seconds(seconds));
  watching_ = nullptr;
  count([](ResourceCounts& counts) { counts.is_watching = false; });
  co_return end;
}

asio::awaitable<Reflector::WatchEnd> Reflector::read_events(Connection& connection, std::chrono::seconds time) {
  const auto deadline = Clock::now() + time + kGrace;
  WatchDecoder decoder;
  std::vector<char> chunk(kChunk);
  WatchEnd end;
  while (!end.failure) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    auto got = co_await connection.read_some(chunk, std::max(left, std::chrono::milliseconds(1)));
    if (is_stopped_ || lists_anew_) co_return end;
    if (!got) {
      end.failure = api_error(got.error());
      break;
    }
    if (*got == 0) {
      if (decoder.is_inside()) end.failure = unreadable("the watch ended in the middle of an event");
      break;
    }
    decoder.feed({chunk.data(), *got});
    auto text = decoder.next();
    for (; text && *text && !end.failure; text = decoder.next()) {
      end.failure = take_event(**text, end.has_progressed);
    }
    if (!text) end.failure = unreadable("what a watch holds is no JSON object, or too long");
  }
  co_return end;
}

Reflector::Failure Reflector::take_event(std::string_view text, bool& has_progressed) {
  const auto event = read_event(text);
  if (!event) return unreadable("an event of a watch cannot be read");
  Taken taken = Taken::kNews;
  switch (event->type) {
    case WatchEvent::kAdded:
    case WatchEvent::kModified:
      taken = mirror_->put(event->object);
      break;
    case WatchEvent::kDeleted:
      taken = mirror_->remove(event->object);
      break;
    case WatchEvent::kBookmark:
      mirror_->bookmark(version_of(event->object));
      break;
    case WatchEvent::kError:
      break;
  }
  if (taken == Taken::kUnreadable) return unreadable("the object of an event cannot be read");
  has_progressed = has_progressed || (taken == Taken::kNews && event->type != WatchEvent::kError);
  count([&](ResourceCounts& counts) {
    ++counts.events[static_cast<std::size_t>(event->type)];
    if (taken == Taken::kKnown) ++counts.repeated;
    counts.objects = mirror_->size();
  });
  if (event->type == WatchEvent::kError) return api_error_of_status(event->object);
  return std::nullopt;
}

}  // namespace sluice::kubernetes
