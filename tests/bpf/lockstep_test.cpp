// Two CPUs run the same flows through forward and reply path at the same time: nothing is lost, nothing reaches another
// client, no flow has two ports. This found every step of the protocol in bpf/lib/half.h and promote.h that is not
// obvious.
#include <sched.h>

#include <atomic>
#include <thread>

#include "tests/bpf/scenario.h"

namespace sluice::test {
namespace {

constexpr int kFlows = 4000;
constexpr int kRounds = 4;

struct Tally {
  std::atomic<int> delivered = 0, lost_forward = 0, lost_reply = 0, misdelivered = 0, second_port = 0;
};

class LockStep : public Scenario {
 protected:
  void SetUp() override {
    if (std::thread::hardware_concurrency() < 2) FAIL() << "needs two CPUs";
    gateway.serve(vip(53), IPPROTO_UDP, {backend(1)});
  }

  /// One client's exchange, both ways; the payload is only the client's own business, its tuple is what is checked.
  void exchange(int flow, Tally& tally) {
    const Endpoint from = gateway.addresses.client(20000 + flow / 2, 9 + flow % 2);
    const Sent there = gateway.send(udp(from, vip(53)).payload("ask"));
    if (there.verdict != Verdict::kSent) {
      tally.lost_forward++;
      return;
    }
    const std::uint16_t port = seen(there.packet).from.port;
    std::uint16_t none = 0;
    if (!ports_[flow].compare_exchange_strong(none, port) && none != port) tally.second_port++;
    const Sent back = gateway.answer(udp(host(1), snat(port)).payload("told"));
    if (back.verdict != Verdict::kSent)
      tally.lost_reply++;
    else if (back.packet != gateway.to_client(udp(vip(53), from).payload("told").ttl(63)))
      tally.misdelivered++;
    else
      tally.delivered++;
  }

  void walk(int cpu, Tally& tally) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    sched_setaffinity(0, sizeof(set), &set);
    for (int flow = 0; flow < kFlows; flow++) {
      at_[cpu] = flow;
      while (at_[1 - cpu] < flow) __builtin_ia32_pause();
      for (int round = 0; round < kRounds; round++) exchange(flow, tally);
    }
    at_[cpu] = kFlows;
  }

  std::array<std::atomic<int>, 2> at_{};
  std::vector<std::atomic<std::uint16_t>> ports_ = std::vector<std::atomic<std::uint16_t>>(kFlows);
};
INSTANTIATE_TEST_SUITE_P(Builds, LockStep,
                         ::testing::Combine(::testing::Values(Kind::kTc), ::testing::Values(FAMILY_V4, FAMILY_V6)),
                         name_of);

TEST_P(LockStep, NothingIsLostAndNothingReachesAnotherClient) {
  Tally tally;
  std::thread other([&] { walk(1, tally); });
  std::thread one([&] { walk(0, tally); });
  one.join();
  other.join();
  EXPECT_EQ(tally.misdelivered, 0);
  EXPECT_EQ(tally.second_port, 0);
  EXPECT_EQ(tally.lost_reply, 0);
  EXPECT_EQ(tally.lost_forward, 0);
  EXPECT_EQ(tally.delivered, 2 * kFlows * kRounds);
  EXPECT_EQ(gateway.entries(flows()), 2U * kFlows);
}

}  // namespace
}  // namespace sluice::test
