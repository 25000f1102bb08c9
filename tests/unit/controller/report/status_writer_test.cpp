// Statuses on their way to the API server: what is sent, when, and what comes of each answer.
#include "controller/report/status_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "tests/unit/controller/report/fake_cluster.h"

namespace sluice::report {
namespace {

using kubernetes::ApiError;
using kubernetes::ApiErrorKind;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr Time kStart{std::chrono::hours(1)};

api::ObjectRef route(const std::string& name) {
  return {"HTTPRoute", "shop", name};
}

boost::json::object status(const std::string& reason, int generation = 1) {
  return boost::json::parse(R"({"parents":[{"conditions":[{"lastTransitionTime":"2030-01-01T00:00:00Z","message":"",
      "observedGeneration":)" +
                            std::to_string(generation) + R"(,"reason":")" + reason + R"(","status":"True",
      "type":"Accepted"}],"controllerName":"sluice.dev/gateway-controller","parentRef":{"name":"edge"}}]})")
      .as_object();
}

ApiError error(ApiErrorKind kind, std::optional<seconds> retry_after = std::nullopt) {
  return {.kind = kind, .status = 0, .message = "no", .retry_after = retry_after};
}

class Writer : public testing::Test {
 protected:
  Writer() { start({}); }

  void start(const WriterLimits& limits) {
    writer = std::make_unique<StatusWriter>(cluster.api(), limits);
    writer->lead(true);
  }
  void put(const api::ObjectRef& ref) {
    cluster.put(ref, [](FakeCluster::Object&) {});
    cluster.watch();
  }
  std::optional<Time> run(milliseconds after = {}) { return writer->run(kStart + after, "2026-03-01T00:00:00Z"); }
  /// The watch comes, and the writer hears of it.
  void watch() { writer->recorded(cluster.watch()); }
  /// Runs, answers and watches until nothing is left to do at that time.
  std::optional<Time> settle(milliseconds after = {}) {
    for (;;) {
      const auto next = run(after);
      if (cluster.requests.empty()) return next;
      cluster.answer_all();
      watch();
    }
  }
  const std::string& stored(const api::ObjectRef& ref) { return cluster.at(ref).status; }

  FakeCluster cluster;
  std::unique_ptr<StatusWriter> writer;
};

TEST_F(Writer, WritesWhatIsWantedToTheStatusSubresource) {
  put(route("cart"));
  writer->want(route("cart"), status("Accepted"));
  EXPECT_EQ(writer->pending(), 1U);
  EXPECT_EQ(settle(), std::nullopt);
  EXPECT_EQ(writer->pending(), 0U);
  ASSERT_THAT(cluster.seen, SizeIs(1));
  EXPECT_EQ(to_path(cluster.seen[0].path), "/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/cart/status");
  EXPECT_EQ(cluster.seen[0].content_type, "application/json-patch+json");
  EXPECT_THAT(stored(route("cart")), HasSubstr("2026-03-01T00:00:00Z"));
  EXPECT_THAT(writer->metrics(), HasSubstr("sluice_status_writes_total{result=\"ok\"} 1\n"));
}

TEST_F(Writer, WritesNothingThatIsThere) {
  put(route("cart"));
  writer->want(route("cart"), status("Accepted"));
  settle();
  writer->want(route("cart"), status("Accepted"));
  settle();
  start({});  // another leader
  writer->want(route("cart"), status("Accepted"));
  settle();
  EXPECT_THAT(cluster.seen, SizeIs(1));
}

TEST_F(Writer, SendsTheLatestAlone) {
  put(route("cart"));
  writer->want(route("cart"), status("Pending"));
  writer->want(route("cart"), status("Accepted"));
  settle();
  EXPECT_THAT(cluster.seen, SizeIs(1));
  EXPECT_THAT(stored(route("cart")), HasSubstr("\"Accepted\""));
}

TEST_F(Writer, HasOneRequestOfAnObjectInFlightAndThenTheLatest) {
  put(route("cart"));
  writer->want(route("cart"), status("One"));
  run();
  writer->want(route("cart"), status("Two"));
  writer->want(route("cart"), status("Three"));
  run();
  EXPECT_THAT(cluster.requests, SizeIs(1));
  settle();
  EXPECT_THAT(cluster.seen, SizeIs(2));
  EXPECT_THAT(stored(route("cart")), HasSubstr("Three"));
}

TEST_F(Writer, WaitsForTheRecordOfItsOwnWriteBeforeItWritesAgain) {
  put(route("cart"));
  writer->want(route("cart"), status("One"));
  run();
  cluster.answer_all();
  writer->want(route("cart"), status("Two"));
  const auto next = run();
  EXPECT_THAT(cluster.requests, IsEmpty());
  EXPECT_EQ(next, kStart + seconds(10)) << "and no longer than that";
  watch();
  run();
  EXPECT_THAT(cluster.requests, SizeIs(1));
}

TEST_F(Writer, IsTheLeaderOrWritesNothing) {
  put(route("cart"));
  writer->lead(false);
  writer->want(route("cart"), status("Accepted"));
  EXPECT_EQ(run(), std::nullopt);
  EXPECT_THAT(cluster.requests, IsEmpty());
  writer->lead(true);
  run();
  EXPECT_THAT(cluster.requests, SizeIs(1));
  writer->lead(false);
  cluster.answer_all();
  watch();
  writer->want(route("cart"), status("Other"));
  EXPECT_EQ(run(), std::nullopt);
  EXPECT_EQ(writer->pending(), 0U);
  writer->lead(true);
  settle();
  EXPECT_THAT(stored(route("cart")), HasSubstr("Other"));
}

TEST_F(Writer, MergesAgainAfterAConflictOnTheRecordThatComes) {
  put(route("cart"));
  writer->want(route("cart"), status("Accepted"));
  cluster.set_status(route("cart"), R"({"parents":[{"controllerName":"example.com/other"}]})");
  run();
  cluster.answer_all();  // the record was older
  run();
  EXPECT_THAT(cluster.requests, IsEmpty()) << "nothing to start from yet";
  watch();
  settle();
  EXPECT_THAT(stored(route("cart")), HasSubstr("example.com/other"));
  EXPECT_THAT(stored(route("cart")), HasSubstr("Accepted"));
  EXPECT_THAT(writer->metrics(), HasSubstr("result=\"conflict\"} 1\n"));
}

TEST_F(Writer, TriesAgainWhereTheRecordDoesNotCome) {
  put(route("cart"));
  writer->want(route("cart"), status("Accepted"));
  cluster.faults = {error(ApiErrorKind::kConflict)};
  run();
  cluster.answer_all();
  EXPECT_EQ(run(), kStart + seconds(10));
  settle(seconds(10));
  EXPECT_THAT(stored(route("cart")), HasSubstr("Accepted"));
}

TEST_F(Writer, SaysThatConflictsDoNotEnd) {
  put(route("cart"));
  writer->want(route("cart"), status("Accepted"));
  for (int i = 0; i < 9; ++i) {
    cluster.faults = {error(ApiErrorKind::kConflict)};
    run(seconds(11 * i));
    cluster.answer_all();
  }
  EXPECT_THAT(writer->take_troubles(), IsEmpty());
  cluster.faults = {error(ApiErrorKind::kConflict)};
  settle(seconds(100));
  EXPECT_THAT(writer->take_troubles(),
              testing::ElementsAre(Trouble{"status of HTTPRoute shop/cart", "cannot be written: no"}));
  settle(seconds(120));
  EXPECT_THAT(writer->take_troubles(), testing::ElementsAre(Trouble{"status of HTTPRoute shop/cart", ""}));
}

TEST_F(Writer, WritesAgainWhatSomebodyTookOut) {
  put(route("cart"));
  writer->want(route("cart"), status("Accepted"));
  settle();
  cluster.set_status(route("cart"), R"({"parents":[]})");
  watch();
  settle();
  EXPECT_THAT(stored(route("cart")), HasSubstr("Accepted"));
}

TEST_F(Writer, FightsNobodyWithoutEverLongerWaits) {
  put(route("cart"));
  writer->want(route("cart"), status("Accepted"));
  milliseconds now{0};
  std::vector<milliseconds> writes;
  std::size_t sent = 0;
  while (now < seconds(600)) {
    settle(now);
    if (cluster.seen.size() > sent) writes.push_back(now);
    sent = cluster.seen.size();
    cluster.set_status(route("cart"), R"({"parents":[]})");
    watch();
    now += milliseconds(100);
  }
  EXPECT_LE(writes.size(), 14U) << "600 s: 1 + 2 + 4 + … and half of each at least";
  EXPECT_GE(writes.size(), 9U);
  EXPECT_GE(writes.back() - writes[writes.size() - 2], seconds(60));
}

TEST_F(Writer, AsksNotAgainForWhatTheServerDoesNotStore) {
  put(route("cart"));
  cluster.rewrites = [](const std::string&) { return std::string(); };
  writer->want(route("cart"), status("Accepted"));
  for (int i = 0; i < 100; ++i) settle(seconds(i));
  EXPECT_THAT(cluster.seen, SizeIs(1));
  writer->want(route("cart"), status("Other"));
  settle(seconds(100));
  EXPECT_THAT(cluster.seen, SizeIs(2));
}

TEST_F(Writer, TakesItsEntriesOutWhereItHasNoStatusAnyMore) {
  put(route("cart"));
  writer->want(route("cart"), status("Accepted"));
  settle();
  writer->want(route("cart"), std::nullopt);
  settle();
  EXPECT_EQ(stored(route("cart")), R"({"parents":[]})");
}

TEST_F(Writer, ForgetsWhatIsGone) {
  put(route("cart"));
  writer->want(route("cart"), status("Accepted"));
  cluster.remove(route("cart"));
  run();
  cluster.answer_all();  // 404
  watch();
  writer->want(route("cart"), std::nullopt);
  EXPECT_EQ(settle(seconds(60)), std::nullopt);
  EXPECT_THAT(cluster.seen, SizeIs(1));
  EXPECT_EQ(writer->pending(), 0U);
}

TEST_F(Writer, ForgetsWhatGoesWhileItIsInFlight) {
  put(route("cart"));
  writer->want(route("cart"), status("Accepted"));
  run();
  cluster.remove(route("cart"));
  watch();
  writer->want(route("cart"), std::nullopt);
  cluster.answer_all();
  EXPECT_EQ(settle(seconds(60)), std::nullopt);
  EXPECT_EQ(writer->pending(), 0U);
}

TEST_F(Writer, WritesToAnObjectThatWasMadeAnew) {
  put(route("cart"));
  writer->want(route("cart"), status("Accepted"));
  run();
  cluster.remove(route("cart"));
  cluster.answer_all();
  put(route("cart"));
  writer->want(route("cart"), status("Accepted"));
  writer->recorded(std::vector{route("cart")});
  settle(seconds(2));
  EXPECT_THAT(stored(route("cart")), HasSubstr("Accepted"));
}

TEST_F(Writer, GoesOnWhenTheRecordComesAfterTheObject) {
  writer->want(route("cart"), status("Accepted"));
  EXPECT_EQ(settle(), std::nullopt);
  cluster.put(route("cart"), [](FakeCluster::Object&) {});
  watch();
  settle();
  EXPECT_THAT(stored(route("cart")), HasSubstr("Accepted"));
}

TEST_F(Writer, WaitsEverLongerWhileTheApiServerIsGoneAndLosesNothing) {
  for (int i = 0; i < 40; ++i) {
    put(route("r" + std::to_string(i)));
    writer->want(route("r" + std::to_string(i)), status("Accepted"));
  }
  milliseconds now{0};
  std::size_t tries = 0;
  while (now < seconds(120)) {
    run(now);
    tries += cluster.requests.size();
    cluster.faults.assign(cluster.requests.size(), error(ApiErrorKind::kUnreachable));
    cluster.answer_all();
    now += milliseconds(100);
  }
  EXPECT_LE(tries, 16U * 16U) << "16 at a time, and 16 times in two minutes";
  EXPECT_EQ(writer->pending(), 40U);
  for (int i = 0; i < 40; ++i) settle(now + seconds(i));
  for (int i = 0; i < 40; ++i) EXPECT_THAT(stored(route("r" + std::to_string(i))), HasSubstr("Accepted"));
}

TEST_F(Writer, WaitsAsLongAsABusyServerAsks) {
  put(route("cart"));
  writer->want(route("cart"), status("Accepted"));
  cluster.faults = {error(ApiErrorKind::kBusy, seconds(7))};
  run();
  cluster.answer_all();
  EXPECT_EQ(run(), kStart + seconds(7));
  EXPECT_THAT(cluster.requests, IsEmpty());
  settle(seconds(7));
  EXPECT_THAT(stored(route("cart")), HasSubstr("Accepted"));
}

TEST_F(Writer, SaysWhatIsRefusedAndLetsTheOthersPass) {
  put(route("cart"));
  put(route("pay"));
  writer->want(route("cart"), status("Accepted"));
  writer->want(route("pay"), status("Accepted"));
  cluster.faults = {error(ApiErrorKind::kInvalid)};
  settle();
  EXPECT_THAT(stored(route("cart")), IsEmpty());
  EXPECT_THAT(stored(route("pay")), HasSubstr("Accepted"));
  const Trouble trouble{"status of HTTPRoute shop/cart", "cannot be written: no"};
  EXPECT_THAT(writer->take_troubles(), testing::ElementsAre(trouble));
  settle(seconds(2));
  EXPECT_THAT(stored(route("cart")), HasSubstr("Accepted"));
  EXPECT_THAT(writer->take_troubles(), testing::ElementsAre(Trouble{"status of HTTPRoute shop/cart", ""}));
}

TEST_F(Writer, SaysWhatFindsNoRoom) {
  put(route("cart"));
  std::string others = R"({"parents":[)";
  for (int i = 0; i < 32; ++i) others += std::string(i > 0 ? "," : "") + R"({"controllerName":"example.com/other"})";
  cluster.set_status(route("cart"), others + "]}");
  cluster.watch();
  writer->want(route("cart"), status("Accepted"));
  settle();
  EXPECT_THAT(cluster.seen, IsEmpty());
  EXPECT_THAT(writer->take_troubles(),
              testing::ElementsAre(Trouble{"status of HTTPRoute shop/cart",
                                           "no room for all of it: parents: Gateway edge: 32 are there"}));
}

TEST_F(Writer, SendsSoManyAtOnceAndThenSoManyASecond) {
  start({.writes_per_second = 50, .burst = 100, .in_flight = 1000});
  for (int i = 0; i < 300; ++i) {
    put(route("r" + std::to_string(i)));
    writer->want(route("r" + std::to_string(i)), status("Accepted"));
  }
  const auto next = run();
  EXPECT_THAT(cluster.requests, SizeIs(100));
  ASSERT_TRUE(next.has_value());
  EXPECT_GT(*next, kStart);
  EXPECT_LE(*next, kStart + milliseconds(21));
  run(seconds(1));
  EXPECT_THAT(cluster.requests, SizeIs(150));
}

TEST_F(Writer, HasSoManyInFlightAtMost) {
  for (int i = 0; i < 50; ++i) {
    put(route("r" + std::to_string(i)));
    writer->want(route("r" + std::to_string(i)), status("Accepted"));
  }
  EXPECT_EQ(run(), std::nullopt) << "an answer will wake it";
  EXPECT_THAT(cluster.requests, SizeIs(16));
  cluster.answer();
  run();
  EXPECT_THAT(cluster.requests, SizeIs(16));
  settle();
  EXPECT_THAT(cluster.seen, SizeIs(50));
}

TEST_F(Writer, ComesBackBetweenManyMerges) {
  for (int i = 0; i < 1200; ++i) {
    cluster.put(route("r" + std::to_string(i)), [](FakeCluster::Object&) {});
  }
  cluster.watch();
  for (int i = 0; i < 1200; ++i) writer->want(route("r" + std::to_string(i)), std::nullopt);
  EXPECT_EQ(run(), kStart);
  EXPECT_EQ(run(), kStart);
  EXPECT_EQ(run(), std::nullopt);
  EXPECT_THAT(cluster.seen, IsEmpty());
}

TEST_F(Writer, MayBeAnsweredWhenItIsGone) {
  put(route("cart"));
  writer->want(route("cart"), status("Accepted"));
  run();
  writer.reset();
  cluster.answer_all();
  EXPECT_THAT(stored(route("cart")), HasSubstr("Accepted"));
}

TEST_F(Writer, CountsForMetrics) {
  put(route("cart"));
  writer->want(route("cart"), status("Accepted"));
  const auto before = writer->metrics();
  EXPECT_THAT(before, HasSubstr("sluice_status_pending 1\n"));
  EXPECT_THAT(before, HasSubstr("sluice_status_leading 1\n"));
  EXPECT_THAT(before, Not(HasSubstr("result=\"conflict\"")));
  settle();
  EXPECT_THAT(writer->metrics(), HasSubstr("sluice_status_unchanged_total 1\n"));
  EXPECT_THAT(writer->metrics(), HasSubstr("sluice_status_pending 0\n"));
}

}  // namespace
}  // namespace sluice::report
