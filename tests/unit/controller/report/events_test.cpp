// Events on their way: what is told, how often, and how much at most.
#include "controller/report/events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "tests/unit/controller/report/fake_cluster.h"

namespace sluice::report {
namespace {

using kubernetes::ApiError;
using kubernetes::ApiErrorKind;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::SizeIs;

constexpr std::chrono::steady_clock::time_point kStart{std::chrono::hours(1)};

class Events : public testing::Test {
 protected:
  Events() { start({}); }

  void start(const EventLimits& limits) {
    recorder = std::make_unique<EventRecorder>(cluster.api(), "pod-0", limits);
    recorder->lead(true);
  }

  pipeline::Finding finding(const std::string& name, const std::string& message = "m") {
    const api::ObjectRef ref{"HTTPRoute", "shop", name};
    cluster.put(ref, [](FakeCluster::Object&) {});
    cluster.watch();
    return {.object = ref, .part = "", .type = "ResolvedRefs", .reason = "BackendNotFound", .message = message};
  }

  /// Runs and answers until nothing is left to do at that time.
  std::optional<std::chrono::steady_clock::time_point> settle(seconds after = {}) {
    std::optional<std::chrono::steady_clock::time_point> next;
    do {
      cluster.answer_all();
      next = recorder->run(kStart + after, "2026-03-01T00:00:00Z");
    } while (!cluster.requests.empty());
    return next;
  }

  std::string only_event() {
    EXPECT_THAT(cluster.events, SizeIs(1));
    return cluster.events.empty() ? "" : cluster.events.begin()->second;
  }
  static ApiError error(ApiErrorKind kind) {
    return {.kind = kind, .status = 0, .message = "no", .retry_after = std::nullopt};
  }

  FakeCluster cluster;
  std::unique_ptr<EventRecorder> recorder;
};

TEST_F(Events, AreMadeOfFindings) {
  recorder->tell(finding("cart"));
  settle();
  EXPECT_THAT(only_event(), HasSubstr(R"("reason":"BackendNotFound")"));
  EXPECT_TRUE(cluster.events.begin()->first.starts_with("shop/cart."));
  EXPECT_THAT(recorder->metrics(), HasSubstr("sluice_kubernetes_reported_events_total{result=\"created\"} 1\n"));
}

TEST_F(Events, ThatComeAgainAreCountedInOneSeriesAtMostOnceAnInterval) {
  const auto again = finding("cart");
  recorder->tell(again);
  settle();
  for (int i = 0; i < 5; ++i) recorder->tell(again);
  const auto next = settle(seconds(1));
  EXPECT_THAT(only_event(), testing::Not(HasSubstr("series")));
  EXPECT_EQ(next, kStart + seconds(60));
  settle(seconds(60));
  EXPECT_THAT(only_event(), HasSubstr(R"("series":{"count":6,)"));
  EXPECT_THAT(cluster.seen, SizeIs(2));
}

TEST_F(Events, OfAnotherLeaderAreNotToldAgainAndAreGoneOnWith) {
  const auto standing = finding("cart");
  recorder->tell(standing);
  settle();
  start({});
  recorder->tell(standing);
  settle(seconds(5));
  EXPECT_THAT(cluster.seen, SizeIs(2)) << "one more, which says that it is there";
  recorder->tell(standing);
  settle(seconds(100));
  EXPECT_THAT(only_event(), HasSubstr(R"("series":{"count":2,)"));
  start({});
  recorder->tell(standing);
  recorder->tell(standing);
  settle(seconds(200));
  settle(seconds(300));
  EXPECT_THAT(only_event(), HasSubstr(R"("series":{"count":3,)"));
  for (const auto& request : cluster.seen) {
    EXPECT_NE(request.method, kubernetes::HttpMethod::kGet) << "for which there is no right";
  }
}

TEST_F(Events, WhoseTimeIsOverAreMadeAnew) {
  const auto again = finding("cart");
  recorder->tell(again);
  settle();
  cluster.events.clear();
  recorder->tell(again);
  settle(seconds(100));
  EXPECT_THAT(only_event(), HasSubstr("BackendNotFound"));
}

TEST_F(Events, AreToldByTheLeaderAlone) {
  recorder->lead(false);
  recorder->tell(finding("cart"));
  EXPECT_EQ(recorder->run(kStart, ""), std::nullopt);
  recorder->lead(true);
  settle();
  EXPECT_TRUE(cluster.events.empty());
}

TEST_F(Events, OfAnObjectThatIsGoneAreNotTold) {
  const auto gone = finding("cart");
  cluster.remove(gone.object);
  cluster.watch();
  recorder->tell(gone);
  settle();
  EXPECT_TRUE(cluster.seen.empty());
}

TEST_F(Events, OfOneObjectAreSoManyAtOnceAndThenOneATime) {
  start({.burst_of_object = 3, .object_interval = seconds(30)});
  for (int i = 0; i < 10; ++i) recorder->tell(finding("cart", "message " + std::to_string(i)));
  recorder->tell(finding("other"));
  settle();
  EXPECT_THAT(cluster.events, SizeIs(4));
  EXPECT_THAT(recorder->metrics(), HasSubstr("{result=\"dropped\"} 7\n"));
  recorder->tell(finding("cart", "later"));
  settle(seconds(31));
  EXPECT_THAT(cluster.events, SizeIs(5));
}

TEST_F(Events, OfAllObjectsAreSentAtALimitedRate) {
  start({.per_second = 10, .burst = 5});
  for (int i = 0; i < 8; ++i) recorder->tell(finding("route-" + std::to_string(i)));
  const auto next = settle();
  EXPECT_THAT(cluster.events, SizeIs(5));
  ASSERT_TRUE(next.has_value());
  EXPECT_LT(*next - kStart, seconds(1));
  settle(seconds(1));
  EXPECT_THAT(cluster.events, SizeIs(8));
}

TEST_F(Events, AreRememberedUpToALimit) {
  start({.per_second = 1000, .burst = 1000, .known = 10});
  for (int i = 0; i < 100; ++i) {
    recorder->tell(finding("route-" + std::to_string(i)));
    settle(seconds(i));
  }
  EXPECT_THAT(recorder->metrics(), HasSubstr("sluice_kubernetes_reported_events_known 10\n"));
  for (int i = 0; i < 100; ++i) recorder->tell(finding("flood-" + std::to_string(i)));
  settle(seconds(100));
  EXPECT_THAT(recorder->metrics(), HasSubstr("{result=\"dropped\"} 90\n"));
}

TEST_F(Events, WaitWhileTheApiServerIsGone) {
  recorder->tell(finding("cart"));
  cluster.faults = {error(ApiErrorKind::kUnreachable)};
  const auto next = settle();
  EXPECT_TRUE(cluster.events.empty());
  ASSERT_TRUE(next.has_value());
  EXPECT_GT(*next, kStart);
  settle(seconds(2));
  EXPECT_THAT(cluster.events, SizeIs(1));
}

TEST_F(Events, ThatAreRefusedAreGivenUpAndCounted) {
  recorder->tell(finding("cart"));
  cluster.faults = {error(ApiErrorKind::kForbidden)};
  settle();
  settle(seconds(100));
  EXPECT_THAT(cluster.seen, SizeIs(1));
  EXPECT_THAT(recorder->metrics(), HasSubstr("{result=\"failed\"} 1\n"));
}

TEST_F(Events, OfAnObjectThatWasMadeAnewAreNewEvents) {
  const auto again = finding("cart");
  recorder->tell(again);
  settle();
  cluster.remove(again.object);
  cluster.watch();
  recorder->tell(finding("cart"));
  settle(seconds(100));
  EXPECT_THAT(cluster.events, SizeIs(2));
}

TEST_F(Events, MayBeAnsweredWhenTheRecorderIsGone) {
  recorder->tell(finding("cart"));
  recorder->run(kStart, "2026-03-01T00:00:00Z");
  recorder.reset();
  cluster.answer_all();
  EXPECT_THAT(cluster.events, SizeIs(1));
}

}  // namespace
}  // namespace sluice::report
