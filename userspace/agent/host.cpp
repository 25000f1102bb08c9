#include "userspace/agent/host.h"

#include <malloc.h>

#include <utility>

#include "userspace/agent/privileges.h"
#include "userspace/agent/saved_model.h"
#include "userspace/agent/system_calls.h"
#include "userspace/l4/datapath.h"
#include "userspace/model/redact.h"
#include "userspace/process/log.h"
#include "userspace/process/pages.h"
#include "userspace/process/service_manager.h"

namespace sluice::agent {
namespace {

using process::log;
using process::LogLevel;

constexpr std::size_t kLargeChange = 10'000;  // resources

}  // namespace

Host::Host(const Options& options, Beside beside)
    : options_(options),
      beside_(std::move(beside)),
      admin_(context_,
             process::serve(
                 {.metrics = [this] { return counts_.text() + (node_ ? node_->metrics() : "") + beside_.metrics(); },
                  .ready = [this] { return ready(); },
                  .config = [this] { return model::redacted_json(node_->in_force().model()); },
                  .status = [this] { return beside_.status(); },
                  .node = [this] { return this_node(); }})) {}

Host::~Host() = default;

std::expected<void, std::string> Host::ready() const {
  if (!node_) return std::unexpected("starting");
  return node_->ready();
}

/// What a plan depends on besides the model: explain asks.
std::string Host::this_node() const {
  std::string text = options_.node + "\n";
  if (!node_) return text;
  for (const auto& address : node_->own_addresses()) text += address + "\n";
  return text;
}

std::expected<void, std::string> Host::prepare() {
  if (auto permitted = check_capabilities(); !permitted) return permitted;
  auto lock = InstanceLock::take(options_.state_dir, options_.instance);
  if (!lock) return std::unexpected(lock.error());
  lock_.emplace(std::move(*lock));
  return {};
}

std::expected<void, std::string> Host::give_up_capabilities() const {
  const bool shares = options_.xdp == "shared";
  if (!shares) {
    // An earlier process may have shared its devices, and only now could it be undone.
    if (auto ended = l4::Datapath::end_sharing(options_.instance); !ended) return ended;
  }
  return drop_other_capabilities(shares);
}

std::expected<void, std::string> Host::listen() {
  if (auto listening = admin_.listen_unix(options_.socket); !listening) return listening;
  if (options_.metrics_port == 0) return {};
  return admin_.listen_tcp(options_.metrics_address, options_.metrics_port);
}

std::expected<void, std::string> Host::start() {
  raise_descriptor_limit();
  if (auto dropped = give_up_capabilities(); !dropped) return dropped;
  if (auto restricted = deny_unused_system_calls(); !restricted) {
    log(LogLevel::warn, "system calls are not restricted", {{"reason", restricted.error()}});
  }
  if (!may_announce()) log(LogLevel::warn, "VIPs are not announced", {{"reason", "CAP_NET_RAW is missing"}});
  auto node = Node::start(options_, context_);
  if (!node) return std::unexpected(node.error());
  node_ = std::move(*node);
  node_->on_refused_change([this] {
    counts_.refused(node_->refused().size());
    tell_refused(node_->refused());
    beside_.refused_changed();
  });
  for (const auto& line : node_->describe()) log(LogLevel::info, "datapath", {{"what", line}});
  for (const auto& line : node_->warnings()) log(LogLevel::warn, "datapath", {{"what", line}});
  saver_.emplace(options_.state_dir, options_.instance,
                 [](const std::string& reason) { log(LogLevel::error, "model not saved", {{"reason", reason}}); });
  return listen();
}

std::expected<std::optional<model::v1::Model>, std::string> Host::saved_model() const {
  auto saved = load_model(options_.state_dir, options_.instance);
  if (saved && *saved) (*saved)->set_generation(0);
  return saved;
}

void Host::tell_refused(const std::map<std::string, std::string>& refused) {
  for (const auto& [name, why] : refused) {
    const auto told = told_refused_.find(name);
    if (told != told_refused_.end() && told->second == why) continue;
    log(LogLevel::error, "not in force", {{"resource", name}, {"reason", why}});
  }
  told_refused_ = refused;
}

void Host::in_force(const Applied& applied, std::size_t changed) {
  const auto& store = node_->in_force();
  counts_.applied(store.generation(), applied.took, applied.refused.size());
  log(LogLevel::info, "configuration in force",
      {{"generation", std::to_string(store.generation())},
       {"resources", std::to_string(store.all().size())},
       {"changed", std::to_string(changed)},
       {"refused", std::to_string(applied.refused.size())},
       {"microseconds", std::to_string(applied.took.count())}});
  tell_refused(applied.refused);
  // What a large change was worked out in would else stay with the process: 30 MB of 10,000 routes, for 30 ms.
  if (changed >= kLargeChange) malloc_trim(0);
}

std::expected<Applied, std::string> Host::apply(model::v1::Delta delta) {
  const auto changed = static_cast<std::size_t>(delta.changed_size()) + static_cast<std::size_t>(delta.removed_size());
  auto applied = node_->apply(std::move(delta));
  if (!applied) return applied;
  in_force(*applied, changed);
  saver_->save(node_->compiled());
  return applied;
}

Applied Host::restore(const model::v1::Model& model) {
  auto applied = node_->replace(model);
  in_force(applied, static_cast<std::size_t>(model.resources_size()));
  return applied;
}

Applied Host::replace(const model::v1::Model& model) {
  auto applied = restore(model);
  saver_->save(node_->compiled());
  return applied;
}

void Host::stop() {
  if (std::exchange(stopping_, true)) {
    log(LogLevel::warn, "ending at once");
    context_.stop();
    return;
  }
  process::notify_service_manager("STOPPING=1");
  log(LogLevel::info, "draining", {{"seconds", std::to_string(options_.drain_timeout.count())}});
  beside_.stopping();
  node_->drain([this] {
    log(LogLevel::info, "drained");
    context_.stop();
  });
}

void Host::wait_for_signal() {
  signals_.async_wait([this](boost::system::error_code error, int number) {
    if (error) return;
    if (number == SIGHUP) {
      node_->reopen_logs();
    } else {
      stop();
    }
    wait_for_signal();
  });
}

void Host::run() {
  wait_for_signal();
  process::notify_service_manager("READY=1");
  context_.run();
}

}  // namespace sluice::agent
