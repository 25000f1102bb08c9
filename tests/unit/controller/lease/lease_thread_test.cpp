// Leases over HTTP, each on its own thread.
#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <functional>

#include "controller/lease/lease.h"
#include "controller/lease/node_leases.h"
#include "tests/unit/controller/lease/lease_server.h"

namespace sluice::lease {
namespace {

using namespace std::chrono_literals;

constexpr Terms kShort{.duration = 1s, .renew_deadline = 800ms, .retry_period = 50ms};

LeaseOptions options(const std::string& identity) {
  return {.namespace_ = "s",
          .name = "sluice-controller",
          .identity = identity,
          .terms = kShort,
          .labels = {},
          .annotations = {{"sluice.dev/advertise", identity + ":8443"}}};
}

/// Takes each time that there is something, until it is as asked.
template <class Source>
bool becomes(Source& source, const std::function<bool(const decltype(source.take())&)>& is_so) {
  const auto until = std::chrono::steady_clock::now() + 20s;
  while (!is_so(source.take())) {
    if (std::chrono::steady_clock::now() > until) return false;
    pollfd wait{source.fd(), POLLIN, 0};
    ::poll(&wait, 1, 100);
  }
  return true;
}

bool gets_it(Lease& lease) {
  return becomes(lease, [](const LeaseState& state) { return state.holds; });
}

TEST(LeaseThread, OneHoldsItAndOthersKnowWho) {
  LeaseServer server;
  // Long: who is held up for a moment loses it to nobody.
  auto of_a = options("a");
  auto of_b = options("b");
  of_a.terms = of_b.terms = kControllerTerms;
  of_a.terms.retry_period = of_b.terms.retry_period = 50ms;
  Lease a(server.cluster(), of_a);
  ASSERT_TRUE(gets_it(a));
  Lease b(server.cluster(), of_b);
  EXPECT_TRUE(becomes(b, [](const LeaseState& state) {
    return state.holder == "a" && state.annotation(kAdvertiseAnnotation) == "a:8443";
  }));
  EXPECT_FALSE(b.take().holds);
  const std::string renewed = server.field("sluice-controller", "/spec/renewTime");
  EXPECT_TRUE(
      becomes(b, [&](const LeaseState&) { return server.field("sluice-controller", "/spec/renewTime") != renewed; }));
}

TEST(LeaseThread, EachRenewalIsToldAndNoTryThatFails) {
  LeaseServer server;
  server.fail(true);
  std::atomic<int> renewals = 0;
  auto of_a = options("a");
  of_a.renewed = [&] { ++renewals; };
  Lease a(server.cluster(), of_a);
  ASSERT_TRUE(becomes(a, [](const LeaseState& state) { return !state.problem.empty(); }));
  EXPECT_EQ(renewals, 0);
  server.fail(false);
  EXPECT_TRUE(becomes(a, [&](const LeaseState&) { return renewals >= 3; }));
}

TEST(LeaseThread, WhatIsGivenUpIsAnothersAtOnceWithAHigherEpoch) {
  LeaseServer server;
  Lease a(server.cluster(), options("a"));
  ASSERT_TRUE(gets_it(a));
  const auto epoch = a.take().transitions;
  EXPECT_TRUE(a.release(10s));
  EXPECT_EQ(server.field("sluice-controller", "/spec/holderIdentity"), "");
  EXPECT_FALSE(a.take().holds);
  Lease b(server.cluster(), options("b"));
  ASSERT_TRUE(gets_it(b));
  EXPECT_GT(b.take().transitions, epoch);
}

TEST(LeaseThread, OfOneThatEndsWithoutAWordItRunsOut) {
  LeaseServer server;
  {
    Lease a(server.cluster(), options("a"));
    ASSERT_TRUE(gets_it(a));
  }
  EXPECT_EQ(server.field("sluice-controller", "/spec/holderIdentity"), "a");
  Lease b(server.cluster(), options("b"));
  EXPECT_TRUE(gets_it(b));
}

TEST(LeaseThread, WithoutTheApiServerItIsHeldNoMoreAndGotAgainLater) {
  LeaseServer server;
  Lease a(server.cluster(), options("a"));
  ASSERT_TRUE(gets_it(a));
  server.fail(true);
  EXPECT_TRUE(becomes(a, [](const LeaseState& state) { return !state.holds && !state.problem.empty(); }));
  server.fail(false);
  EXPECT_TRUE(gets_it(a));
}

TEST(LeaseThread, ALeaseThatSomebodyDeletesIsMadeAgain) {
  LeaseServer server;
  Lease a(server.cluster(), options("a"));
  ASSERT_TRUE(gets_it(a));
  server.erase("sluice-controller");
  EXPECT_TRUE(
      becomes(a, [&](const LeaseState&) { return server.field("sluice-controller", "/spec/holderIdentity") == "a"; }));
  EXPECT_TRUE(gets_it(a));
}

TEST(LeaseThread, ANodeTellsWhatItHoldsAndLivesAsLongAsItRenews) {
  LeaseServer server;
  NodeLeases observer(server.cluster(), "s", 50ms);
  ASSERT_TRUE(becomes(observer, [](const NodeLives& lives) { return lives.is_known; }));
  auto of_node = node_lease_options("s", "n1", "boot-1");
  of_node.terms = kShort;
  {
    Lease node(server.cluster(), of_node);
    ASSERT_TRUE(gets_it(node));
    node.annotate(to_annotations({.vips = {"10.0.0.1"}, .sources = {}}));
    EXPECT_TRUE(becomes(observer, [](const NodeLives& lives) {
      return lives.nodes.contains("n1") && lives.nodes.at("n1") == NodeLife{true, true, false, {{"10.0.0.1"}, {}}};
    }));
  }
  EXPECT_TRUE(becomes(observer, [](const NodeLives& lives) { return !lives.nodes.at("n1").is_live; }));
  Lease again(server.cluster(), of_node);
  EXPECT_TRUE(becomes(observer, [](const NodeLives& lives) { return lives.nodes.at("n1").is_live; }));
  EXPECT_TRUE(again.release(10s));
  EXPECT_TRUE(becomes(observer, [](const NodeLives& lives) { return !lives.nodes.at("n1").is_live; }));
}

TEST(LeaseThread, AnObserverThatCannotReadSaysSoAndForgetsNobody) {
  LeaseServer server;
  Lease node(server.cluster(), node_lease_options("s", "n1", "boot-1"));
  ASSERT_TRUE(gets_it(node));
  NodeLeases observer(server.cluster(), "s", 50ms);
  ASSERT_TRUE(becomes(observer, [](const NodeLives& lives) { return lives.nodes.contains("n1"); }));
  server.fail(true);
  EXPECT_TRUE(becomes(observer, [](const NodeLives& lives) { return !lives.problem.empty(); }));
  EXPECT_TRUE(observer.take().nodes.at("n1").is_live);
}

}  // namespace
}  // namespace sluice::lease
