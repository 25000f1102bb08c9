#include "userspace/agent/standalone.h"

#include <fmt/format.h>

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <ctime>
#include <optional>
#include <utility>

#include "controller/pipeline/pipeline.h"
#include "controller/source/directory.h"
#include "userspace/agent/default_addresses.h"
#include "userspace/agent/host.h"
#include "userspace/agent/node_address.h"
#include "userspace/agent/privileges.h"
#include "userspace/l4/datapath.h"
#include "userspace/l7/tables.h"
#include "userspace/process/log.h"

namespace sluice::agent {
namespace {

namespace asio = boost::asio;
using process::log;
using process::LogLevel;

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

/// The folder on one side, the node on the other.
class Standalone {
 public:
  explicit Standalone(const Options& options)
      : options_(options),
        source_(options.manifests, *api::parse_channel(options.channel)),
        addresses_(default_addresses(options)),
        pipeline_({.default_addresses = addresses_.current()}),
        host_(options, {.status = [this] { return status(); },
                        .metrics = [] { return std::string(); },
                        .refused_changed = [this] { settle(); }}) {}

  int run();

 private:
  std::expected<void, std::string> first_configuration();
  void reload();
  bool refused(const source::ReloadResult& result);
  void tell(const std::vector<source::Notice>& notices);
  void apply(model::v1::Delta delta);
  void settle();
  void follow_addresses();
  void watch_folder();
  std::expected<std::string, std::string> status();

  const Options& options_;
  source::DirectorySource source_;
  DefaultAddresses addresses_;
  pipeline::Pipeline pipeline_;
  std::optional<model::v1::Model> saved_;  ///< in force in the place of a folder that has been refused since the start
  Host host_;
  asio::posix::stream_descriptor folder_{host_.context()};  ///< the source's descriptor, borrowed
  asio::steady_timer timer_{host_.context()};               ///< looks at the folder where there is no inotify
  asio::steady_timer address_timer_{host_.context()};       ///< when an address that is gone is to be given up
  std::set<std::string> told_;  ///< the notices of the last look: each is logged when it comes
};

std::expected<std::string, std::string> Standalone::status() {
  if (saved_) return std::unexpected("the manifests are refused since the start; the last good model is in force");
  return boost::json::serialize(pipeline_.status()) + "\n";
}

void Standalone::tell(const std::vector<source::Notice>& notices) {
  std::set<std::string> now;
  for (const auto& notice : notices) {
    const auto [text, fresh] = now.insert(source::to_string(notice));
    if (fresh && !told_.contains(*text)) log(LogLevel::warn, "manifests", {{"notice", *text}});
  }
  told_ = std::move(now);
}

bool Standalone::refused(const source::ReloadResult& result) {
  tell(result.notices);
  for (const auto& error : result.errors) log(LogLevel::error, "manifest error", {{"error", source::to_string(error)}});
  return !result.ok();
}

/// The folder's, else the last good one of this instance.
std::expected<void, std::string> Standalone::first_configuration() {
  if (!refused(source_.reload())) return {};
  host_.counts().reloaded(Reload::kRefused);
  auto saved = host_.saved_model();
  if (!saved) return std::unexpected("the manifests are refused, and there is no last good model: " + saved.error());
  if (!*saved) return std::unexpected("the manifests are refused, and this instance has no last good model");
  saved_ = std::move(**saved);
  return {};
}

void Standalone::settle() {
  const auto& refused = host_.node().refused();
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

void Standalone::apply(model::v1::Delta delta) {
  // The first good folder after a saved model replaces it whole; compile's generations begin there.
  const bool whole = std::exchange(saved_, std::nullopt).has_value();
  if (whole) {
    host_.replace(pipeline_.model());
  } else if (const auto applied = host_.apply(std::move(delta)); !applied) {
    // Cannot be: one pipeline, one node. Say so and mend it.
    log(LogLevel::error, "delta refused", {{"reason", applied.error()}});
    host_.replace(pipeline_.model());
  }
  settle();
}

void Standalone::reload() {
  const auto result = source_.reload();
  if (refused(result)) {
    host_.counts().reloaded(Reload::kRefused);
    log(LogLevel::error, "manifests refused",
        {{"errors", std::to_string(result.errors.size())},
         {"generation in force", std::to_string(host_.node().in_force().generation())}});
    return;
  }
  auto delta = pipeline_.update(source_.objects(), result.changed);
  if (!saved_ && delta.changed().empty() && delta.removed().empty()) {
    host_.counts().reloaded(Reload::kUnchanged);
    log(LogLevel::info, "manifests read", {{"objects changed", std::to_string(result.changed.size())}});
    settle();
    return;
  }
  host_.counts().reloaded(Reload::kApplied);
  apply(std::move(delta));
}

/// The node's addresses may be others now: Gateways that rely on them go along.
void Standalone::follow_addresses() {
  if (host_.stopping()) return;
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

void Standalone::watch_folder() {
  const auto look = [this](boost::system::error_code error) {
    if (error || host_.stopping()) return;
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

int Standalone::run() {
  if (auto prepared = host_.prepare(); !prepared) return fail("cannot start", prepared.error());
  if (auto first = first_configuration(); !first) return fail("cannot start", first.error());
  if (auto started = host_.start(); !started) return fail("cannot start", started.error());
  host_.node().set_lease(std::chrono::seconds(0));
  if (saved_) {
    log(LogLevel::error, "manifests refused; serving the last good model");
    host_.restore(*saved_);
  } else {
    const auto objects = source_.objects();
    host_.counts().reloaded(Reload::kApplied);
    apply(pipeline_.update(objects, pipeline::refs_of(*objects)));
  }
  if (options_.addresses.empty()) {
    host_.node().on_network_change([this] { follow_addresses(); });
    follow_addresses();  // what changed since they were read
  }
  watch_folder();
  host_.run();
  if (folder_.is_open()) folder_.release();
  return 0;
}

}  // namespace

int run_standalone(const Options& options) {
  return Standalone(options).run();
}

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
  l7::TablesBuilder builder(nullptr, options.node);
  for (const auto& error : builder.build(store)->errors()) fmt::print("not carried out: {}\n", error);
  const auto probe = l4::Datapath::probe(datapath_options(options));
  for (const auto& fact : probe.facts) fmt::print("{}\n", fact);
  for (const auto& warning : probe.warnings) fmt::print("warning: {}\n", warning);
  for (const auto& problem : probe.problems) fmt::print(stderr, "problem: {}\n", problem);
  if (auto permitted = check_capabilities(); !permitted) fmt::print(stderr, "problem: {}\n", permitted.error());
  return probe.problems.empty() && check_capabilities() ? 0 : 1;
}

}  // namespace sluice::agent
