// Two CPUs want one source port, or one flow's place, at the same time: one of them gets it.
#include "tests/bpf/flow_tables.h"
#include "tests/bpf/scenario.h"
#include "tests/bpf/two_cpus.h"

namespace sluice::test {
namespace {

constexpr int kTimes = 1500;
constexpr std::uint16_t kPort = 443;
constexpr std::uint16_t kOnlyPort = 10000;

class LockStepPort : public Scenario {
 protected:
  void serve(std::uint8_t protocol) {
    protocol_ = protocol;
    gateway.serve(vip(kPort), protocol, {backend(1)});
  }

  [[nodiscard]] Endpoint client_of(int number) const { return gateway.addresses.client(20000 + number); }
  Sent open(const Endpoint& from, std::uint32_t sequence = 100) {
    return gateway.send(protocol_ == IPPROTO_UDP ? udp(from, vip(kPort)).payload("first")
                                                 : tcp(from, vip(kPort)).syn().sequence(sequence));
  }
  Sent accept(std::uint16_t port, std::uint32_t sequence = 100) {
    return gateway.answer(protocol_ == IPPROTO_UDP ? udp(host(1), snat(port)).payload("told")
                                                   : tcp(host(1), snat(port)).syn().sequence(500).ack(sequence + 1));
  }
  [[nodiscard]] Tuple way(std::uint16_t port) const { return {host(1), snat(port), protocol_}; }

  /// Two new flows meet, `kTimes`; one and only one of them must have the port, and get its backend's answer.
  /// before: makes the tables what they are to meet in.
  template <class Before>
  void expect_one_winner(const Before& before) {
    std::array<Sent, 2> sent;
    cpus_.run([&](int cpu) {
      for (int time = 0; time < kTimes; time++) {
        if (cpu == 0) before();
        cpus_.meet_staggered(cpu, time);
        sent[cpu] = open(client_of(cpu));
        cpus_.meet(cpu);
        if (cpu == 0) judge(sent);
      }
    });
    EXPECT_EQ(won_[0] + won_[1], kTimes);
    EXPECT_EQ(gateway.entries(half()), 0U) << "on a port that nobody was given";
    EXPECT_EQ(gateway.drops(DROP_NO_PORT), std::uint64_t{kTimes});
    // else they have not met: the one that is always first would win by that alone
    EXPECT_GT(won_[0], 0);
    EXPECT_GT(won_[1], 0);
  }

  TwoCpus cpus_;
  std::uint8_t protocol_ = 0;
  std::array<int, 2> won_{};

 private:
  void judge(const std::array<Sent, 2>& sent) {
    const auto entry = find_half(gateway.build(), way(kOnlyPort));
    ASSERT_TRUE(entry);
    for (int cpu = 0; cpu < 2; cpu++) {
      const bool owner = entry->client.from == client_of(cpu);
      EXPECT_EQ(sent[cpu].verdict, owner ? Verdict::kSent : Verdict::kDropped);
      won_[cpu] += sent[cpu].verdict == Verdict::kSent;
      if (!owner) continue;
      EXPECT_EQ(seen(sent[cpu].packet).from, snat(kOnlyPort));
      EXPECT_EQ(seen(accept(kOnlyPort).packet).to, client_of(cpu));
    }
    erase_half(gateway.build(), way(kOnlyPort));
  }
};
INSTANTIATE_TEST_SUITE_P(Builds, LockStepPort,
                         ::testing::Combine(::testing::Values(Kind::kTc, Kind::kXdp),
                                            ::testing::Values(FAMILY_V4, FAMILY_V6)),
                         name_of);

TEST_P(LockStepPort, OfTwoTcpFlowsThatWantTheOnlyPortOneGetsIt) {
  serve(IPPROTO_TCP);
  gateway.set_ports(kOnlyPort, 1);
  expect_one_winner([] {});
}

TEST_P(LockStepPort, OfTwoUdpFlowsThatWantTheOnlyPortOneGetsIt) {
  serve(IPPROTO_UDP);
  gateway.set_ports(kOnlyPort, 1);
  expect_one_winner([] {});
}

TEST_P(LockStepPort, OfTwoTcpFlowsThatTakeAnOldPortOverOneGetsIt) {
  serve(IPPROTO_TCP);
  gateway.set_ports(kOnlyPort, 1);
  expect_one_winner([this] {
    open(client_of(7));
    age_half(gateway.build(), way(kOnlyPort), 2 * gateway.build().hz());
  });
}

TEST_P(LockStepPort, OfTwoUdpFlowsThatTakeAnOldPortOverOneGetsIt) {
  serve(IPPROTO_UDP);
  gateway.set_ports(kOnlyPort, 1);
  expect_one_winner([this] {
    open(client_of(7));
    age_half(gateway.build(), way(kOnlyPort), 6 * gateway.build().hz());
  });
}

TEST_P(LockStepPort, SynsOfBothCpusOnAClosedFlowBeginOneNewFlow) {
  serve(IPPROTO_TCP);
  std::array<Sent, 2> sent;
  int lost = 0;
  cpus_.run([&](int cpu) {
    for (int time = 0; time < kTimes; time++) {
      const Endpoint from = client_of(time);
      if (cpu == 0) {
        const auto port = gateway.establish(from, vip(kPort), 1);
        gateway.send(tcp(from, vip(kPort)).fin().sequence(101).ack(501));
        gateway.answer(tcp(host(1), snat(port)).fin().sequence(501).ack(102));
      }
      cpus_.meet_staggered(cpu, time);
      sent[cpu] = open(from, 9000);
      cpus_.meet(cpu);
      if (cpu != 0) continue;
      // one may meet the old flow half ended, and is then dropped by name: the other is there
      lost += (sent[0].verdict != Verdict::kSent) + (sent[1].verdict != Verdict::kSent);
      const Sent& first = sent[0].verdict == Verdict::kSent ? sent[0] : sent[1];
      const Sent& second = sent[1].verdict == Verdict::kSent ? sent[1] : sent[0];
      EXPECT_EQ(seen(first.packet).from, seen(second.packet).from);
      EXPECT_EQ(seen(accept(seen(first.packet).from.port, 9000).packet).to, from);
      EXPECT_EQ(gateway.send(tcp(from, vip(kPort)).sequence(9001).ack(501)).verdict, Verdict::kSent);
    }
  });
  EXPECT_THAT(inconsistencies(gateway.build(), gateway.addresses.kind), ::testing::IsEmpty());
  EXPECT_EQ(gateway.entries(flows()), 2U * kTimes);
  EXPECT_EQ(gateway.entries(half()), std::size_t{kTimes});
  EXPECT_EQ(gateway.drops(DROP_FLOW_LOST), std::uint64_t(lost));
  EXPECT_LT(lost, kTimes / 10);
}

}  // namespace
}  // namespace sluice::test
