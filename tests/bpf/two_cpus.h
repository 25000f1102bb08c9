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

  /// Of the body `number`: returns when the other one is here, too.
  void meet(int number);

 private:
  struct alignas(64) Place {
    std::atomic<std::uint32_t> meetings{0};
  };
  std::array<Place, 2> places_;
};

}  // namespace sluice::test
