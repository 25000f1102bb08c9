// A daemon under a parent that starts it again at once when it is killed: a container runtime takes a second or more to
// notice, a service manager waits on purpose.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>

namespace sluice::process {

/// A daemon that is killed so many times within so long has a lasting trouble: then the parent ends as well, so that
/// who started it sees that and waits ever longer.
struct Patience {
  std::size_t deaths = 3;
  std::chrono::steady_clock::duration within = std::chrono::minutes(1);
};

/// Runs the daemon in a child, and anew when a signal killed it that did not come through here. Returns its exit
/// status, or 128 + the signal. SIGTERM, SIGINT and SIGHUP go on to the child; a child whose parent is killed is
/// killed, too. To be called first of all, before there are threads. daemon: returns an exit status.
int supervise(const std::function<int()>& daemon, const Patience& patience = {});

}  // namespace sluice::process
