#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "controller/attach/attach.h"
#include "controller/source/directory.h"
#include "tests/unit/controller/attach/every_object.h"
#include "tests/unit/controller/attach/graph_equal.h"
#include "tests/unit/controller/attach/random_edits.h"

namespace sluice::attach {
namespace {

const AttachOptions kOptions{.default_addresses = {"192.0.2.1"}};

/// What a reader of deltas must hear of: every difference between two graphs.
void expect_named(const Graph& before, const Graph& after, const GraphDelta& delta) {
  for (const auto& [ref, route] : after.routes) {
    const auto known = before.routes.find(ref);
    const bool same = known != before.routes.end() && known->second.route == route.route &&
                      known->second.rules == route.rules && known->second.parents == route.parents;
    EXPECT_TRUE(same || delta.status.contains(ref)) << to_string(ref);
    const bool traffic = known != before.routes.end() && known->second.rules == route.rules &&
                         known->second.route == route.route &&
                         std::ranges::equal(known->second.parents, route.parents, {}, &ParentResult::listeners,
                                            &ParentResult::listeners);
    EXPECT_EQ(traffic, !delta.routes.contains(ref)) << to_string(ref);
  }
  for (const auto& [ref, route] : before.routes) {
    EXPECT_TRUE(after.routes.contains(ref) || delta.routes.contains(ref)) << to_string(ref);
  }
  for (const auto& [id, listener] : after.listeners) {
    const auto known = before.listeners.find(id);
    const bool there = known != before.listeners.end();
    EXPECT_TRUE((there && known->second.serves == listener.serves && known->second.listener == listener.listener &&
                 known->second.certificates == listener.certificates) ||
                delta.listeners.contains(id))
        << id.name;
    EXPECT_TRUE((there && known->second.conditions == listener.conditions &&
                 known->second.attached_routes == listener.attached_routes) ||
                delta.status.contains(id.owner))
        << id.name;
  }
  for (const auto& [id, listener] : before.listeners) {
    EXPECT_TRUE(after.listeners.contains(id) || delta.listeners.contains(id)) << id.name;
  }
  for (const auto& [name, gateway] : after.gateways) {
    const auto known = before.gateways.find(name);
    EXPECT_TRUE((known != before.gateways.end() && known->second.conditions == gateway.conditions &&
                 known->second.attached_listener_sets == gateway.attached_listener_sets) ||
                delta.status.contains(gateway.ref))
        << to_string(gateway.ref);
  }
}

class RandomWorld : public testing::Test {
 protected:
  void SetUp() override {
    const std::string cases = std::string(SLUICE_SOURCE_DIR) + "/tests/unit/controller/attach/cases/";
    const auto loaded =
        source::load(cases + "frontend-validation-valid-ca-unsupported-value.in.yaml", api::Channel::kExperimental);
    ASSERT_TRUE(loaded.objects);
    secret_ = *loaded.objects->secrets.at({"edge", "tls"});
    ca_ = *loaded.objects->config_maps.at({"edge", "ca"});
  }

  api::Secret secret_;
  api::ConfigMap ca_;
};

TEST_F(RandomWorld, AfterEachEditTheGraphEqualsAFreshOne) {
  RandomEdits edits(20261124, secret_, ca_);
  api::ObjectSet objects;
  Attacher attacher(kOptions);
  for (int i = 0; i < 10'000; ++i) {
    const auto changed = edits.edit(objects);
    attacher.update(objects, changed);
    Attacher fresh(kOptions);
    fresh.update(objects, every_object(objects));
    ASSERT_EQ(difference(attacher.graph(), fresh.graph()), "") << "after edit " << i;
  }
}

TEST_F(RandomWorld, GrantsThatComeAndGoEndInTheGraphThatAFreshOneMakes) {
  RandomEdits edits(11, secret_, ca_);
  std::minstd_rand random(3);
  api::ObjectSet objects;
  AttachOptions options{.grants = Grants{}};
  Attacher attacher(options);
  for (int i = 0; i < 2'000; ++i) {
    const auto changed = edits.edit(objects);
    for (const auto& [name, gateway] : objects.gateways) {
      if (random() % 4 != 0) continue;
      Grant grant;
      for (unsigned n = random() % 3; n > 0; --n) grant.addresses.push_back("10.0.0." + std::to_string(n));
      std::ranges::sort(grant.addresses);
      if (grant.addresses.empty()) grant.missing[0] = "no address is free";
      (*options.grants)[name] = grant;
    }
    attacher.set_grants(*options.grants);
    attacher.update(objects, changed);
    Attacher fresh(options);
    fresh.update(objects, every_object(objects));
    ASSERT_EQ(difference(attacher.graph(), fresh.graph()), "") << "after edit " << i;
  }
}

TEST_F(RandomWorld, EachDifferenceIsInTheDelta) {
  RandomEdits edits(7, secret_, ca_);
  api::ObjectSet objects;
  Attacher attacher(kOptions);
  for (int i = 0; i < 2'000 && !HasFailure(); ++i) {
    const Graph before = attacher.graph();
    const auto changed = edits.edit(objects);
    const GraphDelta delta = attacher.update(objects, changed);
    expect_named(before, attacher.graph(), delta);
  }
}

}  // namespace
}  // namespace sluice::attach
