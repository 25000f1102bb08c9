#include "tests/bpf/two_cpus.h"

#include <sched.h>

#include <cstdio>
#include <cstdlib>
#include <thread>

namespace sluice::test {
namespace {

/// Long enough for the other CPU's step, short enough where another process has its CPU.
constexpr int kPatience = 4096;

/// In pauses, of 10 to 45 ns each.
constexpr int kLongestLead = 128;

std::array<int, 2> two_cpus() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  sched_getaffinity(0, sizeof(allowed), &allowed);
  std::array<int, 2> found{};
  std::size_t count = 0;
  for (int cpu = 0; cpu < CPU_SETSIZE && count < found.size(); cpu++)
    if (CPU_ISSET(cpu, &allowed)) found[count++] = cpu;
  if (count == found.size()) return found;
  std::fprintf(stderr, "the lock-step tests need two CPUs\n");
  std::abort();
}

void pin_to(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  sched_setaffinity(0, sizeof(set), &set);
}

}  // namespace

void TwoCpus::run(const std::function<void(int)>& body) {
  const auto cpus = two_cpus();
  std::array<std::thread, 2> threads;
  for (int number = 0; number < 2; number++) {
    threads[number] = std::thread([&body, number, cpu = cpus[number]] {
      pin_to(cpu);
      body(number);
    });
  }
  for (auto& thread : threads) thread.join();
}

void TwoCpus::meet(int number) {
  const std::uint32_t meeting = ++places_[number].meetings;
  for (int waited = 0; places_[1 - number].meetings < meeting; waited++) {
    if (waited < kPatience)
      __builtin_ia32_pause();
    else
      sched_yield();
  }
}

void TwoCpus::meet_staggered(int number, int time) {
  meet(number);
  const int lead = time % (2 * kLongestLead + 1) - kLongestLead;  // of body 1 over body 0
  for (int left = number == 0 ? lead : -lead; left > 0; left--) __builtin_ia32_pause();
}

}  // namespace sluice::test
