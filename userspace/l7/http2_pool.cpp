#include "userspace/l7/http2_pool.h"

#include <algorithm>
#include <utility>

#include "userspace/l7/http2_request.h"
#include "userspace/l7/http2_upstream.h"
#include "userspace/l7/upstream_pool.h"

namespace sluice::l7 {
namespace {

template <class T, class Make>
T& take(std::vector<std::unique_ptr<T>>& all, std::vector<T*>& free, const Make& make) {
  if (free.empty()) {
    all.push_back(make());
    return *all.back();
  }
  T& taken = *free.back();
  free.pop_back();
  return taken;
}

}  // namespace

Http2Pool::Http2Pool(UpstreamPool& pool) : pool_(pool) {}
Http2Pool::~Http2Pool() = default;

transport::Loop& Http2Pool::loop() {
  return pool_.loop_;
}
const UpstreamLimits& Http2Pool::limits() {
  return pool_.limits_;
}
WorkerCounters& Http2Pool::counters() {
  return pool_.counters_;
}

Upstream& Http2Pool::lend(Endpoint& endpoint, UpstreamUser& user) {
  Http2Request& request =
      take(requests_, free_requests_, [&] { return std::make_unique<Http2Request>(*this, pool_.limits_.response); });
  request.open(endpoint, user);
  if (Http2Upstream* connection = with_room(endpoint)) {
    connection->attach(request);
  } else {
    endpoint.http2.waiting.push_back(&request);
    connect_for_waiting(endpoint);
  }
  return request;
}

Http2Upstream* Http2Pool::with_room(const Endpoint& endpoint) {
  const auto found = std::ranges::find_if(endpoint.http2.connections, &Http2Upstream::has_room);
  return found == endpoint.http2.connections.end() ? nullptr : *found;
}

// How many requests a connection takes is known when one has opened: until then one at a time.
void Http2Pool::connect_for_waiting(Endpoint& endpoint) {
  auto& [connections, waiting, most] = endpoint.http2;
  const std::size_t wanted = most == 0 ? 1 : (waiting.size() + most - 1) / most;
  auto coming = static_cast<std::size_t>(std::ranges::count(connections, false, &Http2Upstream::is_open));
  for (; coming < wanted; ++coming) {
    Http2Upstream& connection =
        take(connections_, free_connections_, [&] { return std::make_unique<Http2Upstream>(*this); });
    connections.push_back(&connection);
    ++endpoint.connections;
    pool_.counters_.upstream_connects.add();
    connection.open(endpoint);
  }
}

void Http2Pool::connected(Http2Upstream& connection) {
  pool_.connected(connection.endpoint(), connection.since());
}

void Http2Pool::opening_failed(Http2Upstream& connection) {
  pool_.connect_failed(connection.endpoint());
}

void Http2Pool::serve_waiting(Http2Upstream& connection) {
  auto& waiting = connection.endpoint().http2.waiting;
  while (!waiting.empty() && connection.has_room()) {
    Http2Request& request = *waiting.front();
    waiting.pop_front();
    connection.attach(request);
    request.tell_ready();
  }
  if (!waiting.empty()) connect_for_waiting(connection.endpoint());
}

// Their users ask elsewhere, or here again: those that wait from now on are not among them. Another connection that is
// on its way decides for itself.
void Http2Pool::fail_waiting(Endpoint& endpoint, UpstreamFailure failure) {
  endpoint.http2.most = 0;
  if (std::ranges::any_of(endpoint.http2.connections, &Http2Upstream::is_coming)) return;
  failing_ = std::exchange(endpoint.http2.waiting, {});
  while (!failing_.empty()) {
    Http2Request& request = *failing_.front();
    failing_.pop_front();
    request.fail(failure);
  }
}

void Http2Pool::stop_waiting(Http2Request& request) {
  std::erase(request.endpoint().http2.waiting, &request);
  std::erase(failing_, &request);
}

void Http2Pool::leave(Endpoint& endpoint) {
  for (Http2Upstream* connection : std::vector(endpoint.http2.connections)) connection->leave();
}

bool Http2Pool::sweep(std::chrono::steady_clock::time_point limit) {
  bool more = false;
  for (const auto& connection : connections_) {
    if (!connection->is_idle()) continue;
    if (connection->since() <= limit) {
      connection->expire();
    } else {
      more = true;
    }
  }
  return more;
}

void Http2Pool::watch_idle() {
  pool_.watch_idle();
}

bool Http2Pool::is_unwanted(const Endpoint& endpoint) const {
  return (pool_.draining_ || endpoint.backends == 0) && endpoint.http2.waiting.empty();
}

void Http2Pool::retire(Http2Upstream& connection, Endpoint& endpoint) {
  std::erase(endpoint.http2.connections, &connection);
  if (!endpoint.http2.waiting.empty() && with_room(endpoint) == nullptr) connect_for_waiting(endpoint);
  --endpoint.connections;
  pool_.forget(endpoint);
  retired_connections_.push_back(&connection);
  pool_.recycle_soon();
}

void Http2Pool::retire(Http2Request& request) {
  retired_requests_.push_back(&request);
  pool_.recycle_soon();
}

void Http2Pool::recycle() {
  free_connections_.insert(free_connections_.end(), retired_connections_.begin(), retired_connections_.end());
  retired_connections_.clear();
  free_requests_.insert(free_requests_.end(), retired_requests_.begin(), retired_requests_.end());
  retired_requests_.clear();
}

}  // namespace sluice::l7
