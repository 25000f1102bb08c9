// Whatever the API server does to lists and watches, the objects end up as they are there: nothing lost, nothing twice.
#include "tests/unit/controller/source/kubernetes/source_fixture.h"

namespace sluice::kubernetes {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::size_t kGone = 1;    // ListReason::kGone
constexpr std::size_t kBroken = 2;  // ListReason::kBroken

const std::string kWatchOfServices = "GET /api/v1/services?watch";
const std::string kListOfServices = "GET /api/v1/services?limit";

std::string event(const std::string& type, const std::string& name, int version, int port = 80) {
  return R"({"type":")" + type + R"(","object":{"metadata":{"namespace":"n","name":")" + name +
         R"(","resourceVersion":")" + std::to_string(version) + R"("},"spec":{"ports":[{"port":)" +
         std::to_string(port) + "}]}}}\n";
}

class Watching : public SourceTest {
 protected:
  /// The changes of Services alone.
  std::vector<std::string> changes_of_services() const {
    std::vector<std::string> out;
    for (const auto& text : all.changed) {
      if (text.starts_with("Service ")) out.push_back(text);
    }
    return out;
  }
  int version() const { return static_cast<int>(world.version()); }
  /// Makes the source open a new watch of Services, which meets the fault.
  void next_watch(Fault fault) {
    fault.request = kWatchOfServices;
    server.fault(std::move(fault));
    server.end_watches();
    take_until([&] { return server.faults_left() == 0; });
  }
};

TEST_F(Watching, TheFirstWorldComesPageByPageAndWhole) {
  for (int i = 0; i < 25; ++i) world.put(kServices, service("s" + std::to_string(i)));
  start_and_sync();
  EXPECT_THAT(source->objects()->services, SizeIs(25));
  EXPECT_THAT(source->objects()->namespaces, SizeIs(1));
  EXPECT_THAT(changes_of_services(), SizeIs(25)) << "each once";
  EXPECT_THAT(server.seen(kListOfServices), SizeIs(3));
  EXPECT_EQ(counts(kServices).pages, 3U);
  EXPECT_EQ(counts(kServices).objects, 25U);
}

TEST_F(Watching, AnEventChangesItsObjectAndNoOther) {
  world.put(kServices, service("a"));
  world.put(kServices, service("b"));
  start_and_sync();
  const auto b = service_named("b");
  all.changed.clear();
  world.put(kServices, service("a", 81));
  take_until([&] { return service_named("a")->spec.ports.front().port == 81; });
  world.put(kServices, service("c"));
  take_until([&] { return service_named("c") != nullptr; });
  world.remove(kServices, "n", "a");
  take_until([&] { return service_named("a") == nullptr; });
  EXPECT_THAT(all.changed, ElementsAre("Service n/a", "Service n/c", "Service n/a"));
  EXPECT_EQ(service_named("b"), b);
}

TEST_F(Watching, ASlowConsumerFindsTheLatestOfEachObject) {
  world.put(kServices, service("a"));
  start_and_sync();
  wait_for_watches(kServices, 1);
  all = {};
  for (int port = 1; port <= 500; ++port) world.put(kServices, service("a", port));
  while (counts(kServices).events[1] < 500) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  take_until([&] { return service_named("a")->spec.ports.front().port == 500; });
  EXPECT_THAT(all.changed, ElementsAre("Service n/a"));
  EXPECT_EQ(all.batches, 1U);
}

TEST_F(Watching, AListThatIsCompactedAwayInTheMiddleIsBegunAnew) {
  for (int i = 0; i < 25; ++i) world.put(kServices, service("s" + std::to_string(i)));
  for (int i = 0; i < 2; ++i) server.fault({.request = "/api/v1/services?limit=10&continue", .status = 410});
  start_and_sync();
  EXPECT_THAT(source->objects()->services, SizeIs(25));
  EXPECT_EQ(server.faults_left(), 0U);
  EXPECT_EQ(trouble("services"), "");
}

TEST_F(Watching, AListThatIsAlwaysCompactedAwayIsTakenWhole) {
  for (int i = 0; i < 25; ++i) world.put(kServices, service("s" + std::to_string(i)));
  for (int i = 0; i < 3; ++i) server.fault({.request = "/api/v1/services?limit=10&continue", .status = 410});
  start_and_sync();
  EXPECT_THAT(source->objects()->services, SizeIs(25));
  EXPECT_THAT(server.seen("/api/v1/services?limit=0"), SizeIs(1));
}

TEST_F(Watching, AListWithTooLargePagesIsTakenInSmallerOnes) {
  for (int i = 0; i < 25; ++i) world.put(kServices, service("s" + std::to_string(i)));
  auto timing = short_times();
  timing.client.response_bytes = 900;
  start_and_sync(timing);
  EXPECT_THAT(source->objects()->services, SizeIs(25));
  EXPECT_THAT(server.seen("/api/v1/services?limit=2"), SizeIs(testing::Ge(13U)));
}

TEST_F(Watching, AVersionThatIsTooOldMeansAListThatFindsWhatWasRemoved) {
  world.put(kServices, service("a"));
  world.put(kServices, service("b"));
  start_and_sync();
  wait_for_watches(kServices, 1);
  all.changed.clear();
  // While the source is away, events are lost for good.
  server.stop();
  world.remove(kServices, "n", "a");
  world.put(kServices, service("b", 81));
  world.put(kServices, service("c"));
  world.compact();
  server.start();
  take_until([&] { return service_named("c") != nullptr && service_named("a") == nullptr; });
  EXPECT_EQ(service_named("b")->spec.ports.front().port, 81);
  take_until([&] { return counts(kServices).lists[kGone] == 1; });
  EXPECT_THAT(changes_of_services(), Contains("Service n/a").Times(1));
}

TEST_F(Watching, A410MayComeAsAnEventToo) {
  world.put(kServices, service("a"));
  start_and_sync();
  wait_for_watches(kServices, 1);
  next_watch({.chunks = {{R"({"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Gone"}})"}}});
  take_until([&] { return counts(kServices).lists[kGone] == 1; });
  world.put(kServices, service("b"));
  take_until([&] { return service_named("b") != nullptr; });
}

TEST_F(Watching, AServerThatAlwaysSaysGoneIsNotAskedInACircle) {
  auto timing = short_times();
  timing.backoff_first = timing.backoff_most = std::chrono::hours(1);
  for (int i = 0; i < 100; ++i) server.fault({.request = kWatchOfServices, .status = 410});
  start_and_sync(timing);
  take_until([&] { return counts(kServices).errors[static_cast<std::size_t>(ApiErrorKind::kGone)] == 1; });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_THAT(server.seen(kWatchOfServices), SizeIs(1));
}

TEST_F(Watching, AfterACutTheWatchGoesOnWhereItWas) {
  start_and_sync();
  wait_for_watches(kServices, 1);
  all.changed.clear();
  const int first = version() + 1;
  const std::string half = event("ADDED", "b", first + 1);
  next_watch({.chunks = {{event("ADDED", "a", first), half.substr(0, half.size() / 2)}}, .cut = 0});
  world.put(kServices, service("a"));
  world.put(kServices, service("b"));
  take_until([&] { return service_named("b") != nullptr; });
  EXPECT_THAT(changes_of_services(), ElementsAre("Service n/a", "Service n/b"));
  EXPECT_THAT(server.seen("services?watch=1&allowWatchBookmarks=true&resourceVersion=" + std::to_string(first)),
              SizeIs(1));
  EXPECT_THAT(server.seen(kListOfServices), SizeIs(1)) << "no list for it";
}

TEST_F(Watching, EventsThatComeTwiceAreTakenOnce) {
  start_and_sync();
  wait_for_watches(kServices, 1);
  all.changed.clear();
  const int first = version() + 1;
  const auto added = event("ADDED", "a", first, 80);
  const auto modified = event("MODIFIED", "a", first + 1, 81);
  next_watch({.chunks = {{added, added, modified, added, modified, event("ADDED", "end", first + 2)}}});
  world.put(kServices, service("a", 80));
  world.put(kServices, service("a", 81));
  world.put(kServices, service("end"));
  take_until([&] { return service_named("end") != nullptr; });
  EXPECT_EQ(service_named("a")->spec.ports.front().port, 81);
  EXPECT_EQ(counts(kServices).repeated, 3U);
}

TEST_F(Watching, ABookmarkIsWhereTheNextWatchBegins) {
  start_and_sync();
  wait_for_watches(kServices, 1);
  world.bookmark(kServices);
  take_until([&] { return counts(kServices).events[3] == 1; });
  server.end_watches();
  wait_for_watches(kServices, 2);
  EXPECT_THAT(server.seen(kWatchOfServices).back().line,
              HasSubstr("resourceVersion=" + std::to_string(world.version()) + "&"));
}

TEST_F(Watching, AWatchThatIsGarbageIsTriedAgainAndThenListedAnew) {
  start_and_sync();
  wait_for_watches(kServices, 1);
  for (const char* garbage :
       {"<html>", R"({"type":"ADDED","object":{}})", R"({"type":"ADDED","object":{"metadata"]}})"}) {
    server.fault({.request = kWatchOfServices, .chunks = {{garbage}}});
  }
  server.end_watches();
  take_until([&] { return counts(kServices).lists[kBroken] == 1; });
  world.put(kServices, service("a"));
  take_until([&] { return service_named("a") != nullptr; });
  take_until([&] { return trouble("services").empty(); });
}

TEST_F(Watching, WatchesThatEndAtOnceAreListedAnew) {
  start_and_sync();
  wait_for_watches(kServices, 1);
  for (int i = 0; i < 3; ++i) server.fault({.request = kWatchOfServices, .chunks = {{}}});
  server.end_watches();
  take_until([&] { return counts(kServices).lists[kBroken] == 1; });
}

TEST_F(Watching, AListThatIsGarbageChangesNothingAndIsNamed) {
  world.put(kServices, service("a"));
  start_and_sync();
  wait_for_watches(kServices, 1);
  all.changed.clear();
  server.stop();
  world.compact();
  for (const char* body : {"garbage", R"({"metadata":{"resourceVersion":"9"},"items":[{"metadata":{}}]})"}) {
    server.fault({.request = kListOfServices, .status = 200, .body = body});
  }
  server.start();
  take_until([&] { return counts(kServices).lists[kGone] == 1; });
  EXPECT_EQ(counts(kServices).errors[static_cast<std::size_t>(ApiErrorKind::kUnreadable)], 2U);
  EXPECT_THAT(changes_of_services(), IsEmpty());
}

TEST_F(Watching, AServerThatIsAwayLeavesEverythingAsItWasAndIsCaughtUpWith) {
  world.put(kServices, service("a"));
  world.put(kServices, service("b"));
  start_and_sync();
  wait_for_watches(kServices, 1);
  all.changed.clear();
  server.stop();
  // The watch that breaks is a trouble of its own; the one after it finds nobody.
  take_until([&] { return trouble("services").contains("Connection refused") && !trouble("discovery").empty(); });
  EXPECT_THAT(all.changed, IsEmpty());
  EXPECT_THAT(source->objects()->services, SizeIs(2));
  world.remove(kServices, "n", "a");
  world.put(kServices, service("c"));
  server.start();
  take_until([&] { return service_named("c") != nullptr && service_named("a") == nullptr; });
  take_until([&] { return all.troubles.empty(); });
  EXPECT_EQ(counts(kServices).lists[kGone], 0U) << "a watch from where it was is enough";
}

TEST_F(Watching, AServerThatIsSlowIsAskedAgain) {
  world.put(kServices, service("a"));
  auto timing = short_times();
  timing.client.request = std::chrono::milliseconds(100);
  server.fault({.request = kListOfServices, .delay = std::chrono::seconds(60)});
  start_and_sync(timing);
  EXPECT_THAT(server.seen(kListOfServices), SizeIs(2));
}

TEST_F(Watching, WhatIsForbiddenIsNamedAndTakenUpWhenItIsGranted) {
  for (int i = 0; i < 3; ++i) {
    server.fault({.request = kListOfServices,
                  .status = 403,
                  .body = R"({"kind":"Status","message":"services is forbidden: User \"x\" cannot list"})"});
  }
  auto timing = short_times();
  timing.backoff_first = timing.backoff_most = std::chrono::milliseconds(50);
  start(timing);
  take_until([&] { return !trouble("services").empty(); });
  EXPECT_EQ(trouble("services"), R"(403: services is forbidden: User "x" cannot list)");
  EXPECT_FALSE(all.is_synced);
  take_until([&] { return all.is_synced && trouble("services").empty(); });
}

TEST_F(Watching, SlicesAreSelectedByTheServer) {
  start_and_sync();
  const auto lists = server.seen("endpointslices?limit");
  ASSERT_THAT(lists, SizeIs(1));
  EXPECT_THAT(lists.front().line, HasSubstr("labelSelector=kubernetes.io%2Fservice-name"));
}

TEST_F(Watching, TheSourceMayEndAtAnyTime) {
  for (int i = 0; i < 40; ++i) world.put(kServices, service("s" + std::to_string(i)));
  for (int i = 0; i < 8; ++i) {
    if (i % 2 == 0) server.fault({.request = kListOfServices, .delay = std::chrono::milliseconds(200)});
    start();
    source->send(get({kServices, "n", "s1", ""}), [](const ApiAnswer&) {});
    std::this_thread::sleep_for(std::chrono::milliseconds(i * 3));
    source.reset();
  }
}

}  // namespace
}  // namespace sluice::kubernetes
