// sluice-controller: a cluster's objects in, a model to its nodes out. The only place that knows both the controller
// and what a process of Sluice's has around it (logs, admin endpoint).
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "controller/daemon/controller.h"
#include "controller/source/kubernetes/in_cluster.h"
#include "controller/source/kubernetes/kubeconfig.h"
#include "userspace/model/redact.h"
#include "userspace/process/admin.h"
#include "userspace/process/log.h"
#include "userspace/process/pages.h"
#include "userspace/process/process_metrics.h"
#include "userspace/process/service_manager.h"

namespace sluice::daemon {
namespace {

/// A Lease is given up in one request.
constexpr std::chrono::seconds kResignTime{5};

int fail(const std::string& reason) {
  process::log(process::LogLevel::error, "cannot start", {{"reason", reason}});
  return 1;
}

void journal(Level level, std::string_view message, std::initializer_list<Field> fields) {
  static constexpr std::array kLevels = {process::LogLevel::info, process::LogLevel::warn, process::LogLevel::error};
  process::log(kLevels.at(static_cast<std::size_t>(level)), message, fields);
}

process::AdminHandler pages_of(const Controller& controller) {
  return process::serve({.metrics = [&] { return controller.metrics() + process::process_metrics(); },
                         .ready = [&] { return controller.ready(); },
                         .config = [&] { return model::redacted_json(controller.model()); },
                         .status = [&] { return controller.status(); }});
}

int run(const Options& options) {
  const auto cluster = options.kubeconfig.empty() ? kubernetes::in_cluster(kubernetes::pod_surroundings())
                                                  : kubernetes::read_kubeconfig(options.kubeconfig, options.context);
  if (!cluster) return fail(source::to_string(cluster.error()));
  boost::asio::io_context context{1};
  Controller controller(context, *cluster, options, journal);
  process::AdminServer admin(context, pages_of(controller));
  if (options.metrics_port != 0) {
    const auto listening = admin.listen_tcp(options.metrics_address, options.metrics_port);
    if (!listening) {
      controller.resign(kResignTime);
      return fail(listening.error());
    }
  }
  boost::asio::signal_set signals(context, SIGTERM, SIGINT);
  signals.async_wait([&](boost::system::error_code error, int) {
    if (error) return;
    process::notify_service_manager("STOPPING=1");
    controller.resign(kResignTime);
    context.stop();
  });
  process::notify_service_manager("READY=1");
  context.run();
  if (controller.failure().empty()) return 0;
  controller.resign(kResignTime);
  process::log(process::LogLevel::error, "cannot go on", {{"reason", controller.failure()}});
  return 1;
}

}  // namespace
}  // namespace sluice::daemon

int main(int argc, char** argv) {
  using namespace sluice::daemon;
  const auto options = parse_options(argc, argv, [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value != nullptr ? value : "");
  });
  if (!options) {
    std::fputs(options.error().text.c_str(), options.error().exit_status == 0 ? stdout : stderr);
    return options.error().exit_status;
  }
  std::signal(SIGPIPE, SIG_IGN);
  sluice::process::configure_log(options->log_level, options->log_format);
  return run(*options);
}
