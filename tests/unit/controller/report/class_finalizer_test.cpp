#include "controller/report/class_finalizer.h"

#include <gtest/gtest.h>

#include "controller/attach/graph.h"
#include "tests/unit/controller/report/fake_cluster.h"

namespace sluice::report {
namespace {

using kubernetes::ApiError;
using kubernetes::ApiErrorKind;

const api::ObjectRef kClass{"GatewayClass", "", "sluice"};
const std::string kOurs = R"("gateway-exists-finalizer.gateway.networking.k8s.io")";
constexpr std::chrono::steady_clock::time_point kStart{std::chrono::hours(1)};

kubernetes::StatusRecord record(const std::string& finalizers, bool is_deleting = false) {
  kubernetes::StatusRecord out;
  out.resource_version = "7";
  out.finalizers = finalizers;
  out.is_deleting = is_deleting;
  return out;
}

std::string text_of(const std::optional<kubernetes::JsonPatch>& patch) {
  return patch ? patch->text() : "";
}

std::string patch_to(const std::string& finalizers) {
  return R"([{"op":"test","path":"/metadata/resourceVersion","value":"7"},{"op":"add","path":"/metadata/finalizers","value":)" +
         finalizers + "}]";
}

TEST(FinalizerPatch, AddsOursBehindOthers) {
  EXPECT_EQ(text_of(finalizer_patch(record(""), true)), patch_to("[" + kOurs + "]"));
  EXPECT_EQ(text_of(finalizer_patch(record(R"([ "example.com\/theirs" ])"), true)),
            patch_to(R"(["example.com\/theirs",)" + kOurs + "]"));
  EXPECT_EQ(text_of(finalizer_patch(record("[" + kOurs + "]"), true)), "");
}

TEST(FinalizerPatch, TakesOutOursAlone) {
  EXPECT_EQ(text_of(finalizer_patch(record("[" + kOurs + R"(,"example.com/theirs"])"), false)),
            patch_to(R"(["example.com/theirs"])"));
  EXPECT_EQ(text_of(finalizer_patch(record("[" + kOurs + "]", true), false)), patch_to("[]"));
  EXPECT_EQ(text_of(finalizer_patch(record(""), false)), "");
}

TEST(FinalizerPatch, AddsNothingToAClassThatIsBeingDeleted) {
  EXPECT_EQ(text_of(finalizer_patch(record("", true), true)), "");
}

class Finalizer : public testing::Test {
 protected:
  Finalizer() {
    cluster.put(kClass, [](FakeCluster::Object&) {});
    cluster.watch();
    auto gateway_class = std::make_shared<api::GatewayClass>();
    gateway_class->metadata.name = "sluice";
    graph.gateway_classes[{"", "sluice"}] = {
        .ref = kClass, .gateway_class = gateway_class, .accepted = true, .conditions = {}};
    // The class that exists without an object has nothing to be written to.
    graph.gateway_classes[{"", "built-in"}] = {
        .ref = {"GatewayClass", "", "built-in"}, .gateway_class = nullptr, .accepted = true, .conditions = {}};
  }

  void use(bool is_used) {
    graph.gateways.clear();
    if (is_used) {
      auto gateway = std::make_shared<api::Gateway>();
      gateway->spec.gateway_class_name = "sluice";
      graph.gateways[{"edge", "main"}].gateway = gateway;
    }
    finalizer.update(graph);
  }
  auto run(std::chrono::milliseconds after = {}) { return finalizer.run(kStart + after); }

  FakeCluster cluster;
  attach::Graph graph;
  ClassFinalizer finalizer{cluster.api()};
};

TEST_F(Finalizer, IsThereWhileGatewaysUseTheClass) {
  finalizer.lead(true);
  use(true);
  run();
  cluster.answer_all();
  EXPECT_EQ(cluster.at(kClass).finalizers, "[" + kOurs + "]");
  cluster.watch();
  run();
  EXPECT_TRUE(cluster.requests.empty());
  use(false);
  run();
  cluster.answer_all();
  EXPECT_EQ(cluster.at(kClass).finalizers, "[]");
}

TEST_F(Finalizer, IsWrittenByTheLeaderAlone) {
  use(true);
  EXPECT_EQ(run(), std::nullopt);
  EXPECT_TRUE(cluster.requests.empty());
  finalizer.lead(true);
  run();
  EXPECT_EQ(cluster.requests.size(), 1U);
  EXPECT_EQ(to_path(cluster.seen.at(0).path), "/apis/gateway.networking.k8s.io/v1/gatewayclasses/sluice");
}

TEST_F(Finalizer, WaitsForTheRecordAndTriesAgainAfterAWhile) {
  finalizer.lead(true);
  use(true);
  cluster.faults = {ApiError{.kind = ApiErrorKind::kConflict, .status = 409, .message = "", .retry_after = {}}};
  run();
  EXPECT_TRUE(run() == std::nullopt) << "in flight";
  cluster.answer_all();
  const auto next = run();
  EXPECT_TRUE(cluster.requests.empty());
  ASSERT_TRUE(next.has_value());
  finalizer.run(*next);
  EXPECT_EQ(cluster.requests.size(), 1U);
  cluster.answer_all();
  EXPECT_EQ(cluster.at(kClass).finalizers, "[" + kOurs + "]");
}

TEST_F(Finalizer, ForgetsAClassThatIsGone) {
  finalizer.lead(true);
  use(true);
  run();
  graph.gateway_classes.clear();
  use(true);
  cluster.answer_all();
  cluster.watch();
  EXPECT_EQ(run(), std::nullopt);
  EXPECT_TRUE(cluster.requests.empty());
}

}  // namespace
}  // namespace sluice::report
