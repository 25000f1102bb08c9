// Many who want to enrol before anybody is known.
#include <algorithm>

#include "tests/unit/control_stream/stream_fixture.h"

namespace sluice {
namespace {

TEST_F(ControlStreamTest, OfOneAddressOnlySoManyEnrolAtOneTime) {
  publish::Publisher publisher(Controller::defaults(), [](const std::string&, const publish::OnReviewed&) {});
  ASSERT_TRUE(publisher.serve(authority));
  const std::string address = "127.0.0.1:" + std::to_string(publisher.port());
  for (int i = 0; i < 9; ++i) add_node("n" + std::to_string(i), address);
  std::string told;
  run_until([&] {
    for (const auto& trouble : publisher.take().troubles) told = trouble.what;
    return std::ranges::any_of(
        nodes, [](const auto& node) { return node.trouble("enrolment").contains("too many nodes enrol"); });
  });
  run_until([&] {
    for (const auto& trouble : publisher.take().troubles) told = trouble.what;
    return !told.empty();
  });
  EXPECT_EQ(told, "127.0.0.1: too many nodes enrol at one time") << "without the port, or each is another line";
}

TEST_F(ControlStreamTest, OfOneAddressOnlySoManyTokensAreReviewed) {
  auto options = Controller::defaults();
  options.timing.review_pause = std::chrono::hours(1);
  auto& leader = add_controller(options);
  leader.publisher.lead(1);
  publish(leader, {});
  const Node::Files files{"no-token-of-ours", authority.pem().certificate};
  auto& node = nodes.emplace_back("n", leader.address(), files);
  run_until([&] { return node.trouble("enrolment").contains("too many tokens"); });
  EXPECT_EQ(leader.reviews, 10U);
}

}  // namespace
}  // namespace sluice
