// A device on which the kernel does not forward: a named drop, not silence.
#include "tests/bpf/network.h"
#include "tests/bpf/scenario.h"

namespace sluice::test {
namespace {

class Forwarding : public Scenario {
 protected:
  void set_forwarding(int value) {
    shell(std::string("sysctl -qw net.ipv") + (is_v4() ? "4" : "6") +
          ".conf.clients.forwarding=" + std::to_string(value));
  }
  void TearDown() override { set_forwarding(1); }
};
INSTANTIATE_TEST_SUITE_P(Builds, Forwarding,
                         ::testing::Combine(::testing::Values(Kind::kTc, Kind::kXdp),
                                            ::testing::Values(FAMILY_V4, FAMILY_V6)),
                         name_of);

TEST_P(Forwarding, OffIsANamedDrop) {
  gateway.serve(vip(53), IPPROTO_UDP, {backend(1)});
  set_forwarding(0);
  EXPECT_EQ(gateway.send(udp(client, vip(53)).payload("stuck")).verdict, Verdict::kDropped);
  EXPECT_EQ(gateway.drops(DROP_FORWARDING_DISABLED), 1U);
  set_forwarding(1);
  EXPECT_EQ(gateway.send(udp(client, vip(53)).payload("moves")).verdict, Verdict::kSent);
}

}  // namespace
}  // namespace sluice::test
