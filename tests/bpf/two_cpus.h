// Two CPUs that meet: what both do between two meetings, they do at the same time.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>

namespace sluice::test {

class TwoCpus {
 public:
  /// Runs body(0) and body(1), each on a CPU of its own, and returns when both have ended. The bodies meet equally
  /// often. Ends the test program where this process may use only one CPU.
  void run(const std::function<void(int number)>& body);

  /// Of the body `number`: returns when the other one is here, too. The one that came last learns of it first.
  void meet(int number);

  /// Meets, then lets one of the two wait for up to some microseconds, as `time` chooses: over many times each is ahead
  /// by every lead up to a packet's whole way, and each of its steps meets each of the other's.
  void meet_staggered(int number, int time);

 private:
  struct alignas(64) Place {
    std::atomic<std::uint32_t> meetings{0};
  };
  std::array<Place, 2> places_;
};

}  // namespace sluice::test
