#include "controller/compile/endpoints.h"

#include <gtest/gtest.h>

namespace sluice::compile {
namespace {

const api::NamespacedName kService{"default", "web"};
const attach::ResolvedBackend kTarget{.service = kService, .port = 80};

struct EndpointsTest : testing::Test {
  api::ObjectSet objects;
  ServiceIndex index;
  std::shared_ptr<api::Service> service = std::make_shared<api::Service>();

  EndpointsTest() {
    service->spec.ports.push_back({.name = "http", .port = 80, .target_port = "8080"});
    objects.services[kService] = service;
  }
  api::EndpointSlice& slice(const std::string& name, const std::string& port_name = "http") {
    auto made = std::make_shared<api::EndpointSlice>();
    made->metadata.labels["kubernetes.io/service-name"] = "web";
    made->ports.push_back({.name = port_name, .port = 8080});
    objects.endpoint_slices[{"default", name}] = made;
    return *made;
  }
  ServiceView view() {
    index.build(objects);
    return {objects, index};
  }
  /// "10.0.0.1:8080 ready" a line.
  std::string endpoints(const attach::ResolvedBackend& target = kTarget) {
    const auto list = view().endpoints(target);
    std::string out;
    for (const auto& endpoint : list.endpoints()) {
      for (const unsigned char byte : endpoint.address().ip()) out += std::to_string(byte) + ".";
      out.back() = ':';
      out += std::to_string(endpoint.port());
      out += endpoint.state() == model::v1::Endpoint::READY ? " ready\n" : " draining\n";
    }
    return out;
  }
};

TEST_F(EndpointsTest, UnsetConditionsReadAsReady) {
  slice("a").endpoints = {{.addresses = {"10.0.0.1"}}};
  EXPECT_EQ(endpoints(), "10.0.0.1:8080 ready\n");
}

TEST_F(EndpointsTest, WhatTerminatesOrIsNotReadyGetsNoNewFlowsButStays) {
  slice("a").endpoints = {
      {.addresses = {"10.0.0.1"}, .conditions = {.ready = false, .serving = true, .terminating = true}},
      {.addresses = {"10.0.0.2"}, .conditions = {.ready = false}},
      {.addresses = {"10.0.0.3"}, .conditions = {.ready = false, .serving = false, .terminating = true}}};
  EXPECT_EQ(endpoints(), "10.0.0.1:8080 draining\n10.0.0.2:8080 draining\n10.0.0.3:8080 draining\n");
}

TEST_F(EndpointsTest, SlicesOfBothFamiliesAreMergedAndSorted) {
  slice("a").endpoints = {{.addresses = {"10.0.0.2"}}};
  auto& v6 = slice("b");
  v6.address_type = "IPv6";
  v6.endpoints = {{.addresses = {"::1"}}};
  slice("c").endpoints = {{.addresses = {"10.0.0.1"}}};
  EXPECT_EQ(endpoints(), "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1:8080 ready\n10.0.0.1:8080 ready\n10.0.0.2:8080 ready\n");
}

TEST_F(EndpointsTest, AnAddressInTwoSlicesStandsOnceAndReadyWins) {
  slice("a").endpoints = {{.addresses = {"10.0.0.1"}, .conditions = {.ready = false}}};
  slice("b").endpoints = {{.addresses = {"10.0.0.1"}}};
  slice("c").endpoints = {{.addresses = {"10.0.0.1"}, .conditions = {.ready = false}}};
  EXPECT_EQ(endpoints(), "10.0.0.1:8080 ready\n");
}

TEST_F(EndpointsTest, APortOfASliceIsFoundByTheServicePortsNameAndProtocol) {
  slice("a", "metrics").endpoints = {{.addresses = {"10.0.0.1"}}};
  EXPECT_EQ(endpoints(), "");
  auto& both = slice("b");
  both.ports = {{.name = "http", .protocol = "UDP", .port = 1}, {.name = "http", .port = 2}};
  both.endpoints = {{.addresses = {"10.0.0.1"}}};
  EXPECT_EQ(endpoints(), "10.0.0.1:2 ready\n");
}

TEST_F(EndpointsTest, ASlicePortWithoutANumberIsTheServicesTargetPort) {
  auto& open = slice("a");
  open.ports[0].port.reset();
  open.endpoints = {{.addresses = {"10.0.0.1"}}};
  EXPECT_EQ(endpoints(), "10.0.0.1:8080 ready\n");
  service->spec.ports[0].target_port.clear();
  EXPECT_EQ(endpoints(), "10.0.0.1:80 ready\n");
}

TEST_F(EndpointsTest, ASliceOfAnotherServiceOrNamespaceDoesNotCount) {
  slice("a").metadata.labels["kubernetes.io/service-name"] = "other";
  slice("a").endpoints = {{.addresses = {"10.0.0.1"}}};
  objects.endpoint_slices[{"elsewhere", "a"}] = objects.endpoint_slices.at({"default", "a"});
  objects.endpoint_slices.erase({"default", "a"});
  EXPECT_EQ(endpoints(), "");
}

TEST_F(EndpointsTest, AnExternalNameServesUntilASliceIsThere) {
  service->spec.type = "ExternalName";
  service->spec.external_name = "db.example.com";
  const auto named = view().endpoints(kTarget);
  EXPECT_EQ(named.external_name(), "db.example.com");
  EXPECT_EQ(named.external_port(), 80u);
  slice("a").endpoints = {{.addresses = {"10.0.0.1"}}};
  const auto listed = view().endpoints(kTarget);
  EXPECT_EQ(listed.external_name(), "");
  EXPECT_EQ(listed.endpoints_size(), 1);
}

TEST_F(EndpointsTest, ABackendTlsPolicyForbidsClearTextToThePortsThatItTargets) {
  service->spec.ports.push_back({.name = "admin", .port = 81});
  auto policy = std::make_shared<api::BackendTlsPolicy>();
  policy->spec.target_refs = {{.kind = "Service", .name = "web", .section_name = "http"}};
  objects.backend_tls_policies[{"default", "p"}] = policy;
  const attach::ResolvedBackend admin{.service = kService, .port = 81};
  EXPECT_TRUE(view().backend(kTarget).tls_required());
  EXPECT_FALSE(view().backend(admin).tls_required());
  policy->spec.target_refs[0].section_name.reset();
  EXPECT_TRUE(view().backend(admin).tls_required());
}

}  // namespace
}  // namespace sluice::compile
