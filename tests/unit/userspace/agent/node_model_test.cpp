#include "userspace/agent/node_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::agent {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

model::v1::Resource endpoints(const std::string& name, const std::string& external_name) {
  model::v1::Resource resource;
  resource.set_name(name);
  resource.set_hash("compiled");
  resource.mutable_endpoints()->set_external_name(external_name);
  resource.mutable_endpoints()->set_external_port(5432);
  return resource;
}

/// From generation 0 to 1: endpoints/a names a host, endpoints/b does not.
NodeModel two() {
  model::v1::Delta delta;
  delta.set_generation(1);
  *delta.add_changed() = endpoints("endpoints/a", "db.example");
  *delta.add_changed() = endpoints("endpoints/b", "");
  NodeModel model;
  EXPECT_THAT(*model.apply(delta), ElementsAre("endpoints/a", "endpoints/b"));
  return model;
}

TEST(NodeModel, AResourceThatNeedsNoFillingIsHeldOnce) {
  NodeModel model = two();
  for (const auto& compiled : model.compiled().resources) {
    EXPECT_EQ(compiled, model.in_force().find(compiled->name())) << compiled->name();
  }
  EXPECT_THAT(model.answered("db.example", {{"192.0.2.7"}, ""}), ElementsAre("endpoints/a"));
  EXPECT_EQ(model.compiled().resources[1], model.in_force().find("endpoints/b"));
}

TEST(NodeModel, AnAnswerIsInForceAndNotInWhatIsSaved) {
  NodeModel model = two();
  const std::string before = model.compiled().model().SerializeAsString();
  model.answered("db.example", {{"192.0.2.7"}, ""});
  EXPECT_THAT(model.in_force().find("endpoints/a")->endpoints().endpoints(), SizeIs(1));
  EXPECT_EQ(model.compiled().model().SerializeAsString(), before);
  EXPECT_EQ(model.in_force().generation(), 1U);
}

TEST(NodeModel, WhatIsKnownOfANameIsFilledInAgainWhenItsResourceChanges) {
  NodeModel model = two();
  model.answered("db.example", {{"192.0.2.7"}, ""});
  model::v1::Delta delta;
  delta.set_base_generation(1);
  delta.set_generation(2);
  auto& changed = *delta.add_changed() = endpoints("endpoints/a", "db.example");
  changed.mutable_endpoints()->set_external_port(6000);
  EXPECT_THAT(*model.apply(delta), ElementsAre("endpoints/a"));
  const auto held = model.in_force().find("endpoints/a");
  ASSERT_THAT(held->endpoints().endpoints(), SizeIs(1));
  EXPECT_EQ(held->endpoints().endpoints(0).port(), 6000U);
}

TEST(NodeModel, ADeltaFromAnotherGenerationChangesNothing) {
  NodeModel model = two();
  model::v1::Delta delta;
  delta.set_base_generation(7);
  *delta.add_changed() = endpoints("endpoints/c", "web.example");
  EXPECT_FALSE(model.apply(delta));
  EXPECT_THAT(model.names(), ElementsAre("db.example"));
  EXPECT_EQ(model.in_force().find("endpoints/c"), nullptr);
}

TEST(NodeModel, TheWayToAnotherModelLeavesOutWhatIsTheSameAsCompiled) {
  NodeModel model = two();
  model.answered("db.example", {{"192.0.2.7"}, ""});
  model::v1::Model whole;
  whole.set_generation(9);
  *whole.add_resources() = endpoints("endpoints/a", "db.example");
  const auto delta = model.towards(whole);
  EXPECT_THAT(delta.changed(), IsEmpty());
  EXPECT_THAT(delta.removed(), ElementsAre("endpoints/b"));
  ASSERT_TRUE(model.apply(delta));
  EXPECT_EQ(model.in_force().generation(), 9U);
  EXPECT_THAT(model.in_force().find("endpoints/a")->endpoints().endpoints(), SizeIs(1)) << "still filled in";
}

}  // namespace
}  // namespace sluice::agent
