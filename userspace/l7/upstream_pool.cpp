#include "userspace/l7/upstream_pool.h"

#include <algorithm>
#include <utility>

namespace sluice::l7 {
namespace {

constexpr std::chrono::milliseconds kSweepEvery{5000};

transport::Address address_of(const SocketAddress& key) {
  return transport::Address::make({reinterpret_cast<const char*>(key.ip.data()), key.length}, key.port);
}

}  // namespace

UpstreamPool::UpstreamPool(transport::Loop& loop, const UpstreamLimits& limits, WorkerCounters& counters)
    : loop_(loop), limits_(limits), counters_(counters), http2_(*this) {}

UpstreamPool::~UpstreamPool() = default;

Endpoint& UpstreamPool::endpoint(const SocketAddress& key) {
  auto& held = endpoints_[key];
  if (held == nullptr) {
    held = std::make_unique<Endpoint>();
    held->key = key;
    held->address = address_of(key);
    held->text = held->address.to_text();
  }
  return *held;
}

void UpstreamPool::set_tables(const Tables& tables) {
  const auto& now = tables.backends();
  if (backends_.size() < now.size()) backends_.resize(now.size());
  std::vector<Endpoint*> left;
  for (std::size_t i = 0; i < backends_.size(); ++i) {
    BackendState& state = backends_[i];
    const std::shared_ptr<const Backend> backend = i < now.size() ? now[i] : nullptr;
    if (state.of == backend) continue;
    std::vector<Endpoint*> old = std::exchange(state.endpoints, {});
    state.of = backend;
    if (backend != nullptr) {
      for (const SocketAddress& key : backend->ready) state.endpoints.push_back(&endpoint(key));
    }
    for (Endpoint* each : state.endpoints) ++each->backends;
    for (Endpoint* each : old) {
      if (--each->backends == 0) left.push_back(each);
    }
  }
  for (Endpoint* each : left) {
    if (each->backends == 0) leave(*each);
  }
}

void UpstreamPool::leave(Endpoint& endpoint) {
  ++endpoint.connections;  // it stays until the loop is done
  while (!endpoint.idle.empty()) drop(*endpoint.idle.back());
  http2_.leave(endpoint);
  --endpoint.connections;
  forget(endpoint);
}

void UpstreamPool::forget(Endpoint& endpoint) {
  if (endpoint.backends == 0 && endpoint.connections == 0) endpoints_.erase(SocketAddress(endpoint.key));
}

Endpoint* UpstreamPool::choose(const BackendSlot& slot, std::span<Endpoint* const> tried) {
  if (slot.index >= backends_.size()) return nullptr;
  BackendState& state = backends_[slot.index];
  const std::size_t count = state.endpoints.size();
  Endpoint* second_best = nullptr;
  for (std::size_t i = 0; i < count; ++i) {
    if (state.turn >= count) state.turn = 0;
    Endpoint* next = state.endpoints[state.turn++];
    if (std::ranges::find(tried, next) != tried.end()) continue;
    if (next->avoid_until <= loop_.now()) return next;
    if (second_best == nullptr) second_best = next;
  }
  return second_best;
}

UpstreamConnection* UpstreamPool::take_idle(Endpoint& endpoint, Reuse reuse) {
  if (reuse == Reuse::kNone) return nullptr;
  while (!endpoint.idle.empty()) {
    UpstreamConnection& connection = *endpoint.idle.back();
    if (reuse == Reuse::kQuiet && !connection.stream_->is_quiet()) {
      drop(connection);
      continue;
    }
    endpoint.idle.pop_back();
    counters_.upstream_idle.subtract();
    counters_.upstream_reuses.add();
    return &connection;
  }
  return nullptr;
}

Upstream& UpstreamPool::lend(Endpoint& endpoint, UpstreamUser& user, UpstreamProtocol protocol, Reuse reuse) {
  if (protocol == UpstreamProtocol::kHttp2) return http2_.lend(endpoint, user);
  return lend_connection(endpoint, user, reuse);
}

UpstreamConnection& UpstreamPool::lend_connection(Endpoint& endpoint, UpstreamUser& user, Reuse reuse) {
  if (UpstreamConnection* idle = take_idle(endpoint, reuse)) {
    idle->reused_ = true;
    idle->lend(user);
    return *idle;
  }
  UpstreamConnection& connection = take();
  connection.endpoint_ = &endpoint;
  ++endpoint.connections;
  connection.state_ = UpstreamConnection::State::kConnecting;
  connection.since_ = loop_.now();
  connection.reused_ = connection.answered_ = false;
  connection.lend(user);
  counters_.upstream_connects.add();
  connection.stream_ = loop_.connect(endpoint.address, connection, limits_.connect_timeout);
  return connection;
}

void UpstreamPool::connected(Endpoint& endpoint, std::chrono::steady_clock::time_point since) {
  endpoint.avoid_until = {};
  counters_.upstream_connect_duration.observe(loop_.now() - since);
}

void UpstreamPool::connect_failed(Endpoint& endpoint) {
  endpoint.avoid_until = loop_.now() + limits_.avoid;
  counters_.upstream_connect_failures.add();
}

void UpstreamPool::give_back(UpstreamConnection& connection) {
  Endpoint& endpoint = *connection.endpoint_;
  if (!connection.keep_alive_ || draining_ || endpoint.backends == 0 ||
      endpoint.idle.size() >= limits_.idle_per_endpoint) {
    return drop(connection);
  }
  connection.stream_->resume();
  if (!connection.queue_.idle()) return;  // its last octets are on their way; on_written comes back here
  connection.idle_ = true;
  connection.since_ = loop_.now();
  endpoint.idle.push_back(&connection);
  counters_.upstream_idle.add();
  watch_idle();
}

void UpstreamPool::watch_idle() {
  if (!sweep_timer_.armed()) loop_.arm(sweep_timer_, std::min(kSweepEvery, limits_.idle_timeout));
}

void UpstreamPool::drop(UpstreamConnection& connection) {
  Endpoint* endpoint = connection.endpoint_;
  if (endpoint == nullptr) return;
  if (connection.idle_) {
    std::erase(endpoint->idle, &connection);
    counters_.upstream_idle.subtract();
  }
  connection.close();
  --endpoint->connections;
  forget(*endpoint);
  retired_.push_back(&connection);
  recycle_soon();
}

void UpstreamPool::recycle_soon() {
  loop_.arm(recycle_timer_, std::chrono::milliseconds(0));
}

UpstreamConnection& UpstreamPool::take() {
  if (free_.empty()) {
    all_.push_back(std::make_unique<UpstreamConnection>(*this, limits_.response));
    free_.reserve(all_.size());
    retired_.reserve(all_.size());
    return *all_.back();
  }
  UpstreamConnection& connection = *free_.back();
  free_.pop_back();
  return connection;
}

void UpstreamPool::recycle() {
  free_.insert(free_.end(), retired_.begin(), retired_.end());
  retired_.clear();
  http2_.recycle();
}

// The oldest of an endpoint lie in front.
void UpstreamPool::sweep() {
  const auto limit = loop_.now() - limits_.idle_timeout;
  std::vector<UpstreamConnection*> old;
  bool more = false;
  for (const auto& [key, endpoint] : endpoints_) {
    for (UpstreamConnection* connection : endpoint->idle) {
      if (connection->since_ <= limit) {
        old.push_back(connection);
      } else {
        more = true;
      }
    }
  }
  for (UpstreamConnection* connection : old) drop(*connection);
  more |= http2_.sweep(limit);
  if (more) loop_.arm(sweep_timer_, std::min(kSweepEvery, limits_.idle_timeout));
}

void UpstreamPool::drain() {
  draining_ = true;
  for (const auto& [key, endpoint] : endpoints_) {
    ++endpoint->connections;  // it stays until the loop is done
    while (!endpoint->idle.empty()) drop(*endpoint->idle.back());
    http2_.leave(*endpoint);
    --endpoint->connections;
  }
}

}  // namespace sluice::l7
