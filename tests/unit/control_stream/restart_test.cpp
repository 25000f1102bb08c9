// A node that begins with the model that the process before it has left.
#include "tests/unit/control_stream/stream_fixture.h"

namespace sluice {
namespace {

using publish::whole;
using ::testing::ElementsAre;

TEST_F(ControlStreamTest, WhatANodeRefusesOfTheModelThatItBeganWithIsTold) {
  auto& leader = add_controller();
  leader.publisher.lead(1);
  publish(leader, whole("a", "10.0.0.1"));
  auto& node = add_node("n", leader.address());
  ASSERT_TRUE(node.store.apply(publish::delta(1, whole("a", "10.0.0.1"))));  // saved by the process before it
  node.refuses["frontend/a"] = "the port is taken";
  run_until([&] { return leader.is_at("n", 1); });
  EXPECT_THAT(leader.node("n").refused, ElementsAre(std::pair("frontend/a", "the port is taken")));
  EXPECT_EQ(node.transactions, 0) << "it has all";
}

}  // namespace
}  // namespace sluice
