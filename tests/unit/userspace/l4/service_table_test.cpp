#include "userspace/l4/service_table.h"

#include <netinet/in.h>

#include "plan_builder.h"

namespace sluice::l4 {
namespace {

using model::v1::HTTP;
using model::v1::TCP;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const ServiceId kWeb{ip("192.0.2.1"), 80, IPPROTO_TCP};
constexpr std::uint32_t kDrain = 60;

/// The kernel's memory, and a process that writes it.
struct ServiceTableTest : testing::Test {
  std::vector<service> services = std::vector<service>(8);
  std::vector<backend> entries = std::vector<backend>(16);
  std::vector<std::uint32_t> slots = std::vector<std::uint32_t>(4000);
  std::map<ServiceId, std::uint32_t> ids;
  std::map<std::uint32_t, std::string> retired;

  struct Process {
    explicit Process(ServiceTableTest& memory)
        : backends(memory.entries, [](const Target&) { return BackendSource{0, 1, {}}; }),
          rings(memory.slots),
          table(memory.services,
                {[&memory](const service_key& key, std::uint32_t id) {
                   memory.ids[from_key(key)] = id;
                   return true;
                 },
                 [&memory](const service_key& key) { memory.ids.erase(from_key(key)); },
                 [&memory](std::uint32_t id, const std::string& route) { memory.retired[id] = route; }},
                backends, rings) {}
    BackendTable backends;
    RingTable rings;
    ServiceTable table;
    ServicePlanner planner;
  };
  std::unique_ptr<Process> process = std::make_unique<Process>(*this);
  ModelBuilder model;
  ServiceTable::Now now{{}, 1000, kDrain};

  bool apply(const std::set<std::string>& frontends = {"frontend/web"}) {
    auto touched = process->planner.update(model.store, frontends);
    touched.merge(process->table.in_force());
    return process->table.update(touched, [&](const ServiceId& id) { return process->planner.find(id); }, now);
  }
  const service& web() { return services.at(ids.at(kWeb)); }
  void serve(const std::vector<std::pair<std::string, std::uint32_t>>& backends) {
    model.frontend("web", {"192.0.2.1"}, 80, TCP).table("web", backends);
  }
};

TEST_F(ServiceTableTest, AServiceOfOneBackendNamesItDirectly) {
  serve({{"a", 1}});
  model.backend("a", {{"10.0.0.1"}});
  EXPECT_FALSE(apply());
  EXPECT_EQ(web().ring.slots, 0U);
  EXPECT_EQ(web().ring.offset, process->backends.index({ip("10.0.0.1"), 80}));
  EXPECT_EQ(web().state, SERVICE_SERVING);
}

TEST_F(ServiceTableTest, ZeroEndpointsAndAllWeightsZeroReject) {
  serve({{"a", 1}});
  model.backend("a", {});
  (void)apply();
  EXPECT_EQ(web().ring.offset, 0U);
  EXPECT_EQ(web().ring.slots, 0U);
  model.backend("a", {{"10.0.0.1"}}).table("web", {{"a", 0}});
  (void)apply();
  EXPECT_EQ(web().ring.offset, 0U);
  EXPECT_EQ(web().ring.slots, 0U);
}

TEST_F(ServiceTableTest, AChangeKeepsTheFormerRingForHalfOpenFlows) {
  serve({{"a", 1}});
  model.backend("a", {{"10.0.0.1"}, {"10.0.0.2"}});
  (void)apply();
  const auto former = web().ring;
  EXPECT_EQ(former.slots, 251U);
  model.endpoints("a", {{"10.0.0.1"}, {"10.0.0.2"}, {"10.0.0.3"}});
  EXPECT_FALSE(apply()) << "nothing was removed";
  EXPECT_EQ(web().previous.offset, former.offset);
  EXPECT_NE(web().ring.offset, former.offset);
  EXPECT_EQ(web().epoch, 1U);
}

TEST_F(ServiceTableTest, ARemovedEndpointIsMarkedAndTheGenerationMoves) {
  serve({{"a", 1}});
  model.backend("a", {{"10.0.0.1"}, {"10.0.0.2"}});
  (void)apply();
  const auto index = process->backends.index({ip("10.0.0.2"), 80});
  model.endpoints("a", {{"10.0.0.1"}});
  EXPECT_TRUE(apply());
  EXPECT_EQ(entries[index].state, BACKEND_REMOVED);
}

TEST_F(ServiceTableTest, ADrainingEndpointIsNotRemoved) {
  serve({{"a", 1}});
  model.backend("a", {{"10.0.0.1"}, {"10.0.0.2"}});
  (void)apply();
  const auto index = process->backends.index({ip("10.0.0.2"), 80});
  model.endpoints("a", {{"10.0.0.1"}, {"10.0.0.2", 80, false}});
  (void)apply();
  EXPECT_EQ(entries[index].state, BACKEND_DRAINING);
  EXPECT_EQ(web().ring.slots, 0U) << "one backend is left";
}

TEST_F(ServiceTableTest, AnEndpointThatLeavesOneServiceOfTwoHasDepartedThere) {
  serve({{"a", 1}});
  model.backend("a", {{"10.0.0.1"}}).backend("b", {{"10.0.0.2"}});
  model.frontend("other", {"192.0.2.1"}, 81, TCP).table("other", {{"a", 1}});
  (void)apply({"frontend/web", "frontend/other"});
  const auto index = process->backends.index({ip("10.0.0.1"), 80});
  const Departure flow{ids.at(kWeb), index};
  EXPECT_FALSE(process->table.departed(flow, 1000));
  model.table("web", {{"b", 1}});
  (void)apply();
  EXPECT_EQ(entries[index].state, BACKEND_READY) << "the other service has it";
  EXPECT_EQ(process->table.departed(flow, 1005), 1005U);
  EXPECT_EQ(process->table.departed(flow, 1009), 1005U) << "counted from the first time";
  model.table("web", {{"a", 1}});
  (void)apply();
  EXPECT_FALSE(process->table.departed(flow, 1010));
}

TEST_F(ServiceTableTest, ARemovedServiceRestsAndComesBackAsItself) {
  serve({{"a", 1}});
  model.backend("a", {{"10.0.0.1"}});
  (void)apply();
  const auto id = ids.at(kWeb);
  model.remove("frontend/web");
  EXPECT_TRUE(apply());
  EXPECT_THAT(ids, IsEmpty());
  EXPECT_EQ(services[id].state, SERVICE_REMOVED);
  EXPECT_EQ(services[id].removed_at, 1000U);
  serve({{"a", 1}});
  now.jiffies += kDrain;
  process->table.tick(now);
  (void)apply();
  EXPECT_EQ(ids.at(kWeb), id);
  EXPECT_EQ(services[id].epoch, 1U);
  EXPECT_EQ(services[id].state, SERVICE_SERVING);
}

TEST_F(ServiceTableTest, TheVipOfARemovedServiceIsKeptForItsFlows) {
  serve({});
  (void)apply();
  model.remove("frontend/web");
  (void)apply();
  EXPECT_THAT(process->table.vips(), IsEmpty());
  EXPECT_THAT(process->table.draining_vips(), ElementsAre(ip("192.0.2.1")));
  now.jiffies += kDrain + 1;
  process->table.tick(now);
  EXPECT_THAT(process->table.draining_vips(), IsEmpty());
}

TEST_F(ServiceTableTest, TheRingOfARemovedServiceIsCountedNoLongerThanItRests) {
  serve({{"a", 1}, {"b", 1}});
  model.backend("a", {{"10.0.0.1"}}).backend("b", {{"10.0.0.2"}});
  (void)apply();
  EXPECT_EQ(process->rings.used_slots(), 251U);
  model.remove("frontend/web");
  (void)apply();
  EXPECT_EQ(process->rings.used_slots(), 251U);
  now.steady += RingPool::kRest;
  process->table.tick(now);
  EXPECT_EQ(process->rings.used_slots(), 0U);
}

TEST_F(ServiceTableTest, AnIdUsedAgainHasAnotherEpoch) {
  serve({});
  (void)apply();
  const auto id = ids.at(kWeb);
  model.remove("frontend/web");
  (void)apply();
  now.jiffies += kDrain + 1;
  process->table.tick(now);
  EXPECT_EQ(services[id].state, SERVICE_FREE);
  EXPECT_EQ(retired.at(id), "TCPRoute/shop/web");
  model.frontend("other", {"192.0.2.1"}, 81, TCP);
  (void)apply({"frontend/other"});
  EXPECT_EQ(ids.begin()->second, id);
  EXPECT_EQ(services[id].epoch, 2U);
}

TEST_F(ServiceTableTest, AnEngineListenerIsFlaggedAndHasNoRing) {
  model.frontend("web", {"192.0.2.1"}, 80, HTTP);
  (void)apply();
  EXPECT_EQ(web().flags, SERVICE_LOCAL);
  EXPECT_EQ(web().ring.slots, 0U);
}

TEST_F(ServiceTableTest, ARestartChangesNothingThatIsAsThePlanHasIt) {
  serve({{"a", 7}, {"b", 3}});
  model.backend("a", {{"10.0.0.1"}, {"10.0.0.2"}}).backend("b", {{"10.0.0.3"}});
  (void)apply();
  const auto before_services = services;
  const auto before_slots = slots;
  const auto before_entries = entries;
  process = std::make_unique<Process>(*this);
  process->backends.adopt();
  process->table.adopt(ids);
  EXPECT_FALSE(apply());
  EXPECT_EQ(0, std::memcmp(services.data(), before_services.data(), services.size() * sizeof(service)));
  EXPECT_EQ(0, std::memcmp(entries.data(), before_entries.data(), entries.size() * sizeof(backend)));
  EXPECT_EQ(slots, before_slots);
}

TEST_F(ServiceTableTest, WhatARestartFindsBeyondTheModelGoes) {
  serve({{"a", 1}});
  model.backend("a", {{"10.0.0.1"}});
  model.frontend("old", {"192.0.2.9"}, 80, TCP).table("old", {{"b", 1}}).backend("b", {{"10.0.0.5"}});
  (void)apply({"frontend/web", "frontend/old"});
  model.remove("frontend/old");
  process = std::make_unique<Process>(*this);
  process->backends.adopt();
  process->table.adopt(ids);
  EXPECT_TRUE(apply());
  EXPECT_THAT(process->table.in_force(), ElementsAre(kWeb));
  EXPECT_THAT(process->table.vips(), ElementsAre(ip("192.0.2.1")));
  EXPECT_EQ(entries[2].state, BACKEND_REMOVED);
}

TEST_F(ServiceTableTest, WhenIdsRunOutTheServiceIsRefusedByName) {
  std::set<std::string> names;
  for (std::uint32_t i = 0; i < 8; ++i) {
    model.frontend("f" + std::to_string(i), {"192.0.2.1"}, 100 + i, TCP);
    names.insert("frontend/f" + std::to_string(i));
  }
  (void)apply(names);
  EXPECT_EQ(ids.size(), 7U);
  ASSERT_EQ(process->table.refusals().size(), 1U);
  EXPECT_THAT(process->table.refusals().begin()->second, HasSubstr("service entries are in use"));
}

}  // namespace
}  // namespace sluice::l4
