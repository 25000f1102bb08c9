// One authority follows another: in an overlap nobody notices, without one the holders of the old one are let go.
#include "tests/unit/control_stream/stream_fixture.h"

namespace sluice {
namespace {

TEST_F(ControlStreamTest, AStreamUnderTheCertificateOfAReplacedAuthorityIsEnded) {
  auto options = Controller::defaults();
  options.timing.distrust = std::chrono::milliseconds(50);
  auto& leader = add_controller(options);
  leader.publisher.lead(1);
  publish(leader, {});
  auto& node = add_node("n", leader.address());
  run_until([&] { return leader.is_at("n", 1); });
  const auto next = publish::Authority::make();
  ASSERT_TRUE(leader.publisher.serve(next));
  run_until([&] {
    return leader.troubles["node n"].contains("an authority that was replaced") && !leader.node("n").live &&
           !node.trouble("enrolment").empty();
  });
  EXPECT_EQ(leader.reviews, 1) << "its token is for those alone whom its file names";
  node.write({"token-of-n", next.pem().certificate});
  run_until([&] { return leader.is_at("n", 1); });
  EXPECT_EQ(leader.reviews, 2);
}

TEST_F(ControlStreamTest, InAnOverlapCertificatesOfBothAuthoritiesAreTaken) {
  auto options = Controller::defaults();
  options.timing.distrust = std::chrono::milliseconds(50);
  auto& leader = add_controller(options);
  leader.publisher.lead(1);
  publish(leader, {});
  const auto next = publish::Authority::make();
  auto& node = nodes.emplace_back("n", leader.address(),
                                  Node::Files{"token-of-n", authority.pem().certificate + next.pem().certificate});
  run_until([&] { return leader.is_at("n", 1); });
  ASSERT_TRUE(leader.publisher.serve(next, {authority}));
  leader.publisher.follow("");
  run_until([&] { return !node.subscriber->connection().connected && leader.publisher.nodes().empty(); });
  leader.publisher.lead(2);
  run_until([&] { return leader.is_at("n", 1); });
  EXPECT_EQ(leader.reviews, 1) << "under the certificate that it has";
  auto& other = nodes.emplace_back("m", leader.address(), Node::Files{"token-of-m", next.pem().certificate});
  run_until([&] { return leader.is_at("m", 1); });
  EXPECT_EQ(other.trouble("enrolment"), "");
}

TEST_F(ControlStreamTest, ANodeLeavesAControllerWhoseAuthorityIsTakenOutOfItsFile) {
  auto& leader = add_controller();
  leader.publisher.lead(1);
  publish(leader, {});
  auto& node = add_node("n", leader.address(), [](subscribe::SubscriberOptions& options) {
    options.timing.look = std::chrono::milliseconds(1);
  });
  run_until([&] { return leader.is_at("n", 1); });
  node.write({"token-of-n", publish::Authority::make().pem().certificate});
  run_until([&] { return !node.subscriber->connection().connected && !node.trouble("enrolment").empty(); });
  EXPECT_EQ(leader.reviews, 1);
  node.write({"token-of-n", authority.pem().certificate});
  run_until([&] { return node.subscriber->connection().connected; });
  EXPECT_EQ(leader.reviews, 2);
}

}  // namespace
}  // namespace sluice
