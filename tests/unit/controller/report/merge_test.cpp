// What goes to the API server, rule by rule: stored status and wanted status in, JSON patch out.
#include "controller/report/merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "controller/report/raw_object.h"

namespace sluice::report {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kOurs = R"("controllerName":"sluice.dev/gateway-controller")";

/// One of ours as it is stored and as it is wanted.
std::string condition(const std::string& type, const std::string& status = "True", int generation = 1) {
  return R"({"lastTransitionTime":"2025-01-01T00:00:00Z","message":"m","observedGeneration":)" +
         std::to_string(generation) + R"(,"reason":"R","status":")" + status + R"(","type":")" + type + "\"}";
}

/// What a merge makes of one that was not there.
std::string fresh(const std::string& type) {
  std::string out = condition(type);
  return out.replace(out.find("2025-01-01"), 10, "2026-03-01");
}

std::string parent(const std::string& name, const std::string& conditions = condition("Accepted")) {
  return R"({"conditions":[)" + conditions + "]," + std::string(kOurs) +
         R"(,"parentRef":{"group":"gateway.networking.k8s.io","kind":"Gateway","name":")" + name + "\"}}";
}

const std::string kForeign =
    R"({ "parentRef" :{"name":"theirs"}, "controllerName":"example.com/other" ,"conditions":[ {"n":1e0} ]})";

Merged merged(std::string_view kind, const std::string& status, std::optional<std::string> wanted,
              std::int64_t generation = 1) {
  kubernetes::StatusRecord record;
  record.resource_version = "7";
  record.status = status;
  const auto value = wanted ? parsed(*wanted) : boost::json::value();
  return merge(kind, record, value.if_object(), {.generation = generation, .now = "2026-03-01T00:00:00Z"});
}

/// "" where there is nothing to write.
std::string patch(std::string_view kind, const std::string& status, std::optional<std::string> wanted,
                  std::int64_t generation = 1) {
  const auto out = merged(kind, status, std::move(wanted), generation);
  return out.patch ? out.patch->text() : "";
}

std::string only(const std::string& operation) {
  return R"([{"op":"test","path":"/metadata/resourceVersion","value":"7"},)" + operation + "]";
}

std::string add(const std::string& field, const std::string& value) {
  return R"({"op":"add","path":"/status)" + (field.empty() ? "" : "/" + field) + R"(","value":)" + value + "}";
}

std::string parents(const std::string& items) {
  return R"({"parents":[)" + items + "]}";
}

TEST(MergeOfARoute, MakesTheStatusWhereThereIsNone) {
  EXPECT_EQ(patch("HTTPRoute", "", parents(parent("edge"))), only(add("", parents(parent("edge", fresh("Accepted"))))));
}

TEST(MergeOfARoute, WritesNothingWhereAllIsThere) {
  EXPECT_EQ(patch("HTTPRoute", parents(kForeign + "," + parent("edge")), parents(parent("edge"))), "");
}

TEST(MergeOfARoute, TakesAReserialisationForNoDifference) {
  EXPECT_EQ(patch("TCPRoute", R"({ "parents" : [ {"parentRef":{"name":"edge"},
      "controllerName" : "sluice.dev\/gateway-controller", "conditions":[{"type":"Accepted","status":"True",
      "reason":"\u0052","message":"m","observedGeneration":1,"lastTransitionTime":"2025-01-01T00:00:00Z"}]} ] })",
                  parents(parent("edge"))),
            "");
}

TEST(MergeOfARoute, KeepsTheEntriesOfOthersByteForByteAndInTheirPlace) {
  EXPECT_EQ(
      patch("HTTPRoute", parents(kForeign + " , " + parent("edge", condition("Accepted", "False")) + "," + kForeign),
            parents(parent("edge", condition("Accepted", "False", 2))), 2),
      only(add("parents",
               "[" + kForeign + "," + parent("edge", condition("Accepted", "False", 2)) + "," + kForeign + "]")));
}

TEST(MergeOfARoute, TakesOutItsEntriesOfParentsThatItHasNoMore) {
  EXPECT_EQ(patch("HTTPRoute", parents(parent("old") + "," + kForeign + "," + parent("edge")), parents(parent("edge"))),
            only(add("parents", "[" + kForeign + "," + parent("edge") + "]")));
}

TEST(MergeOfARoute, ThatIsOursNoMoreLeavesTheOthersAlone) {
  EXPECT_EQ(patch("HTTPRoute", parents(parent("edge") + "," + kForeign), std::nullopt),
            only(add("parents", "[" + kForeign + "]")));
  EXPECT_EQ(patch("HTTPRoute", parents(kForeign), std::nullopt), "");
  EXPECT_EQ(patch("HTTPRoute", "", std::nullopt), "");
}

TEST(MergeOfARoute, LeavesAnEntryThatANewerGenerationWasWrittenFor) {
  const auto newer = parents(parent("edge", condition("Accepted", "False", 3)));
  EXPECT_EQ(patch("HTTPRoute", newer, parents(parent("edge")), 2), "");
  EXPECT_EQ(patch("HTTPRoute", newer, std::nullopt, 2), "");
  EXPECT_NE(patch("HTTPRoute", newer, std::nullopt, 3), "");
}

TEST(MergeOfARoute, KeepsAForeignConditionInsideItsOwnEntry) {
  const std::string theirs = R"({ "type":"example.com/Scanned","status":"True" })";
  EXPECT_EQ(patch("HTTPRoute", parents(parent("edge", theirs + "," + condition("Accepted"))),
                  parents(parent("edge", condition("Accepted") + "," + condition("ResolvedRefs")))),
            only(add("parents",
                     "[" + parent("edge", theirs + "," + condition("Accepted") + "," + fresh("ResolvedRefs")) + "]")));
}

TEST(MergeOfARoute, TellsParentsApartBySectionAndPortAndNotByDefaults) {
  const auto with_ref = [](const std::string& ref) {
    return R"({"conditions":[)" + condition("Accepted") + "]," + std::string(kOurs) + R"(,"parentRef":)" + ref + "}";
  };
  const auto stored = parents(with_ref(R"({"name":"edge"})") + "," + with_ref(R"({"name":"edge","sectionName":"a"})"));
  EXPECT_EQ(patch("HTTPRoute", stored,
                  parents(with_ref(R"({"group":"gateway.networking.k8s.io","kind":"Gateway","name":"edge"})") + "," +
                          with_ref(R"({"name":"edge","sectionName":"a"})"))),
            "");
  EXPECT_EQ(patch("HTTPRoute", stored, parents(with_ref(R"({"name":"edge","sectionName":"a"})"))),
            only(add("parents", "[" + with_ref(R"({"name":"edge","sectionName":"a"})") + "]")));
}

TEST(MergeOfARoute, HasNoMoreParentsThanTheSchemaTakesAndSaysSo) {
  std::string others;
  for (int i = 0; i < 31; ++i) others += (i > 0 ? "," : "") + kForeign;
  const auto out = merged("HTTPRoute", parents(others), parents(parent("a") + "," + parent("b")));
  ASSERT_TRUE(out.patch.has_value());
  EXPECT_THAT(out.patch->text(), HasSubstr("\"name\":\"a\""));
  EXPECT_THAT(out.patch->text(), testing::Not(HasSubstr("\"name\":\"b\"")));
  EXPECT_THAT(out.left_out, ElementsAre("parents: Gateway b: 32 are there"));
}

TEST(MergeOfAPolicy, FollowsTheSameRulesForSixteenAncestors) {
  const std::string foreign = R"({"ancestorRef":{"name":"x"},"controllerName":"example.com/other","conditions":[]})";
  const auto ancestor = [](const std::string& name, const std::string& conditions) {
    return R"({"ancestorRef":{"name":")" + name + R"("},"conditions":[)" + conditions + "]," + std::string(kOurs) + "}";
  };
  EXPECT_EQ(
      patch("BackendTLSPolicy", R"({"ancestors":[)" + foreign + "," + ancestor("old", condition("Accepted")) + "]}",
            R"({"ancestors":[)" + ancestor("edge", condition("Accepted")) + "]}"),
      only(add("ancestors", "[" + foreign + "," + ancestor("edge", fresh("Accepted")) + "]")));
  std::string full = foreign;
  for (int i = 1; i < 16; ++i) full += "," + foreign;
  const auto out = merged("BackendTLSPolicy", R"({"ancestors":[)" + full + "]}",
                          R"({"ancestors":[)" + ancestor("edge", condition("Accepted")) + "]}");
  EXPECT_FALSE(out.patch.has_value());
  EXPECT_THAT(out.left_out, ElementsAre("ancestors: Gateway edge: 16 are there"));
}

/// A Gateway's status; listeners and conditions as given.
std::string gateway(const std::string& conditions, const std::string& listeners, const std::string& addresses) {
  return R"({"addresses":)" + addresses + R"(,"attachedListenerSets":0,"conditions":[)" + conditions +
         R"(],"listeners":[)" + listeners + "]}";
}

std::string listener(const std::string& name, const std::string& conditions, int routes = 1) {
  return R"({"attachedRoutes":)" + std::to_string(routes) + R"(,"conditions":[)" + conditions + R"(],"name":")" + name +
         R"(","supportedKinds":[{"group":"gateway.networking.k8s.io","kind":"HTTPRoute"}]})";
}

const std::string kAddress = R"([{"type":"IPAddress","value":"192.0.2.1"}])";
const std::string kScanned = R"({ "type":"example.com/Scanned","status":"True" })";

TEST(MergeOfAGateway, TakesThePlaceOfTheDefaultConditions) {
  const std::string waiting = R"({"conditions":[{"lastTransitionTime":"1970-01-01T00:00:00Z","message":"Waiting",
      "reason":"Pending","status":"Unknown","type":"Accepted"}]})";
  EXPECT_EQ(patch("Gateway", waiting, gateway(condition("Accepted"), "", kAddress)),
            only(add("addresses", kAddress) + "," + add("attachedListenerSets", "0") + "," +
                 add("conditions", "[" + fresh("Accepted") + "]")));
}

TEST(MergeOfAGateway, WritesTheFieldsThatDifferAndNoOthers) {
  const auto before =
      gateway(condition("Accepted") + "," + kScanned, listener("http", condition("Accepted")), kAddress);
  EXPECT_EQ(
      patch("Gateway", before, gateway(condition("Accepted"), listener("http", condition("Accepted"), 2), kAddress)),
      only(add("listeners", "[" + listener("http", condition("Accepted"), 2) + "]")));
  EXPECT_EQ(patch("Gateway", before, gateway(condition("Accepted"), listener("http", condition("Accepted")), kAddress)),
            "");
}

TEST(MergeOfAGateway, KeepsForeignConditionsOfItAndOfItsListeners) {
  const auto before = gateway(kScanned + "," + condition("Accepted"),
                              listener("http", kScanned + "," + condition("Accepted")), kAddress);
  EXPECT_EQ(
      patch("Gateway", before,
            gateway(condition("Accepted", "True", 2), listener("http", condition("Accepted", "True", 2)), kAddress), 2),
      only(add("conditions", "[" + kScanned + "," + condition("Accepted", "True", 2) + "]") + "," +
           add("listeners", "[" + listener("http", kScanned + "," + condition("Accepted", "True", 2)) + "]")));
}

TEST(MergeOfAGateway, TakesOutAListenerThatIsGone) {
  const auto before =
      gateway(condition("Accepted"),
              listener("old", condition("Accepted")) + "," + listener("http", condition("Accepted")), kAddress);
  EXPECT_EQ(patch("Gateway", before, gateway(condition("Accepted"), listener("http", condition("Accepted")), kAddress)),
            only(add("listeners", "[" + listener("http", condition("Accepted")) + "]")));
}

TEST(MergeOfAGateway, KeepsAListenerThatIsGoneWhileSomebodyElseHasAConditionThere) {
  const auto before = gateway(condition("Accepted"), listener("old", kScanned + "," + condition("Accepted")), kAddress);
  const auto after = listener("old", kScanned, 0);
  EXPECT_EQ(patch("Gateway", before, gateway(condition("Accepted"), "", kAddress)),
            only(add("listeners", "[" + after + "]")));
  EXPECT_EQ(
      patch("Gateway", gateway(condition("Accepted"), after, kAddress), gateway(condition("Accepted"), "", kAddress)),
      "");
}

TEST(MergeOfAGateway, OfALaterGenerationIsNotTouchedAtAll) {
  const auto newer =
      gateway(condition("Accepted", "False", 3), listener("http", condition("Accepted", "False", 3)), "[]");
  EXPECT_EQ(
      patch("Gateway", newer, gateway(condition("Accepted"), listener("tcp", condition("Accepted")), kAddress), 2), "");
  EXPECT_EQ(
      patch("GatewayClass", R"({"conditions":[)" + condition("Accepted", "False", 3) + R"(],"supportedFeatures":[]})",
            R"({"conditions":[)" + condition("Accepted") + R"(],"supportedFeatures":[{"name":"Gateway"}]})", 2),
      "");
}

TEST(MergeOfAGateway, WithoutAddressesTakesThemOut) {
  const std::string without =
      R"({"attachedListenerSets":0,"conditions":[)" + condition("Accepted") + R"(],"listeners":[]})";
  EXPECT_EQ(patch("Gateway", gateway(condition("Accepted"), "", kAddress), without),
            only(R"({"op":"remove","path":"/status/addresses"})"));
  EXPECT_EQ(patch("Gateway", without, without), "");
}

TEST(MergeOfAGateway, OfAnotherControllerIsLeftToIt) {
  EXPECT_EQ(
      patch("Gateway", gateway(condition("Accepted"), listener("http", condition("Accepted")), kAddress), std::nullopt),
      "");
}

TEST(MergeOfAGateway, HasNoMoreListenersThanTheSchemaTakes) {
  std::string wanted;
  for (int i = 0; i < 65; ++i) wanted += (i > 0 ? "," : "") + listener("l" + std::to_string(i), condition("Accepted"));
  const auto out = merged("Gateway", "", gateway(condition("Accepted"), wanted, kAddress));
  ASSERT_TRUE(out.patch.has_value());
  EXPECT_THAT(out.left_out, ElementsAre("listeners: l64: 64 are there"));
}

TEST(MergeOfAListenerSet, HasConditionsAndListeners) {
  EXPECT_EQ(patch("ListenerSet", "",
                  R"({"conditions":[)" + condition("Accepted") + R"(],"listeners":[)" +
                      listener("pg", condition("Accepted")) + "]}"),
            only(add("", R"({"conditions":[)" + fresh("Accepted") + R"(],"listeners":[)" +
                             listener("pg", fresh("Accepted")) + "]}")));
}

TEST(MergeOfAGatewayClass, ClaimsFeaturesAndTakesThemBack) {
  const std::string with =
      R"({"conditions":[)" + condition("Accepted") + R"(],"supportedFeatures":[{"name":"Gateway"}]})";
  const std::string without = R"({"conditions":[)" + condition("Accepted") + "]}";
  EXPECT_EQ(patch("GatewayClass", without, with), only(add("supportedFeatures", R"([{"name":"Gateway"}])")));
  EXPECT_EQ(patch("GatewayClass", with, without), only(R"({"op":"remove","path":"/status/supportedFeatures"})"));
}

TEST(MergeOfAGatewayClass, HasNoMoreFeaturesThanTheSchemaTakes) {
  std::string features;
  for (int i = 0; i < 65; ++i) features += std::string(i > 0 ? "," : "") + R"({"name":"F)" + std::to_string(i) + "\"}";
  const auto out = merged("GatewayClass", "", R"({"conditions":[],"supportedFeatures":[)" + features + "]}");
  ASSERT_TRUE(out.patch.has_value());
  EXPECT_THAT(out.patch->text(), testing::Not(HasSubstr("F64")));
  EXPECT_THAT(out.left_out, ElementsAre("supportedFeatures: 65, room for 64"));
}

TEST(Merge, LeavesFieldsThatItDoesNotKnowAlone) {
  EXPECT_EQ(patch("HTTPRoute", R"({"parents":[],"theirs":{"a":1}})", parents(parent("edge"))),
            only(add("parents", "[" + parent("edge", fresh("Accepted")) + "]")));
}

TEST(Merge, OfAStatusThatIsNoObjectMakesOne) {
  EXPECT_EQ(patch("HTTPRoute", "null", parents(parent("edge"))),
            only(add("", parents(parent("edge", fresh("Accepted"))))));
  EXPECT_EQ(patch("HTTPRoute", R"({"parents":null})", parents(parent("edge"))),
            only(add("parents", "[" + parent("edge", fresh("Accepted")) + "]")));
  EXPECT_THAT(merged("HTTPRoute", "null", std::nullopt).left_out, IsEmpty());
}

}  // namespace
}  // namespace sluice::report
