#include "userspace/agent/system_calls.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <functional>
#include <thread>

namespace sluice::agent {
namespace {

/// Runs `body` in a process of its own, which the filter ends with; what it returns is its exit status.
int in_a_process(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// Names the call on stderr if it was not denied.
bool denied(const char* name, long result, int code = EPERM) {
  if (result == -1 && errno == code) return true;
  std::fprintf(stderr, "%s: %ld, errno %d\n", name, result, errno);
  return false;
}

TEST(SystemCalls, ThoseThatAreNeverUsedAreDenied) {
  EXPECT_EQ(0, in_a_process([] {
              if (!deny_unused_system_calls()) return 2;
              const char* const words[] = {"/bin/true", nullptr};
              char* const* arguments = const_cast<char* const*>(words);
              bool all = denied("execve", ::syscall(SYS_execve, words[0], arguments, nullptr));
              all &= denied("execveat", ::syscall(SYS_execveat, AT_FDCWD, words[0], arguments, nullptr, 0));
              all &= denied("ptrace", ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr));
              all &= denied("mount", ::mount("none", "/", nullptr, MS_REMOUNT | MS_BIND, nullptr));
              all &= denied("unshare", ::unshare(CLONE_FS));
              all &= denied("setns", ::syscall(SYS_setns, -1, 0));
              all &= denied("init_module", ::syscall(SYS_init_module, nullptr, 0, ""));
              all &= denied("kexec_load", ::syscall(SYS_kexec_load, 0, 0, nullptr, 0));
              all &= denied("perf_event_open", ::syscall(SYS_perf_event_open, nullptr, 0, 0, -1, 0));
              all &= denied("keyctl", ::syscall(SYS_keyctl, 0, 0));
              all &= denied("setuid", ::setuid(::getuid()));
              return all ? 0 : 1;
            }));
}

TEST(SystemCalls, NoProcessIsMadeAndThreadsAre) {
  EXPECT_EQ(0, in_a_process([] {
              std::thread before([] {});
              if (!deny_unused_system_calls()) return 2;
              bool all = denied("clone", ::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr));
              all &= denied("clone", ::syscall(SYS_clone, CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | CLONE_NEWNET,
                                               nullptr, nullptr, nullptr, nullptr));
              all &= denied("clone3", ::syscall(SYS_clone3, nullptr, 0), ENOSYS);
              all &= denied("fork", static_cast<long>(::fork()));
              before.join();
              int done = 0;
              std::thread([&] { done = denied("unshare", ::unshare(CLONE_FS)) ? 1 : 2; }).join();
              return all && done == 1 ? 0 : 1;
            }));
}

TEST(SystemCalls, AThreadThatRanBeforeIsBoundToo) {
  EXPECT_EQ(0, in_a_process([] {
              std::atomic<int> stage = 0;
              std::thread early([&] {
                stage.wait(0);
                stage = denied("unshare", ::unshare(CLONE_FS)) ? 2 : 3;
              });
              if (!deny_unused_system_calls()) return 2;
              stage = 1;
              stage.notify_one();
              early.join();
              return stage == 2 ? 0 : 1;
            }));
}

}  // namespace
}  // namespace sluice::agent
