// Manifests in, deltas and status out: the pipeline as sluiced drives it, on a folder of its own.
#include "controller/pipeline/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/json/serialize.hpp>
#include <filesystem>
#include <fstream>

#include "controller/source/directory.h"
#include "userspace/model/store.h"

namespace sluice::pipeline {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::string_view kGateway = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge}
spec:
  gatewayClassName: sluice
  addresses: [{value: 192.0.2.10}]
  listeners: [{name: pg, port: 5432, protocol: TCP}]
)";
constexpr std::string_view kRoute = R"(apiVersion: gateway.networking.k8s.io/v1
kind: TCPRoute
metadata: {name: pg}
spec:
  parentRefs: [{name: edge}]
  rules: [{backendRefs: [{name: pg, port: 5432}]}]
)";
constexpr std::string_view kService = R"(apiVersion: v1
kind: Service
metadata: {name: pg}
spec: {type: ExternalName, externalName: db.example, ports: [{port: 5432}]}
)";
const api::ObjectRef kGatewayRef{.kind = "Gateway", .namespace_ = "default", .name = "edge"};

class PipelineOfAFolder : public testing::Test {
 protected:
  PipelineOfAFolder() {
    std::string pattern = testing::TempDir() + "sluice-pipeline-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    write("gateway", kGateway);
    write("route", kRoute);
    write("service", kService);
    source_ = std::make_unique<source::DirectorySource>(folder_, api::Channel::kExperimental);
  }
  ~PipelineOfAFolder() override {
    source_.reset();
    std::filesystem::remove_all(folder_);
  }

  void write(const std::string& name, std::string_view text) { std::ofstream(folder_ / (name + ".yaml")) << text; }
  void remove(const std::string& name) { std::filesystem::remove(folder_ / (name + ".yaml")); }

  /// Reads the folder and passes the change on; the delta is applied to store_.
  model::v1::Delta update() {
    const auto result = source_->reload();
    EXPECT_THAT(result.errors, IsEmpty());
    auto delta = pipeline_.update(source_->objects(), result.changed);
    EXPECT_TRUE(store_.apply(delta));
    return delta;
  }
  static status::DataPlane in_force(std::map<std::string, std::string> refused = {}) {
    return {.state = status::DataPlane::State::Programmed, .message = "", .refused = std::move(refused)};
  }
  std::string frontend() const { return store_.all().lower_bound("frontend/")->first; }

  std::filesystem::path folder_;
  std::unique_ptr<source::DirectorySource> source_;
  Pipeline pipeline_{attach::AttachOptions{}};
  model::Store store_;
};

TEST_F(PipelineOfAFolder, FirstUpdateIsTheWholeModel) {
  update();
  EXPECT_EQ(store_.model().SerializeAsString(), pipeline_.model().SerializeAsString());
  EXPECT_TRUE(frontend().starts_with("frontend/default/"));
}

TEST_F(PipelineOfAFolder, AnEditMakesADeltaOnTheGenerationBefore) {
  const auto first = update();
  write("route", std::string(kRoute) + "---\n" + std::string(kService).replace(kService.find("pg"), 2, "db"));
  const auto second = update();
  EXPECT_EQ(second.base_generation(), first.generation());
  EXPECT_EQ(store_.model().SerializeAsString(), pipeline_.model().SerializeAsString());
}

TEST_F(PipelineOfAFolder, WhatDoesNotResolveIsToldOnce) {
  remove("service");
  update();
  const auto first = pipeline_.settle(in_force(), "2026-01-01T00:00:00Z");
  ASSERT_THAT(first, SizeIs(1));
  EXPECT_EQ(first[0].reason, "BackendNotFound");
  EXPECT_THAT(pipeline_.settle(in_force(), "2026-01-01T00:00:01Z"), IsEmpty());
}

TEST_F(PipelineOfAFolder, ARefusedFrontendIsAListenerThatIsNotProgrammed) {
  update();
  EXPECT_THAT(pipeline_.settle(in_force(), "2026-01-01T00:00:00Z"), IsEmpty());
  const auto told = pipeline_.settle(in_force({{frontend(), "no room in the service map"}}), "2026-01-01T00:00:01Z");
  EXPECT_THAT(told, Contains(testing::AllOf(testing::Field(&Finding::object, kGatewayRef),
                                            testing::Field(&Finding::part, "listener pg"),
                                            testing::Field(&Finding::type, "Programmed"),
                                            testing::Field(&Finding::message, HasSubstr("no room")))));
}

TEST_F(PipelineOfAFolder, AConditionKeepsItsTimeUntilItChanges) {
  update();
  pipeline_.settle(in_force(), "2026-01-01T00:00:00Z");
  write("service", std::string(kService) + "---\n" + std::string(kService).replace(kService.find("pg"), 2, "db"));
  update();
  pipeline_.settle(in_force({{frontend(), "no room"}}), "2026-01-01T00:00:07Z");
  const auto text = boost::json::serialize(pipeline_.status());
  EXPECT_THAT(text, HasSubstr("2026-01-01T00:00:00Z"));  // Accepted is as it was
  EXPECT_THAT(text, HasSubstr("2026-01-01T00:00:07Z"));  // Programmed is not
}

TEST_F(PipelineOfAFolder, AGatewayWithoutAddressesGetsTheDefaultOnes) {
  write("gateway", std::string(kGateway).replace(kGateway.find("  addresses: [{value: 192.0.2.10}]\n"), 35, ""));
  Pipeline pipeline({.default_addresses = {"198.51.100.1"}});
  ASSERT_TRUE(source_->reload().ok());
  const auto delta = pipeline.update(source_->objects(), {});
  ASSERT_TRUE(store_.apply(delta));
  const auto& frontend_made = store_.find(frontend())->frontend();
  ASSERT_EQ(frontend_made.addresses_size(), 1);
  EXPECT_EQ(frontend_made.addresses(0).ip(), std::string("\xc6\x33\x64\x01"));
}

TEST_F(PipelineOfAFolder, DefaultAddressesThatChangeMoveTheFrontendsAndKeepGenerations) {
  write("gateway", std::string(kGateway).replace(kGateway.find("  addresses: [{value: 192.0.2.10}]\n"), 35, ""));
  update();
  pipeline_.set_default_addresses({"198.51.100.2"});
  const auto delta = pipeline_.update(source_->objects(), {});
  ASSERT_TRUE(store_.apply(delta));
  ASSERT_EQ(store_.find(frontend())->frontend().addresses_size(), 1);
  EXPECT_EQ(store_.find(frontend())->frontend().addresses(0).ip(), std::string("\xc6\x33\x64\x02"));
  pipeline_.settle(in_force(), "2026-01-01T00:00:00Z");
  EXPECT_THAT(boost::json::serialize(pipeline_.status()),
              testing::AllOf(HasSubstr("198.51.100.2"), testing::Not(HasSubstr("\"generation\":2"))));
}

/// The same folder; who keeps statuses is an API server.
class PipelineOfACluster : public PipelineOfAFolder {
 protected:
  void update() {
    const auto result = source_->reload();
    ASSERT_THAT(result.errors, IsEmpty());
    cluster_.update(source_->objects(), result.changed);
  }
  std::set<api::ObjectRef> restated(status::DataPlane data_plane) {
    told_ = cluster_.settle(std::move(data_plane), "2026-01-01T00:00:00Z");
    return cluster_.take_restated();
  }
  static status::DataPlane waiting(const std::string& message) {
    auto out = in_force();
    out.pending[kGatewayRef] = message;
    return out;
  }
  std::string reason_of(const api::ObjectRef& ref, std::string_view type) {
    const auto status = cluster_.status_of(ref);
    if (!status) return "none";
    for (const auto& condition : status->at("conditions").as_array()) {
      if (condition.at("type").as_string() == type) return std::string(condition.at("reason").as_string());
    }
    return "";
  }

  Pipeline cluster_{attach::AttachOptions{}, StatusKeeper::kApiServer};
  std::vector<Finding> told_;
};

const api::ObjectRef kRouteRef{.kind = "TCPRoute", .namespace_ = "default", .name = "pg"};
const api::ObjectRef kClassRef{.kind = "GatewayClass", .namespace_ = "", .name = "sluice"};

TEST_F(PipelineOfACluster, NamesEveryObjectThatHasAStatusAtFirstAndThenThoseThatChanged) {
  update();
  EXPECT_THAT(restated(in_force()), testing::UnorderedElementsAre(kClassRef, kGatewayRef, kRouteRef));
  EXPECT_THAT(restated(in_force()), IsEmpty());
  write("service", std::string(kService).replace(kService.find("5432"), 4, "5433"));
  update();
  EXPECT_THAT(restated(in_force()), testing::ElementsAre(kRouteRef));
}

TEST_F(PipelineOfACluster, NamesObjectsThatAreGone) {
  update();
  restated(in_force());
  remove("route");
  update();
  EXPECT_THAT(restated(in_force()), Contains(kRouteRef));
  EXPECT_EQ(cluster_.status_of(kRouteRef), std::nullopt);
}

TEST_F(PipelineOfACluster, OfOneThatDoesNotSettleOnlyWhatIsThereAndHasAStatusIsKept) {
  update();
  const auto kept = cluster_.unsettled();
  restated(in_force());
  EXPECT_EQ(cluster_.unsettled(), 0U);
  const api::ObjectRef slice{.kind = "EndpointSlice", .namespace_ = "default", .name = "pg-x7k2p"};
  cluster_.update(cluster_.objects(), std::vector{slice});
  EXPECT_EQ(cluster_.unsettled(), 0U) << "it has no status of ours";
  const api::ObjectRef gone{.kind = "TCPRoute", .namespace_ = "default", .name = "gone"};
  cluster_.update(cluster_.objects(), std::vector{gone, kGatewayRef});
  EXPECT_EQ(cluster_.unsettled(), 2U);
  cluster_.forget_gone(std::vector{gone, kGatewayRef});
  EXPECT_EQ(cluster_.unsettled(), 1U);
  EXPECT_GE(kept, 3U) << "class, Gateway and route";
}

TEST_F(PipelineOfACluster, NamesAGatewayWhenItBeginsOrEndsToWaitOrWaitsForAnother) {
  update();
  restated(in_force());
  EXPECT_THAT(restated(waiting("waiting for nodes a, b")), testing::ElementsAre(kGatewayRef));
  EXPECT_EQ(reason_of(kGatewayRef, "Programmed"), "Pending");
  EXPECT_THAT(told_, IsEmpty()) << "that a Gateway waits is no Event";
  EXPECT_THAT(restated(waiting("waiting for node b")), testing::ElementsAre(kGatewayRef));
  EXPECT_THAT(restated(waiting("waiting for node b")), IsEmpty());
  EXPECT_THAT(restated(in_force()), testing::ElementsAre(kGatewayRef));
  EXPECT_EQ(reason_of(kGatewayRef, "Programmed"), "Programmed");
}

TEST_F(PipelineOfACluster, NamesTheListenerSetsOfAGatewayThatChanges) {
  write("gateway", std::string(kGateway) + "  allowedListeners: {namespaces: {from: Same}}\n");
  write("set", R"(apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: {name: tenant}
spec: {parentRef: {name: edge}, listeners: [{name: more, port: 5433, protocol: TCP}]}
)");
  update();
  restated(in_force());
  const api::ObjectRef set{.kind = "ListenerSet", .namespace_ = "default", .name = "tenant"};
  EXPECT_THAT(restated(waiting("waiting for node a")), testing::UnorderedElementsAre(kGatewayRef, set));
  EXPECT_EQ(reason_of(set, "Programmed"), "ParentNotProgrammed");
  EXPECT_THAT(told_, IsEmpty());
}

TEST_F(PipelineOfACluster, TellsWhatStandsToANewLeader) {
  remove("service");
  update();
  restated(in_force());
  EXPECT_EQ(told_, cluster_.findings());
  restated(in_force());
  EXPECT_THAT(told_, IsEmpty());
  EXPECT_THAT(cluster_.findings(), SizeIs(1));
}

TEST_F(PipelineOfACluster, SaysThatTheCrdsAreNotSupported) {
  update();
  restated(in_force());
  cluster_.set_version_trouble("v1.6.0");
  EXPECT_THAT(restated(in_force()), testing::ElementsAre(kClassRef));
  EXPECT_EQ(reason_of(kClassRef, "SupportedVersion"), "UnsupportedVersion");
  cluster_.set_version_trouble("");
  restated(in_force());
  EXPECT_EQ(reason_of(kClassRef, "SupportedVersion"), "SupportedVersion");
}

}  // namespace
}  // namespace sluice::pipeline
