// sluiced: a folder of manifests in, packets and requests forwarded. The only place that knows both the control plane
// (source, pipeline) and the data planes (node).
#include <fmt/format.h>
#include <malloc.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json/serialize.hpp>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <optional>
#include <utility>

#include "controller/pipeline/pipeline.h"
#include "controller/source/directory.h"
#include "userspace/agent/admin.h"
#include "userspace/agent/config_metrics.h"
#include "userspace/agent/default_addresses.h"
#include "userspace/agent/instance_lock.h"
#include "userspace/agent/log.h"
#include "userspace/agent/model_saver.h"
#include "userspace/agent/node.h"
#include "userspace/agent/node_address.h"
#include "userspace/agent/options.h"
#include "userspace/agent/pages.h"
#include "userspace/agent/privileges.h"
#include "userspace/agent/saved_model.h"
#include "userspace/agent/service_manager.h"
#include "userspace/agent/system_calls.h"
#include "userspace/l4/datapath.h"
#include "userspace/l7/tables.h"
#include "userspace/model/redact.h"

namespace sluice::agent {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kLargeChange = 10'000;  // resources

std::string now() {
  std::array<char, 32> text{};
  const std::time_t time = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&time, &utc);
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc)};
}

/// Sorted.
std::vector<std::string> default_addresses(const Options& options) {
  auto addresses = options.addresses.empty() ? node_addresses(options.devices) : options.addresses;
  std::ranges::sort(addresses);
  return addresses;
}

int fail(std::string_view message, const std::string& reason) {
  log(LogLevel::error, message, {{"reason", reason}});
  return 1;
}

/// One process: the folder on one side, the node on the other.
class Daemon {
 public:
  explicit Daemon(const Options& options)
      : options_(options),
        source_(options.manifests, *api::parse_channel(options.channel)),
        addresses_(default_addresses(options)),
        pipeline_({.default_addresses = addresses_.current()}),
        admin_(context_, serve({.metrics = [this] { return counts_.text() + (node_ ? node_->metrics() : ""); },
                                .ready = [this] { return ready(); },
                                .config = [this] { return model::redacted_json(node_->in_force().model()); },
                                .status = [this] { return status(); }})) {}

  int run();

 private:
  std::expected<void, std::string> first_configuration();
  std::expected<void, std::string> listen();
  [[nodiscard]] std::expected<void, std::string> give_up_capabilities() const;
  void reload();
  bool refused(const source::ReloadResult& result);
  void tell(const std::vector<source::Notice>& notices);
  void tell_refused(const std::map<std::string, std::string>& refused);
  void apply(model::v1::Delta delta);
  void settle();
  void follow_addresses();
  void watch_folder();
  void wait_for_signal();
  void stop();
  std::expected<void, std::string> ready() const;
  std::expected<std::string, std::string> status();

  const Options& options_;
  asio::io_context context_{1};
  source::DirectorySource source_;
  DefaultAddresses addresses_;
  pipeline::Pipeline pipeline_;
  ConfigMetrics counts_;
  std::optional<ModelSaver> saver_;
  std::optional<model::v1::Model> saved_;  ///< in force in the place of a folder that has been refused since the start
  std::unique_ptr<Node> node_;
  AdminServer admin_;
  asio::signal_set signals_{context_, SIGTERM, SIGINT, SIGHUP};
  asio::posix::stream_descriptor folder_{context_};  ///< the source's descriptor, borrowed
  asio::steady_timer timer_{context_};               ///< looks at the folder where there is no inotify
  asio::steady_timer address_timer_{context_};       ///< when an address that is gone is to be given up
  std::set<std::string> told_;                       ///< the notices of the last look: each is logged when it comes
  std::map<std::string, std::string> told_refused_;  ///< refusals, likewise
  bool stopping_ = false;
};

std::expected<void, std::string> Daemon::ready() const {
  if (!node_) return std::unexpected("starting");
  return node_->ready();
}

std::expected<std::string, std::string> Daemon::status() {
  if (saved_) return std::unexpected("the manifests are refused since the start; the last good model is in force");
  return boost::json::serialize(pipeline_.status()) + "\n";
}

void Daemon::tell(const std::vector<source::Notice>& notices) {
  std::set<std::string> now;
  for (const auto& notice : notices) {
    const auto [text, fresh] = now.insert(source::to_string(notice));
    if (fresh && !told_.contains(*text)) log(LogLevel::warn, "manifests", {{"notice", *text}});
  }
  told_ = std::move(now);
}

bool Daemon::refused(const source::ReloadResult& result) {
  tell(result.notices);
  for (const auto& error : result.errors) log(LogLevel::error, "manifest error", {{"error", source::to_string(error)}});
  return !result.ok();
}

/// The folder's, else the last good one of this instance.
std::expected<void, std::string> Daemon::first_configuration() {
  if (!refused(source_.reload())) return {};
  counts_.reloaded(Reload::kRefused);
  auto saved = load_model(options_.state_dir, options_.instance);
  if (!saved) return std::unexpected("the manifests are refused, and there is no last good model: " + saved.error());
  if (!*saved) return std::unexpected("the manifests are refused, and this instance has no last good model");
  saved_ = std::move(**saved);
  saved_->set_generation(0);  // generations count from this start
  return {};
}

void Daemon::settle() {
  const auto& refused = node_->refused();
  for (const auto& finding :
       pipeline_.settle({.state = status::DataPlane::State::Programmed, .message = "", .refused = refused}, now())) {
    log(LogLevel::warn, "condition",
        {{"object", api::to_string(finding.object)},
         {"part", finding.part},
         {"type", finding.type},
         {"reason", finding.reason},
         {"detail", finding.message}});
  }
}

void Daemon::tell_refused(const std::map<std::string, std::string>& refused) {
  for (const auto& [name, why] : refused) {
    const auto told = told_refused_.find(name);
    if (told != told_refused_.end() && told->second == why) continue;
    log(LogLevel::error, "not in force", {{"resource", name}, {"reason", why}});
  }
  told_refused_ = refused;
}

void Daemon::apply(model::v1::Delta delta) {
  const auto changed = static_cast<std::size_t>(delta.changed_size()) + static_cast<std::size_t>(delta.removed_size());
  // The first good folder after a saved model replaces it whole; compile's generations begin there.
  const bool whole = std::exchange(saved_, std::nullopt).has_value();
  auto applied = whole ? node_->replace(pipeline_.model()) : node_->apply(std::move(delta));
  if (!applied) {  // cannot be: one pipeline, one node. Say so and mend it.
    log(LogLevel::error, "delta refused", {{"reason", applied.error()}});
    applied = node_->replace(pipeline_.model());
  }
  const auto& store = node_->in_force();
  counts_.applied(store.generation(), applied->took, applied->refused.size());
  log(LogLevel::info, "configuration in force",
      {{"generation", std::to_string(store.generation())},
       {"resources", std::to_string(store.all().size())},
       {"changed", std::to_string(changed)},
       {"refused", std::to_string(applied->refused.size())},
       {"microseconds", std::to_string(applied->took.count())}});
  tell_refused(applied->refused);
  saver_->save(node_->compiled());
  settle();
  // What a large change was worked out in would else stay with the process: 30 MB of 10,000 routes, for 30 ms.
  if (changed >= kLargeChange) malloc_trim(0);
}

void Daemon::reload() {
  const auto result = source_.reload();
  if (refused(result)) {
    counts_.reloaded(Reload::kRefused);
    log(LogLevel::error, "manifests refused",
        {{"errors", std::to_string(result.errors.size())},
         {"generation in force", std::to_string(node_->in_force().generation())}});
    return;
  }
  auto delta = pipeline_.update(source_.objects(), result.changed);
  if (!saved_ && delta.changed().empty() && delta.removed().empty()) {
    counts_.reloaded(Reload::kUnchanged);
    log(LogLevel::info, "manifests read", {{"objects changed", std::to_string(result.changed.size())}});
    settle();
    return;
  }
  counts_.reloaded(Reload::kApplied);
  apply(std::move(delta));
}

/// The node's addresses may be others now: Gateways that rely on them go along.
void Daemon::follow_addresses() {
  if (stopping_) return;
  const bool changed = addresses_.update(node_addresses(options_.devices), DefaultAddresses::Clock::now());
  if (const auto due = addresses_.due()) {
    address_timer_.expires_at(*due);
    address_timer_.async_wait([this](boost::system::error_code error) {
      if (!error) follow_addresses();
    });
  }
  if (!changed) return;
  log(LogLevel::info, "addresses of the node",
      {{"addresses", fmt::format("{}", fmt::join(addresses_.current(), " "))}});
  pipeline_.set_default_addresses(addresses_.current());
  if (saved_) return;  // the first good folder finds them
  if (auto delta = pipeline_.update(pipeline_.objects(), {}); delta.changed_size() + delta.removed_size() > 0) {
    apply(std::move(delta));
  } else {
    settle();
  }
}

void Daemon::watch_folder() {
  const auto look = [this](boost::system::error_code error) {
    if (error || stopping_) return;
    if (source_.fd() < 0 || source_.poll()) reload();
    watch_folder();
  };
  if (source_.fd() < 0) {
    timer_.expires_after(std::chrono::seconds(2));
    timer_.async_wait(look);
    return;
  }
  if (!folder_.is_open()) folder_.assign(source_.fd());
  folder_.async_wait(asio::posix::stream_descriptor::wait_read, look);
}

void Daemon::stop() {
  if (std::exchange(stopping_, true)) {
    log(LogLevel::warn, "ending at once");
    context_.stop();
    return;
  }
  notify_service_manager("STOPPING=1");
  log(LogLevel::info, "draining", {{"seconds", std::to_string(options_.drain_timeout.count())}});
  node_->drain([this] {
    log(LogLevel::info, "drained");
    context_.stop();
  });
}

void Daemon::wait_for_signal() {
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

std::expected<void, std::string> Daemon::listen() {
  if (auto listening = admin_.listen_unix(options_.socket); !listening) return listening;
  if (options_.metrics_port == 0) return {};
  return admin_.listen_tcp(options_.metrics_address, options_.metrics_port);
}

std::expected<void, std::string> Daemon::give_up_capabilities() const {
  const bool shares = options_.xdp == "shared";
  if (!shares) {
    // An earlier process may have shared its devices, and only now could it be undone.
    if (auto ended = l4::Datapath::end_sharing(options_.instance); !ended) return ended;
  }
  return drop_other_capabilities(shares);
}

int Daemon::run() {
  if (auto permitted = check_capabilities(); !permitted) return fail("cannot start", permitted.error());
  const auto lock = InstanceLock::take(options_.state_dir, options_.instance);
  if (!lock) return fail("cannot start", lock.error());
  if (auto first = first_configuration(); !first) return fail("cannot start", first.error());
  raise_descriptor_limit();
  if (auto dropped = give_up_capabilities(); !dropped) return fail("cannot start", dropped.error());
  if (auto restricted = deny_unused_system_calls(); !restricted) {
    log(LogLevel::warn, "system calls are not restricted", {{"reason", restricted.error()}});
  }
  if (!may_announce()) log(LogLevel::warn, "VIPs are not announced", {{"reason", "CAP_NET_RAW is missing"}});
  auto node = Node::start(options_, context_);
  if (!node) return fail("cannot start", node.error());
  node_ = std::move(*node);
  node_->on_refused_change([this] {
    counts_.refused(node_->refused().size());
    tell_refused(node_->refused());
    settle();
  });
  for (const auto& line : node_->describe()) log(LogLevel::info, "datapath", {{"what", line}});
  for (const auto& line : node_->warnings()) log(LogLevel::warn, "datapath", {{"what", line}});
  saver_.emplace(options_.state_dir, options_.instance,
                 [](const std::string& reason) { log(LogLevel::error, "model not saved", {{"reason", reason}}); });
  if (auto listening = listen(); !listening) return fail("cannot start", listening.error());
  if (saved_) {
    log(LogLevel::error, "manifests refused; serving the last good model");
    const auto applied = node_->replace(*saved_);
    counts_.applied(0, applied.took, applied.refused.size());
    tell_refused(applied.refused);
  } else {
    const auto objects = source_.objects();
    counts_.reloaded(Reload::kApplied);
    apply(pipeline_.update(objects, pipeline::refs_of(*objects)));
  }
  if (options_.addresses.empty()) {
    node_->on_network_change([this] { follow_addresses(); });
    follow_addresses();  // what changed since they were read
  }
  watch_folder();
  wait_for_signal();
  notify_service_manager("READY=1");
  context_.run();
  if (folder_.is_open()) folder_.release();
  return 0;
}

/// Loads, compiles, probes, prints; changes nothing.
int dry_run(const Options& options) {
  const auto loaded = source::load(options.manifests, *api::parse_channel(options.channel));
  for (const auto& notice : loaded.notices) fmt::print("notice: {}\n", source::to_string(notice));
  for (const auto& error : loaded.errors) fmt::print(stderr, "{}\n", source::to_string(error));
  if (!loaded.errors.empty()) {
    fmt::print(stderr, "{} error{}; sluiced would refuse these manifests\n", loaded.errors.size(),
               loaded.errors.size() == 1 ? "" : "s");
    return 1;
  }
  pipeline::Pipeline pipeline({.default_addresses = default_addresses(options)});
  const auto delta = pipeline.update(loaded.objects, {});
  model::Store store;
  if (auto taken = store.apply(delta); !taken) return fail("dry run", taken.error());
  fmt::print("model: {} resources\n", store.all().size());
  for (const auto& finding : pipeline.settle({}, now())) fmt::print("condition: {}\n", pipeline::to_string(finding));
  l7::TablesBuilder builder;
  for (const auto& error : builder.build(store)->errors()) fmt::print("not carried out: {}\n", error);
  const auto probe = l4::Datapath::probe(datapath_options(options));
  for (const auto& fact : probe.facts) fmt::print("{}\n", fact);
  for (const auto& warning : probe.warnings) fmt::print("warning: {}\n", warning);
  for (const auto& problem : probe.problems) fmt::print(stderr, "problem: {}\n", problem);
  if (auto permitted = check_capabilities(); !permitted) fmt::print(stderr, "problem: {}\n", permitted.error());
  return probe.problems.empty() && check_capabilities() ? 0 : 1;
}

int remove(const Options& options) {
  const auto lock = InstanceLock::take(options.state_dir, options.instance);
  if (!lock) return fail("nothing removed", lock.error());
  if (auto removed = l4::Datapath::remove(options.instance); !removed) return fail("not all removed", removed.error());
  forget_model(options.state_dir, options.instance);
  return 0;
}

}  // namespace
}  // namespace sluice::agent

int main(int argc, char** argv) {
  using namespace sluice::agent;
  const auto options = parse_options(argc, argv);
  if (!options) {
    std::fputs(options.error().text.c_str(), options.error().exit_status == 0 ? stdout : stderr);
    return options.error().exit_status;
  }
  std::signal(SIGPIPE, SIG_IGN);
  configure_log(options->log_level, options->log_format);
  if (options->remove) return remove(*options);
  if (options->dry_run) return dry_run(*options);
  return Daemon(*options).run();
}
