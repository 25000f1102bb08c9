#include "tools/sluicectl/flow_ring.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <cstring>
#include <map>

namespace sluice::ctl {
namespace {

l4::ServiceId service(const char* vip) {
  return {*l4::Address::parse(vip), 5432, IPPROTO_TCP};
}

l4::Target target(const char* address) {
  return {*l4::Address::parse(address), 8080};
}

SocketAddress client(const char* address, std::uint16_t port) {
  const auto parsed = *l4::Address::parse(address);
  const auto wire = parsed.wire();
  return {.ip = std::string(wire.begin(), wire.end()), .port = port};
}

struct FlowRingTest : testing::TestWithParam<bool> {
  bool v6 = GetParam();
  l4::ServiceId id = service(v6 ? "2001:db8::1" : "192.0.2.1");
  const char* from = v6 ? "2001:db8::9" : "203.0.113.9";
  l4::Target one = target(v6 ? "fd00::1" : "10.0.0.1");
  l4::Target two = target(v6 ? "fd00::2" : "10.0.0.2");
};

TEST_P(FlowRingTest, FlowsOfManyClientsMeetTheSharesAndTheRefusedOne) {
  l4::ServicePlan plan;
  plan.shares = {{one, 60}, {two, 30}};
  plan.rejected = 10;
  const FlowRing ring(id, plan);
  std::map<std::optional<l4::Target>, int> hits;
  constexpr int kFlows = 20000;
  for (int port = 1024; port < 1024 + kFlows; ++port) {
    const auto pick = ring.pick(client(from, static_cast<std::uint16_t>(port)));
    EXPECT_LT(pick.slot, pick.slots);
    ++hits[pick.target];
  }
  EXPECT_NEAR(hits[one], 0.6 * kFlows, 0.02 * kFlows);
  EXPECT_NEAR(hits[two], 0.3 * kFlows, 0.02 * kFlows);
  EXPECT_NEAR(hits[std::nullopt], 0.1 * kFlows, 0.02 * kFlows);
}

TEST_P(FlowRingTest, OneClientAlwaysGetsTheSameSlot) {
  l4::ServicePlan plan;
  plan.shares = {{one, 1}, {two, 1}};
  const auto first = FlowRing(id, plan).pick(client(from, 40000));
  const auto second = FlowRing(id, plan).pick(client(from, 40000));
  EXPECT_EQ(first.slot, second.slot);
  EXPECT_EQ(first.target, second.target);
}

TEST_P(FlowRingTest, ASingleEndpointNeedsNoRing) {
  l4::ServicePlan plan;
  plan.shares = {{one, 1}};
  const auto pick = FlowRing(id, plan).pick(client(from, 40000));
  EXPECT_EQ(pick.slots, 0u);
  EXPECT_EQ(pick.target, one);
}

TEST_P(FlowRingTest, WithoutAShareAllIsRefused) {
  EXPECT_FALSE(FlowRing(id, {}).pick(client(from, 40000)).target);
  l4::ServicePlan draining;
  draining.draining = {one};
  EXPECT_FALSE(FlowRing(id, draining).pick(client(from, 40000)).target);
}

INSTANTIATE_TEST_SUITE_P(Families, FlowRingTest, testing::Bool());

}  // namespace
}  // namespace sluice::ctl
