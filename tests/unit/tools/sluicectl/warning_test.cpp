#include "tools/sluicectl/warning.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace sluice::ctl {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> found(const char* items, Asked asked = Asked::Node) {
  const auto list = boost::json::parse(std::string(R"({"items": [)") + items + "]}").as_object();
  std::vector<std::string> out;
  for (const auto& warning : warnings_of_status(list, asked)) {
    out.push_back(api::to_string(warning.object) + ": " + warning.what);
  }
  return out;
}

TEST(Warnings, ARouteWithoutAParentHangsNowhere) {
  EXPECT_THAT(found(R"({"kind": "TCPRoute", "metadata": {"name": "a", "namespace": "n"}, "spec": {}})"),
              ElementsAre("TCPRoute n/a: spec.parentRefs: none; the route hangs nowhere and gets no traffic"));
}

TEST(Warnings, AParentThatIsNotThereIsToldFromOneOfAnotherController) {
  EXPECT_THAT(
      found(R"({"kind": "Gateway", "metadata": {"name": "other", "namespace": "n"}, "spec": {}},
                       {"kind": "TCPRoute", "metadata": {"name": "a", "namespace": "n"},
                        "spec": {"parentRefs": [{"name": "gone"}, {"name": "other"},
                                                {"group": "", "kind": "Service", "name": "mesh"}]}})"),
      ElementsAre("TCPRoute n/a: spec.parentRefs[0]: Gateway n/gone; there is none of that name",
                  "TCPRoute n/a: spec.parentRefs[1]: Gateway n/other; another controller's, which must answer"));
}

TEST(Warnings, AParentThatAnsweredIsNone) {
  EXPECT_THAT(found(R"({"kind": "TCPRoute", "metadata": {"name": "a", "namespace": "n"},
                        "spec": {"parentRefs": [{"name": "edge", "sectionName": "pg"}]},
                        "status": {"parents": [{"parentRef": {"group": "gateway.networking.k8s.io", "kind": "Gateway",
                          "name": "edge", "sectionName": "pg"},
                          "conditions": [{"type": "Accepted", "status": "True"}]}]}})"),
              IsEmpty());
}

TEST(Warnings, AListenerSetWithoutItsGatewayIsOneAndSoIsARouteToIt) {
  EXPECT_THAT(found(R"({"kind": "ListenerSet", "metadata": {"name": "s", "namespace": "n"},
                        "spec": {"parentRef": {"name": "gone"}}},
                       {"kind": "TCPRoute", "metadata": {"name": "a", "namespace": "n"},
                        "spec": {"parentRefs": [{"kind": "ListenerSet", "name": "s"}]}})"),
              ElementsAre("ListenerSet n/s: spec.parentRef: Gateway n/gone; there is none of that name",
                          "TCPRoute n/a: spec.parentRefs[0]: ListenerSet n/s; its Gateway is not there, or another "
                          "controller's"));
}

TEST(Warnings, APolicyThatGuardsNothingIsOne) {
  EXPECT_THAT(found(R"({"kind": "BackendTLSPolicy", "metadata": {"name": "p", "namespace": "n"},
                        "spec": {"targetRefs": [{"kind": "Service", "name": "x"}]}})"),
              ElementsAre("BackendTLSPolicy n/p: spec.targetRefs: no route of ours leads to what they name; it has no "
                          "effect"));
}

TEST(Warnings, EveryBadConditionIsOneWithWhereItStands) {
  EXPECT_THAT(
      found(R"({"kind": "Gateway", "metadata": {"name": "g", "namespace": "n"}, "status": {
        "conditions": [{"type": "Accepted", "status": "False", "reason": "Invalid", "message": "m1"}],
        "listeners": [{"name": "l", "conditions": [
          {"type": "Conflicted", "status": "True", "reason": "HostnameConflict", "message": "m2"}]}]}},
        {"kind": "BackendTLSPolicy", "metadata": {"name": "p", "namespace": "n"}, "status": {"ancestors": [
          {"ancestorRef": {"kind": "Gateway", "name": "g"}, "conditions": [
            {"type": "Accepted", "status": "False", "reason": "NoValidCACertificate", "message": "m3"}]}]}})"),
      ElementsAre("Gateway n/g: Accepted: Invalid: m1", "Gateway n/g: listener l: Conflicted: HostnameConflict: m2",
                  "BackendTLSPolicy n/p: ancestor Gateway g: Accepted: NoValidCACertificate: m3"));
}

TEST(Warnings, OfAFolderNothingIsSaidThatOnlyANodeKnows) {
  const char* gateway = R"({"kind": "Gateway", "metadata": {"name": "g", "namespace": "n"}, "status": {"conditions": [
      {"type": "AddressesAssigned", "status": "False", "reason": "NotAssigned", "message": "m1"},
      {"type": "Programmed", "status": "False", "reason": "AddressNotAssigned", "message": "m2"}]}})";
  EXPECT_THAT(found(gateway, Asked::Folder), IsEmpty());
  EXPECT_EQ(found(gateway, Asked::Node).size(), 2u);
}

TEST(Warnings, AServiceInUseWithoutAReadyEndpointIsOneUnlessAClusterFillsIt) {
  model::v1::Model model;
  const auto add = [&](const std::string& name) {
    auto& backend = *model.add_resources();
    backend.mutable_backend()->mutable_service()->set_namespace_("n");
    backend.mutable_backend()->mutable_service()->set_name(name);
    backend.mutable_backend()->set_port(80);
    backend.mutable_backend()->set_endpoints("endpoints/" + name);
    auto& endpoints = *model.add_resources();
    endpoints.set_name("endpoints/" + name);
    return endpoints.mutable_endpoints();
  };
  api::ObjectSet objects;
  for (const char* name : {"draining", "named", "ready", "selected"}) {
    auto service = std::make_shared<api::Service>();
    if (std::string(name) == "selected") service->spec.selector["app"] = "x";
    objects.services[{"n", name}] = service;
  }
  add("draining")->add_endpoints()->set_state(model::v1::Endpoint::DRAINING);
  add("named")->set_external_name("x.example");
  add("ready")->add_endpoints()->set_state(model::v1::Endpoint::READY);
  add("selected");
  const auto warnings = warnings_of_model(model, objects);
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(api::to_string(warnings[0].object), "Service n/draining");
}

}  // namespace
}  // namespace sluice::ctl
