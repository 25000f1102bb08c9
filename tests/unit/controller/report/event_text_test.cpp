#include "controller/report/event_text.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace sluice::report {
namespace {

const pipeline::Finding kFinding{.object = {"HTTPRoute", "shop", "cart"},
                                 .part = "parent Gateway edge",
                                 .type = "ResolvedRefs",
                                 .reason = "BackendNotFound",
                                 .message = "Service shop/pay is not there"};

TEST(EventText, IsWhatKubectlDescribeShows) {
  const auto subject = event_subject(kFinding);
  const auto path = event_path(subject, "uid-1");
  EXPECT_EQ(to_path(path), "/apis/events.k8s.io/v1/namespaces/shop/events/" + path.name);
  const auto event = boost::json::parse(event_text(subject, path,
                                                   {.resource = {"gateway.networking.k8s.io", "v1", "httproutes"},
                                                    .uid = "uid-1",
                                                    .instance = "sluice-controller-0",
                                                    .time = "2026-03-01T00:00:00Z"}));
  EXPECT_EQ(event, boost::json::parse(R"({
    "apiVersion": "events.k8s.io/v1", "kind": "Event",
    "metadata": {"name": ")" + path.name +
                                      R"(", "namespace": "shop"},
    "eventTime": "2026-03-01T00:00:00.000000Z",
    "reportingController": "sluice.dev/gateway-controller", "reportingInstance": "sluice-controller-0",
    "action": "Reconcile", "type": "Warning", "reason": "BackendNotFound",
    "note": "parent Gateway edge: ResolvedRefs: Service shop/pay is not there",
    "regarding": {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "namespace": "shop",
                  "name": "cart", "uid": "uid-1"}})"));
}

TEST(EventText, OfAClusterScopedObjectIsInDefaultAndNamesNoNamespace) {
  const EventSubject subject{{"GatewayClass", "", "sluice"}, "UnsupportedVersion", "SupportedVersion: v1.6.0"};
  const auto path = event_path(subject, "uid-1");
  EXPECT_EQ(path.namespace_, "default");
  const auto event = boost::json::parse(event_text(subject, path,
                                                   {.resource = {"gateway.networking.k8s.io", "v1", ""},
                                                    .uid = "u",
                                                    .instance = "i",
                                                    .time = "2026-03-01T00:00:00Z"}));
  EXPECT_FALSE(event.at("regarding").as_object().contains("namespace"));
}

TEST(EventName, IsTheSameForTheSameAndAnotherForEachOther) {
  const EventSubject subject = event_subject(kFinding);
  const std::string name = event_path(subject, "uid-1").name;
  EXPECT_EQ(name, "cart.3c04f14e2531c597");  // stable over releases, or a new leader tells all again
  EXPECT_NE(event_path(subject, "uid-2").name, name);
  EXPECT_NE(event_path({subject.object, "RefNotPermitted", subject.note}, "uid-1").name, name);
  EXPECT_NE(event_path({subject.object, subject.reason, "another"}, "uid-1").name, name);
  EXPECT_NE(event_path({{"GRPCRoute", "shop", "cart"}, subject.reason, subject.note}, "uid-1").name, name);
}

TEST(EventName, IsANameWhateverTheObjectsNameIs) {
  const std::string longest = std::string(235, 'a') + "-" + std::string(17, 'b');
  const std::string name = event_path({{"Gateway", "n", longest}, "R", "n"}, "u").name;
  EXPECT_EQ(name.substr(0, 236), std::string(235, 'a') + ".");
  EXPECT_LE(name.size(), 253U);
}

TEST(EventNote, IsNoLongerThanTheApiServerTakes) {
  auto finding = kFinding;
  for (int i = 0; i < 2000; ++i) finding.message += "ä";
  const auto note = event_subject(finding).note;
  EXPECT_LE(note.size(), 1024U);
  EXPECT_TRUE(note.ends_with("ä…"));
}

TEST(EventSeries, IsCountedFromOne) {
  EXPECT_EQ(seen_count("{}"), 1U);
  EXPECT_EQ(seen_count(R"({"series":{"count":7,"lastObservedTime":"x"}})"), 7U);
  EXPECT_EQ(series_text(8, "2026-03-01T00:00:00Z"), R"({"count":8,"lastObservedTime":"2026-03-01T00:00:00.000000Z"})");
}

}  // namespace
}  // namespace sluice::report
