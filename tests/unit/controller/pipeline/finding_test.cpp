#include "controller/pipeline/finding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace sluice::pipeline {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const api::ObjectRef kRoute{.kind = "HTTPRoute", .namespace_ = "shop", .name = "cart"};
const api::ObjectRef kGateway{.kind = "Gateway", .namespace_ = "shop", .name = "edge"};

std::vector<std::string> told(const api::ObjectRef& object, std::string_view status) {
  std::vector<std::string> lines;
  for (const auto& finding : findings(object, boost::json::parse(status).as_object())) {
    lines.push_back(to_string(finding));
  }
  return lines;
}

TEST(Findings, NameTheParentOfARouteThatDoesNotResolve) {
  EXPECT_THAT(told(kRoute, R"({"parents": [{"parentRef": {"kind": "Gateway", "name": "edge", "sectionName": "http"},
                              "conditions": [
      {"type": "Accepted", "status": "True", "reason": "Accepted", "message": ""},
      {"type": "ResolvedRefs", "status": "False", "reason": "BackendNotFound", "message": "Service shop/pay"}]}]})"),
              ElementsAre("HTTPRoute shop/cart, parent Gateway edge, section http: ResolvedRefs: BackendNotFound: "
                          "Service shop/pay"));
}

TEST(Findings, NameTheListenerAndTheGatewayApart) {
  EXPECT_THAT(told(kGateway, R"({"conditions": [{"type": "Programmed", "status": "False", "reason": "Invalid"}],
      "listeners": [{"name": "https", "conditions": [
          {"type": "Conflicted", "status": "True", "reason": "HostnameConflict", "message": "two of them"}]}]})"),
              ElementsAre("Gateway shop/edge: Programmed: Invalid",
                          "Gateway shop/edge, listener https: Conflicted: HostnameConflict: two of them"));
}

TEST(Findings, SayOnceWhatSeveralConditionsOfAPartSay) {
  EXPECT_THAT(told(kGateway, R"({"listeners": [{"name": "a", "conditions": [
      {"type": "Accepted", "status": "False", "reason": "HostnameConflict", "message": "taken"},
      {"type": "Conflicted", "status": "True", "reason": "HostnameConflict", "message": "taken"}]},
    {"name": "b", "conditions": [
      {"type": "Accepted", "status": "False", "reason": "HostnameConflict", "message": "taken"}]},
    {"name": "c", "conditions": [
      {"type": "Programmed", "status": "False", "reason": "Invalid", "message": "no Secret"},
      {"type": "ResolvedRefs", "status": "False", "reason": "InvalidCertificateRef", "message": "no Secret"}]}]})"),
              ElementsAre("Gateway shop/edge, listener a: Accepted: HostnameConflict: taken",
                          "Gateway shop/edge, listener b: Accepted: HostnameConflict: taken",
                          "Gateway shop/edge, listener c: ResolvedRefs: InvalidCertificateRef: no Secret"));
}

TEST(Findings, LeaveOutWhatIsAsItShouldBeAndWhatIsNotKnownYet) {
  EXPECT_THAT(told(kGateway, R"({"conditions": [{"type": "Accepted", "status": "True", "reason": "Accepted"},
      {"type": "Programmed", "status": "Unknown", "reason": "Pending"},
      {"type": "Conflicted", "status": "False", "reason": "NoConflicts"}], "addresses": []})"),
              IsEmpty());
}

}  // namespace
}  // namespace sluice::pipeline
