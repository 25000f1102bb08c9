#include "userspace/agent/node.h"

#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "userspace/agent/node_model.h"
#include "userspace/agent/refusals.h"
#include "userspace/agent/resolver.h"
#include "userspace/l4/datapath.h"
#include "userspace/l7/engine.h"
#include "userspace/l7/http_service.h"
#include "userspace/process/log.h"
#include "userspace/process/process_metrics.h"

namespace sluice::agent {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
using process::log;
using process::LogLevel;

l4::DatapathOptions datapath_options(const Options& options) {
  return {.instance = options.instance,
          .node = options.node,
          .member = !options.member.controller.empty(),
          .devices = options.devices,
          .snat_addresses = options.snat_addresses,
          .snat_port_low = options.snat_port_low,
          .snat_port_high = options.snat_port_high,
          .datapath = options.datapath,
          .xdp = options.xdp,
          .flows = options.flows,
          .half_open = options.half_open};
}

struct Node::State {
  State(const Options& chosen, asio::io_context& io) : options(chosen), context(io) {}
  ~State() {
    if (datapath_events.is_open()) datapath_events.release();
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  std::expected<void, std::string> start();
  std::expected<void, std::string> start_engine();
  void wait_for_datapath();
  void put_in_force(const std::set<std::string>& changed);
  void answered(const std::string& name, const Resolution& resolution);
  void network_changed();

  Options options;
  asio::io_context& context;
  NodeModel model;
  Refusals refusals;
  std::function<void()> refused_changed;
  std::function<void()> network_told;
  std::unique_ptr<l4::Datapath> datapath;
  std::unique_ptr<l7::AccessLog> access_log;
  std::unique_ptr<l7::HttpServices> http;  ///< outlives the engine
  std::unique_ptr<l7::Engine> engine;
  asio::posix::stream_descriptor datapath_events{context};  ///< the datapath's own descriptor, borrowed
  std::unique_ptr<Resolver> resolver;                       ///< first to go: its thread posts to the context
  bool whole = false;                                       ///< the first model is in force
  bool draining = false;
};

std::expected<void, std::string> Node::State::start() {
  auto started = l4::Datapath::start(datapath_options(options));
  if (!started) return std::unexpected(std::move(started.error()));
  datapath = std::move(*started);
  datapath->on_refusals_change([this] {
    refusals.replace(model.in_force(), datapath->refusals());
    if (refused_changed) refused_changed();
  });
  datapath->on_network_change([this] { asio::post(context, [this] { network_changed(); }); });
  if (auto engine_started = start_engine(); !engine_started) return engine_started;
  resolver = std::make_unique<Resolver>([this](const std::string& name, const Resolution& resolution) {
    asio::post(context, [this, name, resolution] { answered(name, resolution); });
  });
  if (datapath->fd() >= 0) {
    datapath_events.assign(datapath->fd());
    wait_for_datapath();
  }
  return {};
}

std::expected<void, std::string> Node::State::start_engine() {
  if (!options.access_log.empty()) {
    auto opened = l7::AccessLog::open(options.access_log);
    if (!opened) return std::unexpected("access log: " + opened.error());
    access_log = std::move(*opened);
  }
  const auto rules = std::make_shared<l7::RuleRegistry>(options.workers);
  http = std::make_unique<l7::HttpServices>(l7::HttpOptions{}, options.workers, rules, access_log.get());
  auto started = l7::Engine::start({.workers = options.workers,
                                    .io = options.io,
                                    .node = options.node,
                                    .bind = {},
                                    .rules = rules,
                                    .http = http->make()});
  if (!started) return std::unexpected(std::move(started.error()));
  engine = std::move(*started);
  return {};
}

void Node::State::wait_for_datapath() {
  datapath_events.async_wait(asio::posix::stream_descriptor::wait_read, [this](boost::system::error_code error) {
    if (error) return;
    datapath->poll();
    wait_for_datapath();
  });
}

/// Tables before maps: the kernel hands a new listener's connections over only when the engine knows it.
void Node::State::put_in_force(const std::set<std::string>& changed) {
  const auto& store = model.in_force();
  datapath->attend();  // the engine's tables of a large model take their time, and so do the maps
  const auto refused = engine->apply(store, changed);
  datapath->attend();
  if (!whole) {
    for (const int family : {AF_INET, AF_INET6}) {
      if (auto set = datapath->set_sockets(family, engine->listening_sockets(family)); !set) {
        log(LogLevel::error, "engine not reachable", {{"reason", set.error()}});
      }
    }
  }
  refusals.update(store, changed, refused);
  refusals.replace(store, datapath->apply(store, changed));
}

void Node::State::answered(const std::string& name, const Resolution& resolution) {
  if (!resolution.error.empty()) {
    log(LogLevel::warn, "name not resolved",
        {{"name", name},
         {"reason", resolution.error},
         {"addresses kept", std::to_string(resolution.addresses.size())}});
  }
  const auto changed = model.answered(name, resolution);
  if (changed.empty()) return;
  const auto before = refusals.all();
  put_in_force(changed);
  if (resolution.error.empty()) {
    log(LogLevel::info, "name resolved", {{"name", name}, {"addresses", std::to_string(resolution.addresses.size())}});
  }
  if (refused_changed && refusals.all() != before) refused_changed();
}

/// An address of this host's own may have come to an endpoint, or gone from it.
void Node::State::network_changed() {
  if (whole) {
    const auto before = refusals.all();
    refusals.replace(model.in_force(), datapath->apply(model.in_force(), {}));
    if (refused_changed && refusals.all() != before) refused_changed();
  }
  if (network_told) network_told();
}

Node::Node(std::unique_ptr<State> state) : state_(std::move(state)) {}
Node::~Node() = default;

std::expected<std::unique_ptr<Node>, std::string> Node::start(const Options& options, asio::io_context& context) {
  auto state = std::make_unique<State>(options, context);
  if (auto started = state->start(); !started) return std::unexpected(std::move(started.error()));
  return std::unique_ptr<Node>(new Node(std::move(state)));
}

std::expected<Applied, std::string> Node::apply(model::v1::Delta delta) {
  const auto begin = Clock::now();
  const auto changed = state_->model.apply(std::move(delta));
  if (!changed) return std::unexpected(changed.error());
  state_->put_in_force(*changed);
  state_->whole = true;
  state_->resolver->watch(state_->model.names());
  return Applied{state_->refusals.all(), std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - begin)};
}

Applied Node::replace(const model::v1::Model& model) {
  return *apply(state_->model.towards(model));  // its base is the generation in force
}

model::Snapshot Node::compiled() const {
  return state_->model.compiled();
}
const model::Store& Node::in_force() const {
  return state_->model.in_force();
}
const std::map<std::string, std::string>& Node::refused() const {
  return state_->refusals.all();
}
void Node::on_refused_change(std::function<void()> changed) {
  state_->refused_changed = std::move(changed);
}

std::set<std::string> Node::held_vips() const {
  return state_->datapath->held_vips();
}
std::set<std::string> Node::sources() const {
  return state_->datapath->model_sources();
}
std::set<std::string> Node::own_addresses() const {
  return state_->datapath->own_addresses();
}

void Node::set_known(bool known) {
  state_->datapath->set_known(known);
}

void Node::set_current(bool current) {
  state_->datapath->set_current(current);
}

void Node::set_lease(std::chrono::seconds duration) {
  state_->datapath->set_lease(static_cast<std::uint32_t>(duration.count()));
}

void Node::lease_renewed() {
  state_->datapath->lease_renewed();
}

void Node::on_rival(std::function<void(const l4::RivalClaim&)> told) {
  state_->datapath->on_rival([&context = state_->context, told = std::move(told)](const l4::RivalClaim& claim) {
    asio::post(context, [told, claim] { told(claim); });
  });
}

void Node::on_network_change(std::function<void()> changed) {
  state_->network_told = std::move(changed);
}

std::expected<void, std::string> Node::ready() const {
  if (state_->draining) return std::unexpected("draining");
  if (!state_->whole) return std::unexpected("no configuration is in force yet");
  return state_->datapath->ready();
}

std::string Node::metrics() const {
  return state_->datapath->metrics() + state_->engine->metrics() + state_->http->metrics() + process::process_metrics();
}

std::vector<std::string> Node::describe() const {
  auto lines = state_->datapath->describe();
  lines.push_back("engine: " + std::to_string(state_->options.workers) + " workers, " + state_->engine->io());
  return lines;
}

std::vector<std::string> Node::warnings() const {
  return state_->datapath->warnings();
}

void Node::reopen_logs() {
  if (!state_->access_log) return;
  if (auto reopened = state_->access_log->reopen(); !reopened) {
    log(LogLevel::error, "access log not reopened", {{"reason", reopened.error()}});
  }
}

void Node::drain(std::function<void()> done) {
  state_->draining = true;
  if (state_->options.release_vips) state_->datapath->release_vips();
  state_->engine->drain(state_->options.drain_timeout,
                        [&context = state_->context, done = std::move(done)] { asio::post(context, done); });
}

}  // namespace sluice::agent
