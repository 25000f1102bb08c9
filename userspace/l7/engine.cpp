#include "userspace/l7/engine.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <latch>
#include <mutex>
#include <utility>

#include "userspace/l7/engine_metrics.h"
#include "userspace/l7/worker.h"
#include "userspace/transport/socket.h"

namespace sluice::l7 {

struct Engine::State {
  State(std::shared_ptr<RuleRegistry> rules, const std::string& node, std::string how)
      : tables(std::move(rules), node), listeners(keys, node), io(std::move(how)) {}
  ~State() {
    workers.clear();
    for (const auto& socket : sockets) ::close(socket.fd);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  struct Socket {
    int fd;
    int family;
    std::size_t worker;
  };
  std::expected<void, std::string> listen(const transport::Address& address, std::size_t count);
  std::expected<void, std::string> listen_all(const std::vector<transport::Address>& bind, std::size_t count);

  TablesBuilder tables;
  TlsKeysBuilder keys;
  ListenersBuilder listeners;
  std::string io;
  std::vector<Socket> sockets;
  std::vector<std::unique_ptr<Worker>> workers;
  bool applied = false;
  bool draining = false;

  std::mutex mutex;  ///< guards what other threads may ask for
  std::shared_ptr<const Tables> tables_now;
  std::shared_ptr<const Listeners> listeners_now;
};

std::expected<void, std::string> Engine::State::listen(const transport::Address& address, std::size_t count) {
  transport::Address where = address;
  for (std::size_t worker = 0; worker < count; ++worker) {
    const auto fd = transport::listen_on(where);
    if (!fd) return std::unexpected(fd.error());
    sockets.push_back({*fd, where.family(), worker});
    where = transport::Address::of_local(*fd);  // the port that the kernel gave the first one
  }
  return {};
}

std::expected<void, std::string> Engine::State::listen_all(const std::vector<transport::Address>& bind,
                                                           std::size_t count) {
  for (const auto& address : bind) {
    if (auto listening = listen(address, count); !listening) return listening;
  }
  if (!bind.empty()) return {};
  if (auto v4 = listen(transport::Address::loopback(AF_INET, 0), count); !v4) return v4;
  // A host may be without IPv6; it has no IPv6 VIPs either.
  const int probe = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto loopback = transport::Address::loopback(AF_INET6, 0);
  const bool has_v6 = probe >= 0 && ::bind(probe, loopback.raw(), loopback.raw_size()) == 0;
  if (probe >= 0) ::close(probe);
  return has_v6 ? listen(loopback, count) : std::expected<void, std::string>{};
}

std::expected<std::unique_ptr<Engine>, std::string> Engine::start(EngineOptions options) {
  const auto io = transport::choose_io(options.io);
  if (!io) return std::unexpected(io.error());
  std::string how(transport::name(io->backend));
  if (!io->why.empty()) how += " (" + io->why + ")";
  auto state = std::make_unique<State>(std::move(options.rules), options.node, std::move(how));
  const std::size_t count = std::max(1U, options.workers);
  if (auto listening = state->listen_all(options.bind, count); !listening)
    return std::unexpected(std::move(listening.error()));
  for (std::size_t index = 0; index < count; ++index) {
    WorkerOptions worker{.index = index, .io = io->backend, .sockets = {}, .http = options.http};
    for (const auto& socket : state->sockets) {
      if (socket.worker == index) worker.sockets.push_back(socket.fd);
    }
    auto started = Worker::start(std::move(worker));
    if (!started) return std::unexpected(std::move(started.error()));
    state->workers.push_back(std::move(*started));
  }
  return std::unique_ptr<Engine>(new Engine(std::move(state)));
}

Engine::Engine(std::unique_ptr<State> state) : state_(std::move(state)) {}
Engine::~Engine() = default;

std::vector<int> Engine::listening_sockets(int family) const {
  std::vector<int> out;
  for (const auto& socket : state_->sockets) {
    if (socket.family == family) out.push_back(socket.fd);
  }
  return out;
}

transport::Address Engine::listening_address(int family) const {
  const auto sockets = listening_sockets(family);
  return sockets.empty() ? transport::Address() : transport::Address::of_local(sockets.front());
}

const std::string& Engine::io() const {
  return state_->io;
}

std::map<std::string, std::string> Engine::apply(const model::Store& store, const std::set<std::string>& changed) {
  const auto tables = state_->applied ? state_->tables.update(store, changed) : state_->tables.build(store);
  const auto listeners = state_->listeners.update(store, changed);
  state_->applied = true;
  const auto taken = std::make_shared<std::latch>(static_cast<std::ptrdiff_t>(state_->workers.size()));
  for (const auto& worker : state_->workers) worker->apply(tables, listeners, [taken] { taken->count_down(); });
  taken->wait();
  {
    const std::lock_guard lock(state_->mutex);
    state_->tables_now = tables;
    state_->listeners_now = listeners;
  }
  auto errors = listeners->errors();
  for (const std::string& line : tables->errors()) {
    const auto colon = line.find(": ");
    errors.emplace(line.substr(0, colon), colon == std::string::npos ? "" : line.substr(colon + 2));
  }
  return errors;
}

std::shared_ptr<const Tables> Engine::tables() const {
  const std::lock_guard lock(state_->mutex);
  return state_->tables_now;
}

void Engine::drain(std::chrono::milliseconds timeout, std::function<void()> done) {
  if (std::exchange(state_->draining, true)) return;
  auto left = std::make_shared<std::atomic<std::size_t>>(state_->workers.size());
  auto shared_done = std::make_shared<std::function<void()>>(std::move(done));
  for (const auto& worker : state_->workers) {
    worker->drain(timeout, [left, shared_done] {
      if (left->fetch_sub(1) == 1) (*shared_done)();
    });
  }
}

std::string Engine::metrics() const {
  std::shared_ptr<const Listeners> listeners;
  {
    const std::lock_guard lock(state_->mutex);
    listeners = state_->listeners_now;
  }
  std::vector<const Door*> doors;
  doors.reserve(state_->workers.size());
  for (const auto& worker : state_->workers) doors.push_back(&worker->door());
  std::string out;
  append_door_metrics(doors, listeners.get(), out);
  return out;
}

}  // namespace sluice::l7
