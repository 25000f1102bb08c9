// Two CPUs handle packets of one flow at the same time, from its very first on: nothing is lost, nothing reaches
// another client, and the tables have one flow afterwards. This found every step of the protocol in bpf/lib/half.h and
// promote.h that is not obvious.
#include <atomic>

#include "tests/bpf/flow_tables.h"
#include "tests/bpf/scenario.h"
#include "tests/bpf/two_cpus.h"

namespace sluice::test {
namespace {

constexpr int kFlows = 2000;
constexpr int kRounds = 4;
constexpr std::uint16_t kPort = 443;

/// What a CPU does with a flow. TCP: SYN, SYN-ACK, the client's data (its first promotes), the backend's data.
/// UDP: a datagram to the backend, a datagram to the client.
enum class Move { kNothing, kOpen, kAccept, kAsk, kTell };

/// Of both CPUs, at one time.
using Step = std::array<Move, 2>;
using Script = std::vector<Step>;

const Script kTwins{
    {Move::kOpen, Move::kOpen}, {Move::kAccept, Move::kAccept}, {Move::kAsk, Move::kAsk}, {Move::kTell, Move::kTell}};
/// The backend's packets are at one CPU, the client's at the other.
const Script kCrossing{{Move::kOpen, Move::kNothing}, {Move::kOpen, Move::kAccept}, {Move::kAsk, Move::kAccept},
                       {Move::kAsk, Move::kTell},     {Move::kTell, Move::kAsk},    {Move::kAsk, Move::kTell}};

struct Tally {
  std::atomic<int> delivered = 0, lost_forward = 0, lost_reply = 0, garbled = 0, misdelivered = 0, second_way = 0;
};

class LockStep : public Scenario {
 protected:
  void serve(std::uint8_t protocol) {
    protocol_ = protocol;
    const auto one = backend(1), two = backend(2);
    service_ = gateway.serve(vip(kPort), protocol, {one, two, one, two, two});
  }

  void play(int flow, Move move) {
    if (move == Move::kOpen || move == Move::kAsk)
      from_client(flow, move);
    else if (move != Move::kNothing)
      from_backend(flow, move);
  }

  /// Each flow by the script, both CPUs at each step at about the same time.
  void play_in_step(const Script& script) {
    cpus_.run([&](int cpu) {
      for (int flow = 0; flow < kFlows; flow++)
        for (const Step& step : script) {
          cpus_.meet_staggered(cpu, flow);
          play(flow, step[cpu]);
        }
    });
  }

  /// Each flow whole, several times, on both CPUs, which begin together and then go as fast as they can.
  void play_freely() {
    cpus_.run([&](int cpu) {
      for (int flow = 0; flow < kFlows; flow++) {
        cpus_.meet(cpu);
        for (int round = 0; round < kRounds; round++)
          for (const Step& step : kTwins) play(flow, step[cpu]);
      }
    });
  }

  void expect_one_flow_each(int packets) {
    EXPECT_EQ(tally_.misdelivered, 0);
    EXPECT_EQ(tally_.garbled, 0);
    EXPECT_EQ(tally_.second_way, 0) << "a port or a backend beside the first";
    EXPECT_EQ(tally_.lost_reply, 0);
    EXPECT_EQ(tally_.lost_forward, 0);
    EXPECT_EQ(tally_.delivered, packets);
    EXPECT_EQ(gateway.entries(flows()), 2U * kFlows);
    EXPECT_EQ(gateway.entries(half()), std::size_t{kFlows}) << "each stays until the LRU or the flow's end takes it";
    EXPECT_THAT(inconsistencies(gateway.build(), gateway.addresses.kind), ::testing::IsEmpty());
    EXPECT_EQ(gateway.counters(service_).connections, std::uint64_t{kFlows});
    EXPECT_EQ(gateway.counters(service_).established, std::uint64_t{kFlows});
  }

 private:
  [[nodiscard]] Endpoint client_of(int flow) const { return gateway.addresses.client(20000 + flow / 2, 9 + flow % 2); }

  [[nodiscard]] Packet packet(const Endpoint& from, const Endpoint& to, Move move) const {
    if (protocol_ == IPPROTO_UDP) return udp(from, to).payload(move == Move::kTell ? "told" : "asked");
    switch (move) {
      case Move::kOpen:
        return tcp(from, to).syn().sequence(100);
      case Move::kAccept:
        return tcp(from, to).syn().sequence(500).ack(101);
      case Move::kAsk:
        return tcp(from, to).sequence(101).ack(501).payload("asked");
      default:
        return tcp(from, to).sequence(501).ack(106).payload("told");
    }
  }

  void from_client(int flow, Move move) {
    const Sent there = gateway.send(packet(client_of(flow), vip(kPort), move));
    if (there.verdict != Verdict::kSent) {
      tally_.lost_forward++;
      return;
    }
    const Seen left = seen(there.packet);
    const int number = left.to == host(1) ? 1 : 2;
    const std::uint32_t way = std::uint32_t{left.from.port} << 8 | number;
    std::uint32_t none = 0;
    if (!ways_[flow].compare_exchange_strong(none, way) && none != way) tally_.second_way++;
    if (there.packet == gateway.to_backend(packet(snat(left.from.port), host(number), move).ttl(63)))
      tally_.delivered++;
    else
      tally_.garbled++;
  }

  void from_backend(int flow, Move move) {
    const std::uint32_t way = ways_[flow];
    const Sent back = gateway.answer(packet(host(way & 0xff), snat(way >> 8), move));
    if (back.verdict != Verdict::kSent)
      tally_.lost_reply++;
    else if (back.packet != gateway.to_client(packet(vip(kPort), client_of(flow), move).ttl(63)))
      tally_.misdelivered++;
    else
      tally_.delivered++;
  }

  TwoCpus cpus_;
  Tally tally_;
  std::uint8_t protocol_ = 0;
  std::uint32_t service_ = 0;
  std::vector<std::atomic<std::uint32_t>> ways_ = std::vector<std::atomic<std::uint32_t>>(kFlows);  ///< port, backend
};
INSTANTIATE_TEST_SUITE_P(Builds, LockStep,
                         ::testing::Combine(::testing::Values(Kind::kTc, Kind::kXdp),
                                            ::testing::Values(FAMILY_V4, FAMILY_V6)),
                         name_of);

TEST_P(LockStep, TcpHandshakeThatBothCpusSeeAtOnceMakesOneFlow) {
  serve(IPPROTO_TCP);
  play_in_step(kTwins);
  expect_one_flow_each(8 * kFlows);
}

TEST_P(LockStep, UdpExchangeThatBothCpusSeeAtOnceMakesOneFlow) {
  serve(IPPROTO_UDP);
  play_in_step(kTwins);
  expect_one_flow_each(8 * kFlows);
}

TEST_P(LockStep, TcpRepliesThatMeetTheClientsSegmentsFindTheFlow) {
  serve(IPPROTO_TCP);
  play_in_step(kCrossing);
  expect_one_flow_each(11 * kFlows);
}

TEST_P(LockStep, UdpRepliesThatMeetTheClientsDatagramsFindTheFlow) {
  serve(IPPROTO_UDP);
  play_in_step(kCrossing);
  expect_one_flow_each(11 * kFlows);
}

TEST_P(LockStep, TcpFlowsOfBothCpusLoseNothingAtAnyPace) {
  serve(IPPROTO_TCP);
  play_freely();
  expect_one_flow_each(8 * kRounds * kFlows);
}

TEST_P(LockStep, UdpFlowsOfBothCpusLoseNothingAtAnyPace) {
  serve(IPPROTO_UDP);
  play_freely();
  expect_one_flow_each(8 * kRounds * kFlows);
}

}  // namespace
}  // namespace sluice::test
