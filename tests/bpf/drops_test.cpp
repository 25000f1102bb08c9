// The one list of drop reasons: each is reached by a packet of a test.
#include <cstring>

#include "bpf/native/native.h"
#include "tests/bpf/scenario.h"

namespace sluice::test {
namespace {

/// Judges when every test of this program has run: a reason that no test has met, and asked for, fails the whole.
class EveryReasonIsMet : public ::testing::Environment {
  void TearDown() override {
    const auto& program = *::testing::UnitTest::GetInstance();
    if (program.test_to_run_count() != program.total_test_count()) return;  // some were filtered out
    for (std::uint32_t reason = DROP_NONE + 1; reason < DROP_REASONS; reason++) {
      const drop_text* names = drop_text_of(reason);
      if (!std::strcmp(names->stage, "sni")) continue;  // not the kernel's: the passthrough's tests
      EXPECT_TRUE(drops_met().contains(drop_reason(reason))) << "no test reaches the drop reason " << names->label;
    }
  }
};
const auto* const every_reason = ::testing::AddGlobalTestEnvironment(new EveryReasonIsMet);

/// The kernel refuses a rewrite only when it has no memory to make a shared packet writable: no packet can bring that
/// about, so a native helper plays the kernel.
class RewriteFailure : public Scenario {
 protected:
  /// The same packet with its first call of a helper refused, then its second..., until all of them go well.
  int refuse_each_call_of(const Packet& packet) {
    for (std::uint32_t call = 1;; call++) {
      native_refuse_call = call;
      const Verdict verdict = gateway.send(packet).verdict;
      const bool refused = native_refuse_call == 0;
      native_refuse_call = 0;
      EXPECT_EQ(verdict, refused ? Verdict::kDropped : Verdict::kSent) << "call " << call;
      if (!refused) return int(call) - 1;
      EXPECT_EQ(gateway.drops(DROP_REWRITE_FAILED), ++dropped_) << "call " << call;
    }
  }

 private:
  std::uint64_t dropped_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Builds, RewriteFailure,
                         ::testing::Combine(::testing::Values(Kind::kNativeTcHelpers),
                                            ::testing::Values(FAMILY_V4, FAMILY_V6)),
                         name_of);

TEST_P(RewriteFailure, OfAnyHelperThatANativeOneFeignsIsANamedDropWithoutAnswer) {
  gateway.serve(vip(443), IPPROTO_TCP, {backend(1)});
  gateway.serve(vip(53), IPPROTO_UDP, {backend(1)});
  ASSERT_NE(gateway.establish(client, vip(443), 1), 0);
  // TTL, addresses, two changes of the checksum, ports, MAC addresses; IPv4: the header's checksum twice
  const int calls = is_v4() ? 8 : 6;
  EXPECT_EQ(refuse_each_call_of(tcp(client, vip(443)).sequence(101).ack(501).payload("more")), calls);
  EXPECT_EQ(refuse_each_call_of(udp(client, vip(53)).payload("query")), calls);
}

}  // namespace
}  // namespace sluice::test
