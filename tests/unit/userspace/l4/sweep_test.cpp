#include "userspace/l4/sweep.h"

#include <bpf/bpf.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include "sluice/bpf/flow.h"
#include "tests/unit/lacking.h"
#include "userspace/l4/netlink.h"

namespace sluice::l4 {
namespace {

constexpr std::uint32_t kHertz = 1000;
constexpr std::uint32_t kStart = 0xffffff00;  // jiffies wrap during these tests
constexpr std::uint32_t kFins = FLOW_FIN_CLIENT | FLOW_FIN_BACKEND;

constexpr std::uint32_t seconds(std::uint32_t count) {
  return count * kHertz;
}

template <class Key, class Value>
Fd table() {
  LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_NO_PREALLOC);
  return Fd(bpf_map_create(BPF_MAP_TYPE_HASH, "sweep_test", sizeof(Key), sizeof(Value), 1024, &options));
}

struct SweepTest : testing::Test {
  Fd flows = table<flow_key4, flow4>();
  Fd halves = table<flow_key4, half4>();
  config settings{};
  std::optional<std::uint32_t> departed_at;
  std::optional<Sweep> sweep;

  void SetUp() override {
    if (!flows.valid() || !halves.valid()) return lacking("BPF maps (CAP_BPF)");
    config_defaults(&settings, kHertz);
    sweep.emplace(FlowMaps{flows.get(), halves.get()}, FlowMaps{}, settings,
                  [this](const Departure&, std::uint32_t) { return departed_at; });
  }

  static flow_key4 forward_key(std::uint8_t protocol) { return {1, 2, 3, 4, protocol, {}}; }
  static flow_key4 reverse_key(std::uint8_t protocol) { return {5, 6, 7, 8, protocol, {}}; }

  /// A flow from 1:3 -> 2:4, as the backend 5:7 sees it from 6:8.
  void put_flow(std::uint32_t state, std::uint32_t last, std::uint32_t last_reply, std::uint32_t id = 9) {
    const auto protocol = static_cast<std::uint8_t>((state & FLOW_TCP) != 0 ? IPPROTO_TCP : IPPROTO_UDP);
    flow4 forward{};
    forward.head = {.id = id, .last = last, .state = state, .source_port = 8, .destination_port = 7};
    forward.source = 6;
    forward.destination = 5;
    flow4 reverse{};
    reverse.head = {.id = id,
                    .last = last_reply,
                    .state = state | FLOW_REPLY | FLOW_VALID,
                    .source_port = 4,
                    .destination_port = 3};
    reverse.source = 2;
    reverse.destination = 1;
    const auto key = forward_key(protocol);
    const auto other = reverse_key(protocol);
    ASSERT_EQ(bpf_map_update_elem(flows.get(), &key, &forward, BPF_ANY), 0);
    ASSERT_EQ(bpf_map_update_elem(flows.get(), &other, &reverse, BPF_ANY), 0);
  }

  void put_half(std::uint8_t protocol, std::uint32_t last) {
    half4 half{};
    half.head.id = 9;
    half.head.last = last;
    const auto key = reverse_key(protocol);
    ASSERT_EQ(bpf_map_update_elem(halves.get(), &key, &half, BPF_ANY), 0);
  }

  void round(std::uint32_t now) {
    while (!sweep->step(now)) {
    }
  }

  /// Entries that are left after as many rounds as it takes to end what is over.
  std::uint64_t left_at(std::uint32_t now) {
    round(now);
    round(now);
    return count();
  }

  /// A third round only counts.
  std::uint64_t count() {
    std::uint64_t found = 0;
    for (const int map : {flows.get(), halves.get()}) {
      flow_key4 key{};
      for (const void* previous = nullptr; bpf_map_get_next_key(map, previous, &key) == 0; previous = &key) ++found;
    }
    return found;
  }
};

TEST_F(SweepTest, AFlowEndsWhenTwoRoundsFindItOver) {
  put_flow(FLOW_TCP, kStart, kStart);
  const auto now = kStart + seconds(7440) + 1;
  round(now);
  EXPECT_EQ(count(), 2U) << "one look is not enough: a packet may be under way";
  round(now);
  EXPECT_EQ(count(), 0U);
}

TEST_F(SweepTest, EachStateHasItsTimeoutAndNoJiffyLess) {
  const std::pair<std::uint32_t, std::uint32_t> cases[] = {
      {FLOW_TCP, 7440},       {FLOW_TCP | FLOW_FIN_CLIENT, 120},   {FLOW_TCP | FLOW_FIN_BACKEND, 120},
      {FLOW_TCP | kFins, 60}, {FLOW_TCP | kFins | FLOW_RESET, 10}, {0, 300}};
  for (const auto& [state, timeout] : cases) {
    put_flow(state, kStart, kStart);
    EXPECT_EQ(left_at(kStart + seconds(timeout)), 2U) << "state " << state;
    EXPECT_EQ(left_at(kStart + seconds(timeout) + 1), 0U) << "state " << state;
  }
}

TEST_F(SweepTest, ADirectionThatIsIdleDoesNotEndAFlowWhoseOtherOneIsNot) {
  put_flow(0, kStart, kStart + seconds(299));
  EXPECT_EQ(left_at(kStart + seconds(301)), 2U);
  put_flow(0, kStart + seconds(299), kStart);
  EXPECT_EQ(left_at(kStart + seconds(301)), 2U);
}

TEST_F(SweepTest, APacketBetweenTwoRoundsKeepsTheFlow) {
  put_flow(0, kStart, kStart);
  round(kStart + seconds(301));
  put_flow(0, kStart + seconds(301), kStart);
  EXPECT_EQ(left_at(kStart + seconds(302)), 2U);
}

TEST_F(SweepTest, AnotherFlowInTheSamePlaceIsLookedAtTwiceAgain) {
  put_flow(0, kStart, kStart);
  round(kStart + seconds(301));
  put_flow(0, kStart, kStart, 10);
  round(kStart + seconds(301));
  EXPECT_EQ(count(), 2U);
}

TEST_F(SweepTest, APacketThatCameAfterTheClockWasReadIsNotFromLongAgo) {
  put_flow(0, kStart + 1, kStart + 1);
  put_half(IPPROTO_TCP, kStart + 1);
  EXPECT_EQ(left_at(kStart), 3U);
}

TEST_F(SweepTest, AnEntryWhoseMemoryIsBeingReusedIsLeftAlone) {
  put_flow(0, kStart, kStart, 0);
  EXPECT_EQ(left_at(kStart + seconds(301)), 2U);
}

TEST_F(SweepTest, AReverseEntryWithoutItsTwinEndsAlone) {
  put_flow(0, kStart, kStart);
  const auto key = forward_key(IPPROTO_UDP);
  ASSERT_EQ(bpf_map_delete_elem(flows.get(), &key), 0);
  EXPECT_EQ(left_at(kStart + seconds(301)), 0U);
}

TEST_F(SweepTest, HalfOpenAndOneWayFlowsEndAfterThirtySeconds) {
  put_half(IPPROTO_TCP, kStart);
  put_half(IPPROTO_UDP, kStart);
  EXPECT_EQ(left_at(kStart + seconds(30)), 2U);
  EXPECT_EQ(left_at(kStart + seconds(30) + 1), 0U);
}

TEST_F(SweepTest, OfADepartedBackendUdpEndsAtOnceAndTcpADrainLater) {
  put_flow(0, kStart, kStart);
  put_flow(FLOW_TCP, kStart, kStart);
  round(kStart);
  EXPECT_EQ(count(), 4U);
  departed_at = kStart;
  round(kStart);
  EXPECT_EQ(count(), 2U);
  round(kStart + seconds(60));
  EXPECT_EQ(count(), 2U);
  round(kStart + seconds(60) + 1);
  EXPECT_EQ(count(), 0U);
}

TEST_F(SweepTest, ItsCountsAreThoseOfTheLastWholeRound) {
  put_flow(0, kStart, kStart);
  put_flow(FLOW_TCP, kStart, kStart);
  put_half(IPPROTO_TCP, kStart);
  EXPECT_EQ(sweep->counts().flows, 0U);
  round(kStart);
  EXPECT_EQ(sweep->counts().flows, 4U);
  EXPECT_EQ(sweep->counts().half, 1U);
  EXPECT_EQ(sweep->counts().active_tcp, 1U);
  EXPECT_EQ(sweep->counts().active_udp, 1U);
  (void)left_at(kStart + seconds(301));
  round(kStart + seconds(301));
  EXPECT_EQ(sweep->counts().flows, 2U);
  EXPECT_EQ(sweep->counts().half, 0U);
  EXPECT_EQ(sweep->counts().ended, 2U) << "the UDP flow, though both its entries were met, and the half-open one";
}

}  // namespace
}  // namespace sluice::l4
