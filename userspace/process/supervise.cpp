#include "userspace/process/supervise.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <deque>
#include <string>

#include "userspace/process/log.h"

namespace sluice::process {
namespace {

constexpr int kKilled = 128;  // and the signal's number: as a shell has it

/// The signals that the parent waits for. They are blocked there, and as they were in the child.
sigset_t awaited() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, number);
  return signals;
}

[[noreturn]] void become(const std::function<int()>& daemon, pid_t parent, const sigset_t& before) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(kKilled + SIGKILL);  // it died before that
  sigprocmask(SIG_SETMASK, &before, nullptr);
  std::exit(daemon());
}

/// Until the child ends: its wait status. stopping: whether a signal that ends daemons came and was passed on.
int wait_for(pid_t child, const sigset_t& signals, bool& stopping) {
  for (;;) {
    siginfo_t signal{};
    const int number = sigwaitinfo(&signals, &signal);
    if (number == SIGTERM || number == SIGINT || number == SIGHUP) {
      stopping |= number != SIGHUP;
      kill(child, number);
    }
    int status = 0;
    // The first process of a container is the parent of all orphans: those are reaped on the way.
    for (pid_t ended = 0; (ended = waitpid(-1, &status, WNOHANG)) > 0;) {
      if (ended == child) return status;
    }
  }
}

}  // namespace

int supervise(const std::function<int()>& daemon, const Patience& patience) {
  const sigset_t signals = awaited();
  sigset_t before;
  sigprocmask(SIG_BLOCK, &signals, &before);
  std::deque<std::chrono::steady_clock::time_point> deaths;
  for (bool stopping = false;;) {
    const pid_t parent = getpid();
    const pid_t child = fork();
    if (child < 0) {
      log(LogLevel::error, "cannot start", {{"reason", std::string("fork: ") + std::strerror(errno)}});
      return 1;
    }
    if (child == 0) become(daemon, parent, before);
    const int status = wait_for(child, signals, stopping);
    if (WIFEXITED(status)) return WEXITSTATUS(status);
    const int number = WTERMSIG(status);
    deaths.push_back(std::chrono::steady_clock::now());
    while (deaths.back() - deaths.front() > patience.within) deaths.pop_front();
    if (stopping || deaths.size() >= patience.deaths) return kKilled + number;
    log(LogLevel::error, "killed; starting again", {{"signal", std::to_string(number)}});
  }
}

}  // namespace sluice::process
