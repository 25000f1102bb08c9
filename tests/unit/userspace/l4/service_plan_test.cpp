#include "userspace/l4/service_plan.h"

#include <netinet/in.h>

#include "plan_builder.h"

namespace sluice::l4 {
namespace {

using model::v1::HTTP;
using model::v1::TCP;
using model::v1::UDP;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const ServiceId kTcp{ip("192.0.2.1"), 80, IPPROTO_TCP};

ServicePlan plan_of(const ModelBuilder& model, const ServiceId& id = kTcp) {
  ServicePlanner planner;
  (void)planner.update(model.store, {"frontend/web"});
  const auto plan = planner.find(id);
  EXPECT_NE(plan, nullptr);
  return plan == nullptr ? ServicePlan{} : *plan;
}

ModelBuilder web(const std::vector<std::pair<std::string, std::uint32_t>>& backends) {
  ModelBuilder model;
  model.frontend("web", {"192.0.2.1"}, 80, TCP).table("web", backends);
  return model;
}

/// The share of what is forwarded or refused, in percent.
double percent(const ServicePlan& plan, std::uint64_t weight) {
  std::uint64_t sum = plan.rejected;
  for (const auto& [target, share] : plan.shares) sum += share;
  return 100.0 * static_cast<double>(weight) / static_cast<double>(sum);
}

TEST(ServicePlan, AWeightIsSplitOverTheReadyEndpoints) {
  auto model = web({{"a", 70}, {"b", 30}});
  model.backend("a", {{"10.0.0.1"}, {"10.0.0.2"}, {"10.0.0.3"}}).backend("b", {{"10.0.0.9"}});
  const auto plan = plan_of(model);
  EXPECT_NEAR(percent(plan, plan.shares.at({ip("10.0.0.1"), 80})), 70.0 / 3, 1e-4);
  EXPECT_NEAR(percent(plan, plan.shares.at({ip("10.0.0.9"), 80})), 30, 1e-4);
  EXPECT_EQ(plan.rejected, 0U);
}

TEST(ServicePlan, AnInvalidOrEmptyBackendKeepsItsShareAsRefusals) {
  auto model = web({{"a", 50}, {"gone", 30}, {"empty", 20}});
  model.backend("a", {{"10.0.0.1"}}).invalid("gone").backend("empty", {});
  const auto plan = plan_of(model);
  EXPECT_NEAR(percent(plan, plan.rejected), 50, 1e-4);
}

TEST(ServicePlan, ADrainingEndpointKeepsFlowsAndGetsNone) {
  auto model = web({{"a", 1}});
  model.backend("a", {{"10.0.0.1", 80, false}, {"10.0.0.2"}});
  const auto plan = plan_of(model);
  EXPECT_THAT(plan.draining, ElementsAre(Target{ip("10.0.0.1"), 80}));
  EXPECT_EQ(plan.shares.size(), 1U);
  EXPECT_EQ(plan.rejected, 0U);
}

TEST(ServicePlan, WeightZeroKeepsItsFlowsToo) {
  auto model = web({{"a", 1}, {"b", 0}});
  model.backend("a", {{"10.0.0.1"}}).backend("b", {{"10.0.0.2"}});
  const auto plan = plan_of(model);
  EXPECT_THAT(plan.draining, ElementsAre(Target{ip("10.0.0.2"), 80}));
}

TEST(ServicePlan, AnEndpointOfTwoBackendsAddsTheirWeights) {
  auto model = web({{"a", 1}, {"b", 2}, {"c", 1}});
  model.backend("a", {{"10.0.0.1"}}).backend("b", {{"10.0.0.1"}}).backend("c", {{"10.0.0.2"}});
  const auto plan = plan_of(model);
  EXPECT_NEAR(percent(plan, plan.shares.at({ip("10.0.0.1"), 80})), 75, 1e-4);
}

/// Node "a" has 10.0.0.1 and 10.0.0.2 of backend a, none of b.
ModelBuilder spread() {
  auto model = web({{"a", 60}, {"b", 30}, {"gone", 10}});
  return model.backend("a", {{"10.0.0.1", 80, true, "a"}, {"10.0.0.2", 80, true, "a"}, {"10.0.0.3", 80, true, "b"}})
      .backend("b", {{"10.0.0.4", 80, true, "b"}, {"10.0.0.5"}})
      .invalid("gone")
      .prefer_local("web");
}

ServicePlan plan_at(const ModelBuilder& model, Home home, const ServiceId& id = kTcp) {
  ServicePlanner planner(std::move(home));
  (void)planner.update(model.store, {"frontend/web"});
  const auto plan = planner.find(id);
  return plan == nullptr ? ServicePlan{} : *plan;
}

TEST(ServicePlan, OwnEndpointsShareWhatTheirBackendGetsAndTheOthersKeepTheirFlows) {
  const auto plan = plan_at(spread(), {.node = "a", .addresses = {}});
  EXPECT_NEAR(percent(plan, plan.shares.at({ip("10.0.0.1"), 80})), 30, 1e-4);
  EXPECT_NEAR(percent(plan, plan.shares.at({ip("10.0.0.2"), 80})), 30, 1e-4);
  EXPECT_FALSE(plan.shares.contains({ip("10.0.0.3"), 80}));
  EXPECT_THAT(plan.draining, ElementsAre(Target{ip("10.0.0.3"), 80}));
}

TEST(ServicePlan, ABackendWithoutOwnEndpointsIsServedByAllOfThem) {
  const auto plan = plan_at(spread(), {.node = "a", .addresses = {}});
  EXPECT_NEAR(percent(plan, plan.shares.at({ip("10.0.0.4"), 80})), 15, 1e-4);
  EXPECT_NEAR(percent(plan, plan.shares.at({ip("10.0.0.5"), 80})), 15, 1e-4);
}

TEST(ServicePlan, WhatIsRefusedKeepsItsShareWhereOwnEndpointsGoFirst) {
  const auto plan = plan_at(spread(), {.node = "a", .addresses = {}});
  EXPECT_NEAR(percent(plan, plan.rejected), 10, 1e-4);
}

TEST(ServicePlan, AnOwnEndpointThatIsNotReadyGivesWayToTheOthers) {
  auto model = web({{"a", 1}});
  model.backend("a", {{"10.0.0.1", 80, false, "a"}, {"10.0.0.3", 80, true, "b"}}).prefer_local("web");
  const auto plan = plan_at(model, {.node = "a", .addresses = {}});
  EXPECT_TRUE(plan.shares.contains({ip("10.0.0.3"), 80}));
  EXPECT_THAT(plan.draining, ElementsAre(Target{ip("10.0.0.1"), 80}));
}

TEST(ServicePlan, OwnEndpointsOfAnotherFamilyDoNotGoFirst) {
  auto model = web({{"a", 1}});
  model.backend("a", {{"2001:db8::1", 80, true, "a"}, {"10.0.0.3", 80, true, "b"}}).prefer_local("web");
  const auto plan = plan_at(model, {.node = "a", .addresses = {}});
  EXPECT_EQ(plan.shares.size(), 1U);
  EXPECT_EQ(plan.rejected, 0U);
}

TEST(ServicePlan, AnOwnEndpointOfWeightZeroChangesNothingForTheOthers) {
  auto model = web({{"a", 0}, {"b", 1}});
  model.backend("a", {{"10.0.0.1", 80, true, "a"}}).backend("b", {{"10.0.0.4", 80, true, "b"}}).prefer_local("web");
  const auto plan = plan_at(model, {.node = "a", .addresses = {}});
  EXPECT_EQ(plan.shares.size(), 1U);
  EXPECT_TRUE(plan.shares.contains({ip("10.0.0.4"), 80}));
  EXPECT_THAT(plan.draining, ElementsAre(Target{ip("10.0.0.1"), 80}));
}

TEST(ServicePlan, WithoutThePreferenceAllEndpointsShare) {
  auto model = spread();
  EXPECT_EQ(plan_at(model, {}).shares.size(), 5U) << "a node without a name has no endpoint";
  EXPECT_EQ(plan_at(model, {.node = "c", .addresses = {}}).shares.size(), 5U);
  model.prefer_local("web", false);
  EXPECT_EQ(plan_at(model, {.node = "a", .addresses = {}}).shares.size(), 5U);
}

/// The kernel cannot forward to an address of the host itself: preferring it would refuse what others could serve.
TEST(ServicePlanner, AnEndpointOnAnAddressOfTheNodeItselfDoesNotGoFirstForTheKernel) {
  auto model = web({{"a", 1}});
  model.backend("a", {{"192.168.0.1", 80, true, "a"}, {"10.0.0.3", 80, true, "b"}}).prefer_local("web");
  model.frontend("plain", {"192.0.2.2"}, 80, TCP);
  ServicePlanner planner({.node = "a", .addresses = {}});
  (void)planner.update(model.store, {"frontend/web", "frontend/plain"});
  EXPECT_EQ(planner.find(kTcp)->shares.size(), 1U);
  const auto again = planner.set_addresses({ip("192.168.0.1")});
  EXPECT_THAT(again, ElementsAre("frontend/web")) << "only those that prefer anything";
  EXPECT_THAT(planner.update(model.store, again), ElementsAre(kTcp));
  EXPECT_EQ(planner.find(kTcp)->shares.size(), 2U);
  EXPECT_THAT(planner.set_addresses({ip("192.168.0.1")}), IsEmpty()) << "nothing changed";
  model.remove("frontend/web");
  (void)planner.update(model.store, {"frontend/web"});
  EXPECT_THAT(planner.set_addresses({}), IsEmpty()) << "a frontend that is gone prefers nothing";
}

TEST(ServicePlan, EndpointsOfTheOtherFamilyAreRefusedByName) {
  ModelBuilder model;
  model.frontend("web", {"192.0.2.1", "2001:db8::1"}, 80, TCP).table("web", {{"a", 1}}).backend("a", {{"10.0.0.1"}});
  ServicePlanner planner;
  (void)planner.update(model.store, {"frontend/web"});
  EXPECT_GT(planner.find({ip("2001:db8::1"), 80, IPPROTO_TCP})->rejected, 0U);
  EXPECT_EQ(planner.find(kTcp)->rejected, 0U);
  EXPECT_THAT(planner.refusals().at("frontend/web"), HasSubstr("tcp/[2001:db8::1]:80"));
}

TEST(ServicePlan, TcpAndUdpOnOnePortAreTwoServices) {
  ModelBuilder model;
  model.frontend("web", {"192.0.2.1"}, 53, TCP).frontend("dns", {"192.0.2.1"}, 53, UDP);
  ServicePlanner planner;
  (void)planner.update(model.store, {"frontend/web", "frontend/dns"});
  EXPECT_EQ(planner.services().size(), 2U);
  EXPECT_THAT(planner.refusals(), IsEmpty());
}

TEST(ServicePlan, AnHttpListenerIsTheEngines) {
  ModelBuilder model;
  model.frontend("web", {"192.0.2.1"}, 80, HTTP).frontend("other", {"192.0.2.1"}, 80, HTTP);
  ServicePlanner planner;
  (void)planner.update(model.store, {"frontend/web", "frontend/other"});
  EXPECT_TRUE(planner.find(kTcp)->local);
  EXPECT_THAT(planner.refusals(), IsEmpty()) << "they share the port by hostname";
}

TEST(ServicePlanner, OfTwoFrontendsOnOneServiceTheOtherIsRefused) {
  ModelBuilder model;
  model.frontend("a", {"192.0.2.1"}, 80, TCP).frontend("b", {"192.0.2.1"}, 80, TCP);
  ServicePlanner planner;
  (void)planner.update(model.store, {"frontend/b", "frontend/a"});
  EXPECT_EQ(planner.find(kTcp)->frontend, "frontend/a");
  EXPECT_THAT(planner.refusals().at("frontend/b"), HasSubstr("frontend/a"));
  model.remove("frontend/a");
  EXPECT_THAT(planner.update(model.store, {"frontend/a"}), ElementsAre(kTcp));
  EXPECT_EQ(planner.find(kTcp)->frontend, "frontend/b");
}

TEST(ServicePlanner, AChangedEndpointTouchesOnlyItsServices) {
  auto model = web({{"a", 1}});
  model.backend("a", {{"10.0.0.1"}}).frontend("other", {"192.0.2.1"}, 81, TCP).table("other", {{"b", 1}});
  ServicePlanner planner;
  (void)planner.update(model.store, {"frontend/web", "frontend/other"});
  model.endpoints("a", {{"10.0.0.2"}});
  EXPECT_THAT(planner.update(model.store, model.store.frontends_of({"endpoints/a"})), ElementsAre(kTcp));
  EXPECT_TRUE(planner.find(kTcp)->shares.contains({ip("10.0.0.2"), 80}));
}

TEST(ServicePlanner, AMovedPortTouchesTheOldServiceAndTheNew) {
  auto model = web({});
  ServicePlanner planner;
  (void)planner.update(model.store, {"frontend/web"});
  model.frontend("web", {"192.0.2.1"}, 81, TCP);
  EXPECT_EQ(planner.update(model.store, {"frontend/web"}).size(), 2U);
  EXPECT_EQ(planner.find(kTcp), nullptr);
}

}  // namespace
}  // namespace sluice::l4
