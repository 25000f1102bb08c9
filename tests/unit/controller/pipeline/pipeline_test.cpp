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

}  // namespace
}  // namespace sluice::pipeline
