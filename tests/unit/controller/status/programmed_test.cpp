// Programmed: what attach decided, and what the data plane says of it (docs/concepts/status.md).
#include "controller/status/programmed.h"

#include <gtest/gtest.h>

#include "controller/attach/attach.h"
#include "controller/source/directory.h"
#include "tests/unit/controller/attach/every_object.h"

namespace sluice::status {
namespace {

using attach::ConditionReason;
using attach::ConditionStatus;

class Programmed : public testing::Test {
 protected:
  void SetUp() override {
    const auto loaded = source::load(std::string(SLUICE_SOURCE_DIR) + "/tests/unit/controller/status/edge.yaml",
                                     api::Channel::kExperimental);
    ASSERT_NE(loaded.objects, nullptr);
    objects_ = *loaded.objects;
    attach();
  }

  void attach(std::vector<std::string> default_addresses = {"192.0.2.1"}) {
    attacher_ =
        std::make_unique<attach::Attacher>(attach::AttachOptions{.default_addresses = std::move(default_addresses)});
    attacher_->update(objects_, attach::every_object(objects_));
  }

  void edit_gateway(const std::function<void(api::Gateway&)>& edit) {
    api::Gateway gateway = *objects_.gateways.at({"edge", "main"});
    edit(gateway);
    objects_.gateways[{"edge", "main"}] = std::make_shared<const api::Gateway>(std::move(gateway));
    attach();
  }

  attach::Condition gateway() {
    return programmed(attacher_->graph(), attacher_->graph().gateways.at({"edge", "main"}), data_plane_);
  }
  attach::Condition set() {
    return programmed(attacher_->graph(), attacher_->graph().listener_sets.at({"edge", "tenant"}), data_plane_);
  }
  attach::Condition listener(const std::string& name, const std::string& owner_kind = "Gateway") {
    const api::ObjectRef owner{owner_kind, "edge", owner_kind == "Gateway" ? "main" : "tenant"};
    return programmed(attacher_->graph(), attacher_->graph().listeners.at({owner, name}), data_plane_);
  }

  static void expect(const attach::Condition& condition, ConditionStatus status, ConditionReason reason) {
    EXPECT_EQ(condition.type, attach::ConditionType::Programmed);
    EXPECT_EQ(condition.status, status) << condition.message;
    EXPECT_EQ(condition.reason, reason) << condition.message;
    EXPECT_FALSE(condition.message.empty());
  }

  api::ObjectSet objects_;
  std::unique_ptr<attach::Attacher> attacher_;
  DataPlane data_plane_{.state = DataPlane::State::Programmed};
};

TEST_F(Programmed, IsUnknownWhileNobodyWasAsked) {
  data_plane_.state = DataPlane::State::NotKnown;
  expect(gateway(), ConditionStatus::Unknown, ConditionReason::Pending);
  expect(set(), ConditionStatus::Unknown, ConditionReason::Pending);
  expect(listener("http"), ConditionStatus::Unknown, ConditionReason::Pending);
}

TEST_F(Programmed, IsTrueWhereItIsInForce) {
  expect(gateway(), ConditionStatus::True, ConditionReason::Programmed);
  expect(set(), ConditionStatus::True, ConditionReason::Programmed);
  expect(listener("http"), ConditionStatus::True, ConditionReason::Programmed);
  expect(listener("pg", "ListenerSet"), ConditionStatus::True, ConditionReason::Programmed);
}

TEST_F(Programmed, IsPendingAndNamesTheNodesThatAreBehind) {
  data_plane_ = {.state = DataPlane::State::Pending, .message = "waiting for node b", .refused = {}};
  expect(gateway(), ConditionStatus::False, ConditionReason::Pending);
  EXPECT_EQ(gateway().message, "waiting for node b");
}

TEST_F(Programmed, AGatewayThatIsPendingTakesItsListenersAndSetsAlong) {
  data_plane_.pending[{"Gateway", "edge", "main"}] = "waiting for nodes a, b";
  expect(gateway(), ConditionStatus::False, ConditionReason::Pending);
  EXPECT_EQ(gateway().message, "waiting for nodes a, b");
  expect(listener("http"), ConditionStatus::False, ConditionReason::Pending);
  expect(listener("pg", "ListenerSet"), ConditionStatus::False, ConditionReason::Pending);
  expect(set(), ConditionStatus::False, ConditionReason::ParentNotProgrammed);
  EXPECT_EQ(set().message, "Gateway edge/main: waiting for nodes a, b");
}

TEST_F(Programmed, AnotherGatewayThatIsPendingConcernsNobodyElse) {
  data_plane_.pending[{"Gateway", "edge", "other"}] = "waiting for node a";
  expect(gateway(), ConditionStatus::True, ConditionReason::Programmed);
  expect(set(), ConditionStatus::True, ConditionReason::Programmed);
}

TEST_F(Programmed, WithoutAnyNodeNothingIsWaitedFor) {
  data_plane_.state = DataPlane::State::NoResources;
  data_plane_.pending[{"Gateway", "edge", "main"}] = "waiting for node a";
  expect(gateway(), ConditionStatus::False, ConditionReason::NoResources);
}

TEST_F(Programmed, WhatANodeRefusesIsSaidBeforeWhatIsWaitedFor) {
  data_plane_.pending[{"Gateway", "edge", "main"}] = "waiting for node a";
  data_plane_.refused["l4/edge/ListenerSet/tenant/pg"] = "no ring slots left";
  EXPECT_EQ(listener("pg", "ListenerSet").message, "l4/edge/ListenerSet/tenant/pg: no ring slots left");
}

TEST_F(Programmed, WithoutNodesIsNoResourcesForTheGateway) {
  data_plane_.state = DataPlane::State::NoResources;
  expect(gateway(), ConditionStatus::False, ConditionReason::NoResources);
  expect(listener("http"), ConditionStatus::False, ConditionReason::Pending);
}

TEST_F(Programmed, AListenerWithoutCertificateIsInvalidAndItsGatewayIsNot) {
  expect(listener("https"), ConditionStatus::False, ConditionReason::Invalid);
  expect(gateway(), ConditionStatus::True, ConditionReason::Programmed);
}

TEST_F(Programmed, AListenerThatIsInConflictSaysWhichConflict) {
  expect(listener("taken", "ListenerSet"), ConditionStatus::False, ConditionReason::HostnameConflict);
}

TEST_F(Programmed, AResourceThatANodeRefusesIsItsListenersTrouble) {
  data_plane_.refused["l4/edge/ListenerSet/tenant/pg"] = "no ring slots left";
  expect(listener("pg", "ListenerSet"), ConditionStatus::False, ConditionReason::Pending);
  EXPECT_EQ(listener("pg", "ListenerSet").message, "l4/edge/ListenerSet/tenant/pg: no ring slots left");
  expect(listener("http"), ConditionStatus::True, ConditionReason::Programmed);
  expect(gateway(), ConditionStatus::True, ConditionReason::Programmed);
}

TEST_F(Programmed, ARefusedHostnameIsOfTheListenerWhoseNameItCarries) {
  data_plane_.refused["host/edge/Gateway/main/http-2/a.example.com"] = "of a listener whose name begins alike";
  expect(listener("http"), ConditionStatus::True, ConditionReason::Programmed);
  data_plane_.refused["host/edge/Gateway/main/http/a.example.com"] = "too many rules";
  expect(listener("http"), ConditionStatus::False, ConditionReason::Pending);
}

TEST_F(Programmed, AGatewayWhoseListenersAreAllRefusedIsNotInForce) {
  data_plane_.refused["frontend/edge/Gateway/main/http"] = "port 80 is in use";
  data_plane_.refused["frontend/edge/ListenerSet/tenant/pg"] = "port 5432 is in use";
  expect(gateway(), ConditionStatus::False, ConditionReason::Pending);
}

TEST_F(Programmed, AGatewayWithoutAnAddressSaysSo) {
  attach({});
  expect(gateway(), ConditionStatus::False, ConditionReason::AddressNotAssigned);
  expect(listener("http"), ConditionStatus::False, ConditionReason::Pending);
  expect(set(), ConditionStatus::False, ConditionReason::ParentNotProgrammed);
}

TEST_F(Programmed, AnAddressThatCannotBeUsedIsNotUsable) {
  edit_gateway(
      [](api::Gateway& gateway) { gateway.spec.addresses = {{.value = "192.0.2.1"}, {.value = "224.0.0.1"}}; });
  expect(gateway(), ConditionStatus::False, ConditionReason::AddressNotUsable);
  expect(listener("http"), ConditionStatus::True, ConditionReason::Programmed);
}

TEST_F(Programmed, AnAddressWrittenInAnotherWayIsUsableWhereTheOneAskedForIsMissing) {
  attach({});
  edit_gateway([](api::Gateway& gateway) { gateway.spec.addresses = {{.value = "2001:DB8:0::1"}, {.value = ""}}; });
  attach({});
  expect(gateway(), ConditionStatus::False, ConditionReason::AddressNotAssigned);
}

TEST_F(Programmed, WhatIsNotAcceptedIsInvalid) {
  edit_gateway([](api::Gateway& gateway) { gateway.spec.addresses = {{.type = "Hostname", .value = "x.example"}}; });
  expect(gateway(), ConditionStatus::False, ConditionReason::Invalid);
  expect(listener("http"), ConditionStatus::False, ConditionReason::Invalid);
  expect(set(), ConditionStatus::False, ConditionReason::ParentNotAccepted);
}

TEST_F(Programmed, ASetThatIsNotAllowedSaysWhy) {
  edit_gateway([](api::Gateway& gateway) { gateway.spec.allowed_listeners.reset(); });
  expect(set(), ConditionStatus::False, ConditionReason::NotAllowed);
}

}  // namespace
}  // namespace sluice::status
