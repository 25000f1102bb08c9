#include "userspace/process/supervise.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <functional>
#include <new>
#include <thread>

namespace sluice::process {
namespace {

using namespace std::chrono_literals;

/// Seen by this process, by the supervisor and by the daemon.
struct Seen {
  std::atomic<int> starts{0};
  std::atomic<pid_t> daemon{0};
};

class Supervise : public testing::Test {
 protected:
  void SetUp() override {
    void* memory = mmap(nullptr, sizeof(Seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(memory, MAP_FAILED);
    seen_ = new (memory) Seen;
  }
  void TearDown() override { munmap(seen_, sizeof(Seen)); }

  /// Starts a supervisor of this daemon, which calls started() when it is there.
  void start(const std::function<int()>& daemon, const Patience& patience = {}) {
    supervisor_ = fork();
    if (supervisor_ != 0) return;
    _exit(supervise(
        [&daemon] {
          _exit(daemon());
          return 0;
        },
        patience));
  }

  void started() const {
    seen_->daemon = getpid();
    ++seen_->starts;
  }

  void wait_for_starts(int count) const {
    const auto end = std::chrono::steady_clock::now() + 5s;
    while (seen_->starts < count && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(1ms);
    ASSERT_EQ(seen_->starts, count);
  }

  [[nodiscard]] int exit_status() const {
    int status = 0;
    waitpid(supervisor_, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  [[nodiscard]] std::function<int()> forever() const {
    return [this] {
      started();
      for (;;) pause();
      return 0;
    };
  }

  Seen* seen_ = nullptr;
  pid_t supervisor_ = 0;
};

TEST_F(Supervise, PassesOnTheExitStatusOfADaemonThatEnds) {
  start([this] {
    started();
    return 7;
  });
  EXPECT_EQ(exit_status(), 7);
  EXPECT_EQ(seen_->starts, 1);
}

TEST_F(Supervise, StartsADaemonThatIsKilledAgain) {
  start(forever());
  wait_for_starts(1);
  kill(seen_->daemon, SIGKILL);
  wait_for_starts(2);
  kill(supervisor_, SIGTERM);
  EXPECT_EQ(exit_status(), 128 + SIGTERM);
}

TEST_F(Supervise, EndsWithADaemonThatIsKilledAgainAndAgain) {
  start(forever(), {.deaths = 2, .within = 60s});
  wait_for_starts(1);
  kill(seen_->daemon, SIGABRT);
  wait_for_starts(2);
  kill(seen_->daemon, SIGABRT);
  EXPECT_EQ(exit_status(), 128 + SIGABRT);
  EXPECT_EQ(seen_->starts, 2);
}

TEST_F(Supervise, ForgetsDeathsThatAreLongPast) {
  start(forever(), {.deaths = 2, .within = 1ms});
  for (int count = 1; count <= 3; ++count) {
    wait_for_starts(count);
    std::this_thread::sleep_for(5ms);
    kill(seen_->daemon, SIGKILL);
  }
  wait_for_starts(4);
  kill(supervisor_, SIGTERM);
  EXPECT_EQ(exit_status(), 128 + SIGTERM);
}

TEST_F(Supervise, PassesASignalToEndOnAndStartsNothingAfterIt) {
  start([this] {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, nullptr);
    started();
    int number = 0;
    sigwait(&signals, &number);
    return number == SIGTERM ? 0 : 1;
  });
  wait_for_starts(1);
  kill(supervisor_, SIGTERM);
  EXPECT_EQ(exit_status(), 0);
  EXPECT_EQ(seen_->starts, 1);
}

TEST_F(Supervise, LeavesNoDaemonBehindWhenItIsKilled) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);  // the daemon becomes a child of ours then, to be waited for
  start(forever());
  wait_for_starts(1);
  const pid_t daemon = seen_->daemon;
  kill(supervisor_, SIGKILL);
  EXPECT_EQ(exit_status(), -1);
  int status = 0;
  EXPECT_EQ(waitpid(daemon, &status, 0), daemon);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

}  // namespace
}  // namespace sluice::process
