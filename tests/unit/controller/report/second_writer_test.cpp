// Two controllers that write to the same route and policy, over a source and a server as they are: ours and one that
// adds, takes out and reorders its own entries in read-modify-write cycles of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <boost/json.hpp>
#include <random>

#include "controller/report/status_writer.h"
#include "tests/unit/controller/source/kubernetes/source_fixture.h"

namespace sluice::report {
namespace {

namespace json = boost::json;
using kubernetes::kHttpRoutes;
using kubernetes::Resource;
using kubernetes::ResourcePath;
using testing::ElementsAreArray;

const Resource kPolicies{"gateway.networking.k8s.io", "v1", "backendtlspolicies"};
const api::ObjectRef kRoute{"HTTPRoute", "n", "cart"};
const api::ObjectRef kPolicy{"BackendTLSPolicy", "n", "tls"};
constexpr int kRounds = 150;

/// A shared list in a status.
struct List {
  api::ObjectRef object;
  ResourcePath path;
  std::string name, key;
};
const List kParents{kRoute, {kHttpRoutes, "n", "cart", ""}, "parents", "parentRef"};
const List kAncestors{kPolicy, {kPolicies, "n", "tls", ""}, "ancestors", "ancestorRef"};

json::object entry(const List& list, std::string_view controller, int number) {
  return {
      {list.key, {{"group", "gateway.networking.k8s.io"}, {"kind", "Gateway"}, {"name", "g" + std::to_string(number)}}},
      {"controllerName", controller},
      {"conditions", json::array{{{"type", "Accepted"},
                                  {"status", number % 2 == 0 ? "True" : "False"},
                                  {"reason", "R"},
                                  {"message", "m" + std::to_string(number)},
                                  {"observedGeneration", 1},
                                  {"lastTransitionTime", "2026-01-01T00:00:00Z"}}}}};
}

/// The other controller: what it believes to have written, in order.
class Other {
 public:
  Other(kubernetes::FakeWorld& world, const List& list, unsigned seed) : world_(world), list_(list), random_(seed) {}

  void write(int number) {
    if (entries_.size() < 10) entries_.push_back(entry(list_, "example.com/other", number));
    if (number % 3 == 0) std::ranges::shuffle(entries_, random_);
    if (number % 7 == 0) entries_.erase(entries_.begin());
    world_.edit(list_.path, [&](json::object& object) {
      json::array now;
      const json::object status = object.contains("status") ? object["status"].as_object() : json::object();
      const json::array before = status.contains(list_.name) ? status.at(list_.name).as_array() : json::array();
      const auto at = before.empty() ? 0U : random_() % (before.size() + 1);
      for (std::size_t i = 0; i < before.size(); ++i) {
        if (i == at) add_mine(now);
        if (before[i].at("controllerName") != "example.com/other") now.push_back(before[i]);
      }
      if (at >= before.size()) add_mine(now);
      object["status"] = {{list_.name, now}};
    });
  }

  /// What is there of it is what it wrote last, in its order.
  void expect_intact() const {
    const auto object = json::parse(*world_.get(list_.path)).as_object();
    std::vector<std::string> there, mine;
    for (const auto& item : object.at("status").at(list_.name).as_array()) {
      if (item.at("controllerName") == "example.com/other") there.push_back(json::serialize(item));
    }
    for (const auto& item : entries_) mine.push_back(json::serialize(item));
    EXPECT_THAT(there, ElementsAreArray(mine));
  }

 private:
  void add_mine(json::array& to) const {
    for (const auto& item : entries_) to.push_back(item);
  }

  kubernetes::FakeWorld& world_;
  const List& list_;
  std::minstd_rand random_;
  std::vector<json::object> entries_;
};

class SecondWriter : public kubernetes::SourceTest {
 protected:
  SecondWriter() {
    world.serve(kPolicies, "BackendTLSPolicy");
    world.put(kubernetes::kCrds, kubernetes::crd(kPolicies));
    world.put(kHttpRoutes, R"({"metadata":{"namespace":"n","name":"cart","generation":1},"spec":{}})");
    world.put(kPolicies, R"({"metadata":{"namespace":"n","name":"tls","generation":1},"spec":{
      "targetRefs":[{"group":"","kind":"Service","name":"a"}],
      "validation":{"hostname":"a.example","wellKnownCACertificates":"System"}}})");
    start_and_sync();
    writer.emplace(api_server_of(*source), WriterLimits{.writes_per_second = 10'000, .burst = 10'000});
    writer->lead(true);
  }
  ~SecondWriter() override { writer.reset(); }

  void want(const List& list, int number) {
    wanted[list.name] = json::object{{list.name, json::array{entry(list, "sluice.dev/gateway-controller", 0),
                                                             entry(list, "sluice.dev/gateway-controller", number)}}};
    writer->want(list.object, wanted[list.name]);
  }
  /// What a controller's loop does with the source.
  void turn(int wait_ms) {
    pollfd ready{source->fd(), POLLIN, 0};
    ::poll(&ready, 1, wait_ms);
    const auto batch = source->take();
    writer->recorded(batch.recorded);
    writer->run(std::chrono::steady_clock::now(), "2026-03-01T00:00:00Z");
  }
  bool is_written(const List& list) {
    const auto object = json::parse(*world.get(list.path)).as_object();
    json::array ours;
    for (const auto& item : object.at("status").at(list.name).as_array()) {
      if (item.at("controllerName") == "sluice.dev/gateway-controller") ours.push_back(item.at(list.key));
    }
    json::array refs;
    for (const auto& item : wanted[list.name].at(list.name).as_array()) refs.push_back(item.at(list.key));
    return ours == refs;
  }

  std::optional<StatusWriter> writer;
  std::map<std::string, json::object> wanted;
};

TEST_F(SecondWriter, AndOursLoseNothingOfEachOther) {
  Other on_route(world, kParents, 1), on_policy(world, kAncestors, 2);
  for (int round = 1; round <= kRounds; ++round) {
    on_route.write(round);
    on_policy.write(round);
    want(kParents, round);
    want(kAncestors, round);
    turn(round % 4);
    if (round % 5 == 0) on_route.write(round);  // between our read and our write
    turn(0);
    on_route.expect_intact();
    on_policy.expect_intact();
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (writer->pending() > 0 || !is_written(kParents) || !is_written(kAncestors)) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << *world.get(kParents.path);
    turn(5);
  }
  on_route.expect_intact();
  on_policy.expect_intact();
  const auto version = world.version();
  for (int i = 0; i < 10; ++i) turn(1);
  EXPECT_EQ(world.version(), version) << "nothing differs, nothing is written";
}

}  // namespace
}  // namespace sluice::report
