// Both ends of the control stream against each other: what a cluster does to them, without the cluster.
#include "tests/unit/control_stream/stream_fixture.h"

namespace sluice {
namespace {

using publish::backend;
using publish::endpoints;
using publish::frontend;
using publish::joined;
using publish::key;
using publish::source;
using publish::vip;
using publish::whole;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Names = std::vector<std::string>;

TEST_F(ControlStreamTest, ANodeEnrolsAndIsGivenItsModel) {
  auto& leader = add_controller();
  leader.publisher.lead(1);
  publish(leader, joined(whole("a", "10.0.0.1"), std::vector{source("n", "10.0.1.1")}));
  auto& node = add_node("n", leader.address());
  run_until([&] { return leader.is_at("n", 1); });
  EXPECT_THAT(node.names(), ElementsAre("backend/a", "endpoints/a", "frontend/a", "l4/a", "source/n"));
  EXPECT_EQ(leader.reviews, 1);
  const auto connection = node.subscriber->connection();
  EXPECT_TRUE(connection.connected);
  EXPECT_EQ(connection.controller, leader.address());
  EXPECT_EQ(connection.transitions, 1);
  EXPECT_GT(connection.certificate_expires, std::chrono::system_clock::now() + std::chrono::hours(23));
  EXPECT_THAT(node.told, IsEmpty());
  EXPECT_THAT(leader.troubles, IsEmpty());
}

TEST_F(ControlStreamTest, AChangeIsGivenAndWhatIsRefusedIsTold) {
  auto& leader = add_controller();
  leader.publisher.lead(1);
  publish(leader, whole("a", "10.0.0.1"));
  auto& node = add_node("n", leader.address());
  node.refuses["l4/b"] = "no room";
  run_until([&] { return leader.is_at("n", 1); });
  publish(leader, joined(whole("b", "10.0.0.2"), std::vector{endpoints("a", 81)}));
  run_until([&] { return leader.is_at("n", 2); });
  EXPECT_THAT(leader.node("n").refused, ElementsAre(std::pair("l4/b", "no room")));
  EXPECT_EQ(node.store.find("endpoints/a")->endpoints().endpoints(0).port(), 81);
  node.subscriber->applied(node.store.generation(), {});
  run_until([&] { return leader.node("n").refused.empty(); });
  publish(leader, {}, {"frontend/b", "l4/b", "backend/b", "endpoints/b"});
  run_until([&] { return leader.is_at("n", 3); });
  EXPECT_EQ(node.store.find("l4/b"), nullptr);
  EXPECT_EQ(node.transactions, 3);
}

TEST_F(ControlStreamTest, AFollowerSendsItsNodesToTheLeader) {
  auto& follower = add_controller();
  auto& leader = add_controller();
  leader.publisher.lead(1);
  publish(leader, whole("a", "10.0.0.1"));
  auto& node = add_node("n", follower.address());
  run_until([&] { return node.trouble("controller") == "no controller leads"; });
  follower.publisher.follow(leader.address());
  run_until([&] { return leader.is_at("n", 1); });
  EXPECT_EQ(node.subscriber->connection().controller, leader.address());
  EXPECT_EQ(node.trouble("controller"), "");
  EXPECT_THAT(follower.publisher.nodes(), IsEmpty());
}

TEST_F(ControlStreamTest, ALeaderThatFollowsHandsItsNodesOverAndTheNextResendsNothing) {
  auto& first = add_controller();
  auto& second = add_controller();
  const auto model = joined(whole("a", "10.0.0.1"), std::vector{source("n", "10.0.1.1"), key("unused")});
  first.publisher.lead(1);
  publish(first, model);
  auto& node = add_node("n", first.address());
  run_until([&] { return first.is_at("n", 1); });
  second.published = 40;
  publish(second, model);
  second.publisher.lead(2);
  first.publisher.follow(second.address());
  run_until([&] { return second.is_at("n", 41) && first.publisher.nodes().empty(); });
  EXPECT_EQ(node.transactions, 1) << "it has all";
  publish(second, {endpoints("a", 82)});
  run_until([&] { return second.is_at("n", 42); });
  EXPECT_EQ(node.transactions, 2);
}

TEST_F(ControlStreamTest, AControllerThatIsGoneChangesNothingAndItsSuccessorGivesTheDifference) {
  auto& service = add_controller();
  {
    auto& leader = add_controller();
    leader.publisher.lead(5);
    publish(leader, whole("a", "10.0.0.1"));
    service.publisher.follow(leader.address());
    add_node("n", service.address());
    run_until([&] { return leader.is_at("n", 1); });
    controllers.pop_back();
  }
  auto& node = nodes.back();
  const auto held = node.names();
  run_until([&] { return !node.subscriber->connection().connected; });
  run_until([&] { return node.subscriber->connection().connections > 6; });
  EXPECT_EQ(node.names(), held);
  auto& successor = add_controller();
  publish(successor, joined(whole("a", "10.0.0.1"), whole("b", "10.0.0.2")));
  successor.publisher.lead(6);
  service.publisher.follow(successor.address());
  run_until([&] { return successor.is_at("n", 1); });
  EXPECT_EQ(node.transactions, 2);
  EXPECT_EQ(node.subscriber->connection().transitions, 6);
  EXPECT_EQ(service.reviews, 1) << "its certificate is as good as before";
}

TEST_F(ControlStreamTest, ALeaderThatIsNoneAnyMoreIsNotHeard) {
  auto& service = add_controller();
  auto& leader = add_controller();
  auto& stale = add_controller();
  leader.publisher.lead(5);
  publish(leader, whole("a", "10.0.0.1"));
  stale.publisher.lead(4);
  publish(stale, whole("stale", "10.0.0.9"));
  service.publisher.follow(leader.address());
  auto& node = add_node("n", service.address());
  run_until([&] { return leader.is_at("n", 1); });
  service.publisher.follow(stale.address());
  leader.publisher.follow(stale.address());
  run_until(
      [&] { return node.trouble("controller").find("does not know that another one leads") != std::string::npos; });
  EXPECT_THAT(stale.publisher.nodes(), IsEmpty());
  EXPECT_EQ(node.store.find("frontend/stale"), nullptr);
  stale.publisher.lead(6);
  run_until([&] { return stale.is_at("n", 1); });
  EXPECT_NE(node.store.find("frontend/stale"), nullptr);
  EXPECT_EQ(node.store.find("frontend/a"), nullptr);
}

TEST_F(ControlStreamTest, ANodeWhoseLoopHangsHoldsNobodyBackAndIsGivenTheNewestAfterwards) {
  auto& leader = add_controller();
  leader.publisher.lead(1);
  publish(leader, whole("a", "10.0.0.1"));
  auto& quick = add_node("quick", leader.address());
  auto& slow = add_node("slow", leader.address());
  run_until([&] { return leader.is_at("quick", 1) && leader.is_at("slow", 1); });
  slow.hangs = true;
  for (unsigned i = 2; i <= 60; ++i) {
    publish(leader, {endpoints("a", i)});
    run_until([&] { return leader.is_at("quick", i); });
    ASSERT_FALSE(HasFailure());
  }
  EXPECT_EQ(leader.node("slow").generation, 1);
  EXPECT_EQ(quick.transactions, 60);
  slow.hangs = false;
  run_until([&] { return leader.is_at("slow", 60); });
  EXPECT_LE(slow.transactions, 3) << "the first, the one it was given when it hung, and the newest";
  EXPECT_EQ(slow.store.find("endpoints/a")->endpoints().endpoints(0).port(), 60);
}

TEST_F(ControlStreamTest, ANodeWhoseLoopHangsIsNotLive) {
  auto& leader = add_controller();
  leader.publisher.lead(1);
  publish(leader, {});
  add_node("n", leader.address()).hangs = true;
  nodes.back().hangs = false;
  run_until([&] { return leader.is_at("n", 1); });
  nodes.back().hangs = true;
  run_until([&] { return !leader.node("n").live; });
  EXPECT_TRUE(nodes.back().subscriber->connection().connected) << "its threads are well";
  nodes.back().hangs = false;
  run_until([&] { return leader.node("n").live; });
}

TEST_F(ControlStreamTest, ATokenThatIsNotTakenGetsNothingAndIsNotShown) {
  auto& leader = add_controller();
  leader.publisher.lead(1);
  publish(leader, whole("a", "10.0.0.1"));
  auto& node = nodes.emplace_back("n", leader.address(), Node::Files{"very-secret", authority.pem().certificate});
  run_until([&] {
    return node.trouble("enrolment").find("the token is not valid") != std::string::npos &&
           leader.troubles["enrolment"].find("the token is not valid") != std::string::npos;
  });
  node.write({"token-of-n-as-somebody", authority.pem().certificate});
  run_until([&] { return node.trouble("enrolment").find("the token is of somebody") != std::string::npos; });
  node.write({"token-of-m", authority.pem().certificate});
  run_until([&] { return node.trouble("enrolment").find("not of a pod on node n") != std::string::npos; });
  EXPECT_EQ(node.subscriber->connection().connections, 0);
  EXPECT_THAT(node.told, Each(Not(HasSubstr("secret"))));
  EXPECT_THAT(leader.troubles["enrolment"], Not(HasSubstr("secret")));
  node.write({"token-of-n", authority.pem().certificate});
  run_until([&] { return leader.is_at("n", 1); });
  EXPECT_EQ(node.trouble("enrolment"), "");
}

TEST_F(ControlStreamTest, ATokenIsGivenToNobodyButTheController) {
  auto& leader = add_controller();
  leader.publisher.lead(1);
  publish(leader, {});
  const auto other = publish::Authority::make().pem().certificate;
  auto& distrusting = nodes.emplace_back("n", leader.address(), Node::Files{"token-of-n", other});
  auto& elsewhere =
      nodes.emplace_back("m", leader.address(), Node::Files{"token-of-m", authority.pem().certificate},
                         [](subscribe::SubscriberOptions& options) { options.server_name = "another.svc"; });
  run_until([&] { return !distrusting.trouble("enrolment").empty() && !elsewhere.trouble("enrolment").empty(); });
  EXPECT_EQ(leader.reviews, 0);
  distrusting.write({"token-of-n", authority.pem().certificate + other});
  run_until([&] { return leader.is_at("n", 1); });
}

TEST_F(ControlStreamTest, AnAuthorityThatIsReplacedIsFollowed) {
  auto& leader = add_controller();
  leader.publisher.lead(1);
  publish(leader, whole("a", "10.0.0.1"));
  auto& node = add_node("n", leader.address());
  run_until([&] { return leader.is_at("n", 1); });
  const auto next = publish::Authority::make();
  ASSERT_TRUE(leader.publisher.serve(next));
  node.write({"token-of-n", authority.pem().certificate + next.pem().certificate});
  leader.publisher.follow("");
  run_until([&] { return !node.subscriber->connection().connected && leader.publisher.nodes().empty(); });
  leader.publisher.lead(2);
  run_until([&] { return leader.is_at("n", 1); });
  EXPECT_GE(leader.reviews, 2) << "it has enrolled again";
  EXPECT_EQ(node.transactions, 1);
}

TEST_F(ControlStreamTest, ACertificateIsRenewedAtHalfOfItsLifeAndNothingIsSentAgain) {
  auto options = Controller::defaults();
  options.timing.node_life = std::chrono::seconds(4);
  auto& leader = add_controller(options);
  leader.publisher.lead(1);
  publish(leader, whole("a", "10.0.0.1"));
  auto& node = add_node("n", leader.address());
  run_until([&] { return leader.is_at("n", 1); });
  const auto first = node.subscriber->connection().certificate_expires;
  run_until([&] {
    const auto now = node.subscriber->connection();
    return now.certificate_expires > first && now.connections >= 2 && now.connected;
  });
  publish(leader, {endpoints("a", 85)});
  run_until([&] { return leader.is_at("n", 2); });
  EXPECT_EQ(node.transactions, 2);
}

TEST_F(ControlStreamTest, KeysAndSourcesGoToThoseAloneWhoNeedThem) {
  auto& leader = add_controller();
  leader.publisher.lead(1);
  leader.publisher.set_serving({{"n", {.all = false, .frontends = {"frontend/a"}}}}, {.all = false});
  publish(leader, joined(whole("a", "10.0.0.1"),
                         std::vector{frontend("a", "10.0.0.1", "a", {"k"}), key("k"), vip("10.0.0.1", "n"),
                                     vip("10.0.0.2", "n"), source("n", "10.0.1.1"), source("m", "10.0.1.2")}));
  auto& n = add_node("n", leader.address());
  auto& m = add_node("m", leader.address());
  run_until([&] { return leader.is_at("n", 1) && leader.is_at("m", 1); });
  EXPECT_THAT(n.names(),
              ElementsAre("backend/a", "endpoints/a", "frontend/a", "key/k", "l4/a", "source/n", "vip/10.0.0.1"));
  EXPECT_THAT(m.names(), ElementsAre("source/m"));
  publish(leader, {key("k", "rotated")});
  run_until([&] { return leader.is_at("n", 2) && leader.is_at("m", 2); });
  EXPECT_EQ(n.store.find("key/k")->key().private_key_pem(), "rotated");
  EXPECT_EQ(m.transactions, 1);
}

TEST_F(ControlStreamTest, ATransactionThatCannotBeAppliedIsMadeAnew) {
  auto& leader = add_controller();
  leader.publisher.lead(1);
  publish(leader, whole("a", "10.0.0.1"));
  auto& node = add_node("n", leader.address());
  run_until([&] { return leader.is_at("n", 1); });
  node.fails = 3;
  publish(leader, {endpoints("a", 83)});
  run_until([&] { return leader.is_at("n", 2); });
  EXPECT_EQ(node.fails, 0);
  EXPECT_EQ(node.store.find("endpoints/a")->endpoints().endpoints(0).port(), 83);
}

#ifdef __SANITIZE_THREAD__
constexpr int kMany = 10;  // each byte costs there
#else
constexpr int kMany = 90;
#endif

TEST_F(ControlStreamTest, AModelFarLongerThanAMessageArrivesWhole) {
  constexpr std::size_t kMegabyte = std::size_t{1} << 20;
  auto& leader = add_controller();
  leader.publisher.lead(1);
  std::vector<publish::Resource> model{frontend("a", "10.0.0.1", "a")};
  Names backends;
  for (int i = 0; i < kMany; ++i) {
    const auto name = std::to_string(i);
    backends.push_back(name);
    model.push_back(backend(name));
    model.push_back(endpoints(name, 80, kMegabyte / 2));
  }
  backends.emplace_back("long");
  model.push_back(backend("long"));
  model.push_back(endpoints("long", 80, 5 * kMegabyte));
  model.push_back(publish::table("a", backends));
  publish(leader, model);
  auto& node = add_node("n", leader.address());
  run_until([&] { return leader.is_at("n", 1); });
  EXPECT_EQ(node.transactions, 1);
  ASSERT_EQ(node.store.all().size(), model.size());
  for (const auto& resource : model) {
    ASSERT_EQ(node.store.find(resource.name())->SerializeAsString(), resource.SerializeAsString());
  }
}

TEST_F(ControlStreamTest, ATransactionThatIsTooLongIsLeftAndNothingChanges) {
  auto& leader = add_controller();
  leader.publisher.lead(1);
  publish(leader, whole("a", "10.0.0.1"));
  auto& node = add_node("n", leader.address(),
                        [](subscribe::SubscriberOptions& options) { options.transaction_bytes = 100'000; });
  run_until([&] { return leader.is_at("n", 1); });
  publish(leader, {endpoints("a", 80, 200'000)});
  run_until([&] { return node.trouble("controller").find("longer than 100000 bytes") != std::string::npos; });
  EXPECT_EQ(node.transactions, 1);
  publish(leader, {endpoints("a", 84)});
  run_until([&] { return leader.is_at("n", 3); });
}

}  // namespace
}  // namespace sluice
