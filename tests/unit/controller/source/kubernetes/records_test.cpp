// What a writer of status starts from, and what comes of writing.
#include "tests/unit/controller/source/kubernetes/source_fixture.h"

namespace sluice::kubernetes {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const api::ObjectRef kMain{"Gateway", "n", "main"};

class Records : public SourceTest {
 protected:
  std::optional<ApiAnswer> answer;
  void send(ApiRequest request) {
    answer.reset();
    source->send(std::move(request), [this](ApiAnswer got) { answer = std::move(got); });
    take_until([&] { return answer.has_value(); });
  }
};

TEST_F(Records, AWrittenStatusIsANewRecordOfTheSameObject) {
  world.put(kGateways, gateway("main", R"(,"status":{"conditions":[{"type":"Accepted"}]})"));
  start_and_sync();
  const auto object = gateway_named("main");
  EXPECT_EQ(source->record(kMain)->status, R"({"conditions":[{"type":"Accepted"}]})");
  all = {};
  const auto version = world.put(kGateways, gateway("main", R"(,"status":{"conditions":[]})"));
  take_until([&] { return source->record(kMain)->resource_version == version; });
  EXPECT_EQ(source->record(kMain)->status, R"({"conditions":[]})");
  EXPECT_EQ(gateway_named("main"), object);
  EXPECT_THAT(all.changed, IsEmpty());
  EXPECT_THAT(all.recorded, ElementsAre("Gateway n/main"));
}

TEST_F(Records, GoWithTheirObject) {
  world.put(kGateways, gateway("main"));
  start_and_sync();
  ASSERT_NE(source->record(kMain), nullptr);
  EXPECT_EQ(source->record(kMain)->status, "");
  world.remove(kGateways, "n", "main");
  take_until([&] { return source->record(kMain) == nullptr; });
  EXPECT_EQ(gateway_named("main"), nullptr);
  EXPECT_EQ(source->record({"Service", "n", "a"}), nullptr) << "whose status is not ours";
}

TEST_F(Records, AnObjectThatNoSchemaWouldLetThroughLeavesItsLastVersionInForce) {
  world.put(kGateways, gateway("main"));
  start_and_sync();
  const auto good = gateway_named("main");
  all = {};
  const std::string bad = R"({"apiVersion":"gateway.networking.k8s.io/v1","kind":"Gateway",
    "metadata":{"namespace":"n","name":"NAME"},"spec":{"gatewayClassName":"sluice","listeners":[{"port":0}]}})";
  const auto named = [&](const std::string& name) { return std::string(bad).replace(bad.find("NAME"), 4, name); };
  world.put(kGateways, named("main"));
  world.put(kGateways, named("other"));
  take_until([&] { return !trouble("Gateway n/main").empty() && !trouble("Gateway n/other").empty(); });
  EXPECT_THAT(trouble("Gateway n/main"), HasSubstr("; the version before it stays in force"));
  EXPECT_THAT(trouble("Gateway n/main"), HasSubstr("spec.listeners[0]"));
  EXPECT_THAT(trouble("Gateway n/other"), HasSubstr("; the object is left out"));
  EXPECT_EQ(gateway_named("main"), good);
  EXPECT_EQ(gateway_named("other"), nullptr);
  world.put(kGateways, gateway("other"));
  world.remove(kGateways, "n", "main");
  take_until([&] { return gateway_named("other") != nullptr && gateway_named("main") == nullptr; });
  take_until([&] { return all.troubles.empty(); });
}

TEST_F(Records, ABadObjectThatTookTheNameOfAGoodOneIsNotTheGoodOne) {
  world.put(kGateways, gateway("main"));
  start_and_sync();
  world.put(kGateways, R"({"metadata":{"namespace":"n","name":"main","uid":"another"},"spec":{}})");
  take_until([&] { return gateway_named("main") == nullptr && !trouble("Gateway n/main").empty(); });
  EXPECT_THAT(trouble("Gateway n/main"), HasSubstr("; the object is left out"));
}

TEST_F(Records, FieldsOfANewerApiAreNamed) {
  std::string newer = gateway("main");
  newer.insert(newer.find("\"listeners\""), R"("teleport":1,)");
  world.put(kGateways, newer);
  start_and_sync();
  EXPECT_NE(gateway_named("main"), nullptr);
  take_until(
      [&] { return trouble("Gateway n/main") == "fields that Sluice does not know have no effect: spec.teleport"; });
}

TEST_F(Records, AStatusIsPatchedOnTheVersionThatWasRead) {
  world.put(kGateways, gateway("main"));
  start_and_sync();
  const auto record = source->record(kMain);
  server.fault({.request = "PATCH", .status = 200, .body = R"({"metadata":{"resourceVersion":"999"}})"});
  JsonPatch change(record->resource_version);
  change.add({"status"}, R"({"conditions":[]})");
  send(patch(status_of(*source->path_of(kMain)), change));
  ASSERT_TRUE(answer->has_value());
  const auto seen = server.seen("PATCH");
  ASSERT_THAT(seen, SizeIs(1));
  EXPECT_EQ(seen.front().line, "PATCH /apis/gateway.networking.k8s.io/v1/namespaces/n/gateways/main/status");
  EXPECT_EQ(seen.front().content_type, "application/json-patch+json");
  EXPECT_EQ(seen.front().body, R"([{"op":"test","path":"/metadata/resourceVersion","value":")" +
                                   record->resource_version +
                                   R"("},{"op":"add","path":"/status","value":{"conditions":[]}}])");
  EXPECT_THAT(source->metrics(), HasSubstr("sluice_kubernetes_writes_total{result=\"ok\"} 1\n"));
}

TEST_F(Records, AConflictIsAValue) {
  start_and_sync();
  server.fault(
      {.request = "PATCH",
       .status = 422,
       .body = R"({"kind":"Status","message":"testing value /metadata/resourceVersion failed: test failed"})"});
  send(patch(status_of(*source->path_of(kMain)), JsonPatch("1")));
  EXPECT_EQ(answer->error().kind, ApiErrorKind::kConflict);
  const ResourcePath leases{{"coordination.k8s.io", "v1", "leases"}, "sluice-system", "", ""};
  server.fault({.request = "POST", .status = 409, .body = R"({"kind":"Status","reason":"AlreadyExists"})"});
  send(create(leases, "{}"));
  EXPECT_EQ(answer->error().kind, ApiErrorKind::kAlreadyExists);
  server.fault({.request = "PUT", .status = 409, .body = R"({"kind":"Status","reason":"Conflict"})"});
  send(update({leases.resource, "sluice-system", "sluice-controller", ""}, "{}"));
  EXPECT_EQ(answer->error().kind, ApiErrorKind::kConflict);
  send(get({kServices, "n", "none", ""}));
  EXPECT_EQ(answer->error().kind, ApiErrorKind::kNotFound);
  EXPECT_THAT(source->metrics(), HasSubstr("sluice_kubernetes_writes_total{result=\"conflict\"} 2\n"));
}

TEST_F(Records, ARequestHasItsOwnTime) {
  start_and_sync();
  server.fault({.request = "PUT", .delay = std::chrono::seconds(60)});
  ApiRequest request = update({kServices, "n", "a", ""}, "{}");
  request.timeout = std::chrono::milliseconds(50);
  send(std::move(request));
  EXPECT_EQ(answer->error().kind, ApiErrorKind::kUnreachable);
}

TEST_F(Records, MetricsCountWhatTheWatchesDo) {
  world.put(kServices, service("a"));
  start_and_sync();
  wait_for_watches(kServices, 1);
  world.put(kServices, service("a", 81));
  // An event is counted when it has been handed out.
  take_until([&] { return source->metrics().contains("type=\"modified\""); });
  const auto text = source->metrics();
  for (const char* line :
       {"sluice_kubernetes_lists_total{resource=\"services\",reason=\"first\"} 1\n",
        "sluice_kubernetes_list_pages_total{resource=\"services\"} 1\n",
        "sluice_kubernetes_watches_total{resource=\"services\"} 1\n",
        "sluice_kubernetes_events_total{resource=\"services\",type=\"modified\"} 1\n",
        "sluice_kubernetes_objects{resource=\"services\"} 1\n", "sluice_kubernetes_watching{resource=\"services\"} 1\n",
        "# TYPE sluice_kubernetes_errors_total counter\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

}  // namespace
}  // namespace sluice::kubernetes
