// sluiced: the node daemon. A folder of manifests or a controller is where its model comes from.
#include <csignal>
#include <cstdio>

#include "userspace/agent/instance_lock.h"
#include "userspace/agent/member.h"
#include "userspace/agent/options.h"
#include "userspace/agent/saved_model.h"
#include "userspace/agent/standalone.h"
#include "userspace/l4/datapath.h"
#include "userspace/process/log.h"
#include "userspace/process/supervise.h"

namespace sluice::agent {
namespace {

int fail(std::string_view message, const std::string& reason) {
  process::log(process::LogLevel::error, message, {{"reason", reason}});
  return 1;
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
  sluice::process::configure_log(options->log_level, options->log_format);
  if (options->remove) return remove(*options);
  if (options->dry_run) return dry_run(*options);
  const auto run = [&] { return options->member.controller.empty() ? run_standalone(*options) : run_member(*options); };
  return options->supervise ? sluice::process::supervise(run) : run();
}
