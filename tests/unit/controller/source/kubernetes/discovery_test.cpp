// A kind is watched while it is served, in the best version that is, whatever comes and goes.
#include <algorithm>

#include "tests/unit/controller/source/kubernetes/source_fixture.h"

namespace sluice::kubernetes {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

const Resource kTcpRoutesAlpha{"gateway.networking.k8s.io", "v1alpha2", "tcproutes"};
const Resource kTcpRoutes{"gateway.networking.k8s.io", "v1", "tcproutes"};

std::string tcp_route(const std::string& name, int port = 5432) {
  return R"({"apiVersion":"gateway.networking.k8s.io/v1","kind":"TCPRoute","metadata":{"namespace":"n","name":")" +
         name + R"("},"spec":{"parentRefs":[{"name":"main"}],"rules":[{"backendRefs":[{"name":"db","port":)" +
         std::to_string(port) + "}]}]}}";
}

class DiscoveryTest : public SourceTest {
 protected:
  bool has_tcp_route(const std::string& name) const { return source->objects()->tcp_routes.contains({"n", name}); }
};

TEST_F(DiscoveryTest, OnlyWhatIsServedIsAskedFor) {
  start_and_sync();
  EXPECT_THAT(server.seen("tcproutes"), IsEmpty());
  EXPECT_THAT(server.seen("GET /apis/gateway.networking.k8s.io/v1/gateways?limit"), SizeIs(1));
  EXPECT_THAT(all.troubles, IsEmpty());
  EXPECT_EQ(source->path_of({"TCPRoute", "n", "db"}), std::nullopt);
  EXPECT_EQ(to_path(*source->path_of({"Gateway", "n", "main"})),
            "/apis/gateway.networking.k8s.io/v1/namespaces/n/gateways/main");
}

TEST_F(DiscoveryTest, WithoutAnyCrdTheCoreKindsAloneAreTheWorld) {
  for (const auto& resource : {kGateways, kHttpRoutes}) {
    world.unserve(resource);
    world.remove(kCrds, "", to_string(resource));
  }
  world.put(kServices, service("a"));
  start_and_sync();
  EXPECT_NE(service_named("a"), nullptr);
  EXPECT_THAT(source->crds(), IsEmpty());
}

TEST_F(DiscoveryTest, ACrdThatIsInstalledLaterNeedsNoRestart) {
  auto timing = short_times();
  timing.discovery_period = std::chrono::hours(1);  // the CRD's event alone
  start_and_sync(timing);
  world.put(kCrds, crd(kTcpRoutes));
  std::this_thread::sleep_for(std::chrono::milliseconds(20));  // established a while later
  world.put(kTcpRoutes, tcp_route("db"));
  world.serve(kTcpRoutes, "TCPRoute");
  take_until([&] { return has_tcp_route("db"); });
  EXPECT_EQ(source->crds().at("tcproutes.gateway.networking.k8s.io"), (Crd{"v1.7.0", "standard"}));
}

TEST_F(DiscoveryTest, WithoutSightOfCrdsThePeriodicLookFindsIt) {
  for (int i = 0; i < 1000; ++i) server.fault({.request = "customresourcedefinitions", .status = 403});
  start_and_sync();
  take_until([&] { return !trouble("customresourcedefinitions.apiextensions.k8s.io").empty(); });
  world.put(kTcpRoutes, tcp_route("db"));
  world.serve(kTcpRoutes, "TCPRoute");
  take_until([&] { return has_tcp_route("db"); });
}

TEST_F(DiscoveryTest, TheFirstWorldWaitsForAKindWhoseCrdIsThere) {
  world.put(kCrds, crd(kTcpRoutes));
  world.put(kTcpRoutes, tcp_route("db"));
  auto timing = short_times();
  timing.crd_grace = std::chrono::hours(1);
  start(timing);
  take_until([&] { return counts(kCrds).watches > 0 && counts(kGateways).watches > 0; });
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_FALSE(source->take().is_synced) << "an API server that starts: a world without routes would be a wrong one";
  world.serve(kTcpRoutes, "TCPRoute");
  take_until([&] { return all.is_synced; });
  EXPECT_TRUE(has_tcp_route("db"));
}

TEST_F(DiscoveryTest, ButNotForEver) {
  world.put(kCrds, crd(kTcpRoutes));
  start_and_sync();
  EXPECT_THAT(source->objects()->tcp_routes, IsEmpty());
}

TEST_F(DiscoveryTest, AShortAbsenceOfAKindRemovesNothing) {
  world.put(kGateways, gateway("main"));
  auto timing = short_times();
  timing.unserved = std::chrono::hours(1);
  start_and_sync(timing);
  wait_for_watches(kGateways, 1);
  all.changed.clear();
  world.unserve(kGateways);
  take_until([&] {
    return HasSubstr("404").operator testing::Matcher<std::string>().Matches(
        trouble("gateways.gateway.networking.k8s.io"));
  });
  world.serve(kGateways, "Gateway");
  take_until([&] { return all.troubles.empty(); });
  world.put(kGateways, gateway("second"));
  take_until([&] { return gateway_named("second") != nullptr; });
  EXPECT_NE(gateway_named("main"), nullptr);
  EXPECT_THAT(all.changed, Not(Contains("Gateway n/main")));
}

TEST_F(DiscoveryTest, AKindThatIsGoneForGoodTakesItsObjectsAlong) {
  world.put(kGateways, gateway("main"));
  start_and_sync();
  ASSERT_NE(gateway_named("main"), nullptr);
  all = {};
  world.remove(kCrds, "", to_string(kGateways));
  world.unserve(kGateways);
  take_until([&] { return gateway_named("main") == nullptr; });
  take_until([&] { return all.troubles.empty() && !source->path_of({"Gateway", "n", "main"}); });
  EXPECT_THAT(all.changed, Contains("Gateway n/main").Times(1));
  EXPECT_EQ(source->record({"Gateway", "n", "main"}), nullptr);
  world.serve(kGateways, "Gateway");
  take_until([&] { return gateway_named("main") != nullptr; });
}

TEST_F(DiscoveryTest, AKindOfKubernetesOrWithACrdStaysWhoeverSaysThatItIsNotServed) {
  world.put(kGateways, gateway("main"));
  world.put(kServices, service("a"));
  auto timing = short_times();
  timing.unserved = std::chrono::milliseconds(0);
  start_and_sync(timing);
  all.changed.clear();
  world.unserve(kGateways);
  world.unserve(kServices);
  take_until([&] { return !source->path_of({"Gateway", "n", "main"}) && !source->path_of({"Service", "n", "a"}); });
  const auto looks = [&] { return std::ranges::count(server.seen("GET /api/v1"), "GET /api/v1", &Seen::line); };
  const auto before = looks();
  take_until([&] { return looks() >= before + 3; });
  EXPECT_THAT(all.changed, IsEmpty());
  EXPECT_NE(gateway_named("main"), nullptr);
  EXPECT_NE(service_named("a"), nullptr);
  world.serve(kServices, "Service");
  world.put(kServices, service("b"));
  take_until([&] { return service_named("b") != nullptr; });
}

TEST_F(DiscoveryTest, AnOlderVersionIsReadUntilABetterOneIsServed) {
  world.put(kTcpRoutesAlpha, tcp_route("db"));
  world.serve(kTcpRoutesAlpha, "TCPRoute");
  start_and_sync();
  EXPECT_TRUE(has_tcp_route("db"));
  EXPECT_EQ(source->path_of({"TCPRoute", "n", "db"})->resource, kTcpRoutesAlpha);
  const auto before = source->objects()->tcp_routes.at({"n", "db"});
  world.serve(kTcpRoutes, "TCPRoute");
  take_until([&] { return source->path_of({"TCPRoute", "n", "db"})->resource == kTcpRoutes; });
  world.unserve(kTcpRoutesAlpha);
  world.put(kTcpRoutes, tcp_route("second"));
  take_until([&] { return has_tcp_route("second"); });
  EXPECT_EQ(source->objects()->tcp_routes.at({"n", "db"}), before) << "the same object, read anew";
}

TEST_F(DiscoveryTest, AnErrorOfDiscoveryIsNoAnswer) {
  world.put(kGateways, gateway("main"));
  auto timing = short_times();
  timing.unserved = std::chrono::milliseconds(0);
  start_and_sync(timing);
  all = {};
  for (int i = 0; i < 5; ++i) server.fault({.request = "GET /apis/gateway.networking.k8s.io", .status = 503});
  for (const char* body : {"", "{}", R"({"versions":{}})"}) {
    server.fault({.request = "GET /apis/gateway.networking.k8s.io", .status = 200, .body = body});
  }
  take_until([&] { return server.faults_left() == 0 && trouble("discovery").empty(); });
  EXPECT_NE(gateway_named("main"), nullptr);
  EXPECT_THAT(all.changed, IsEmpty());
}

}  // namespace
}  // namespace sluice::kubernetes
