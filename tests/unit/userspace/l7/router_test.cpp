#include "userspace/l7/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model_builder.h"
#include "userspace/l7/tables.h"

namespace sluice::l7::test {
namespace {

const SocketAddress kLoopback = SocketAddress::make(std::string_view("\x7f\0\0\1", 4), 80);

class Router : public testing::Test {
 protected:
  void serve(ModelBuilder& model) { tables_ = TablesBuilder().build(model.store()); }

  /// Why the rule that takes such a request answers with an error.
  std::string unsupported(std::string_view path, std::vector<Field> headers, std::string_view query) {
    const RouteTable* table = tables_->find(kLoopback)->select("h");
    return table->route({.method = "GET", .host = "h", .path = path, .query = query, .headers = headers})
        .action->unsupported;
  }

  std::string route(std::string_view host, std::string_view path, std::string_view method = "GET",
                    std::vector<Field> headers = {}, std::string_view query = "") {
    const PortTable* port = tables_->find(kLoopback);
    if (port == nullptr) return "no port";
    const RouteTable* table = port->select(host);
    if (table == nullptr) return "no_listener";
    const Decision decision =
        table->route({.method = method, .host = host, .path = path, .query = query, .headers = headers});
    return decision.action == nullptr ? std::string(name(decision.reason)) : decision.action->route.name();
  }

  std::shared_ptr<const Tables> tables_;
};

TEST_F(Router, ExactHostBeforeLongestWildcardBeforeNone) {
  ModelBuilder model;
  model.listen("gw", 80);
  for (const auto* hostname : {"a.example.com", "*.example.com", "*.com", ""}) {
    HostBuilder host(hostname);
    host.prefix(*hostname == '\0' ? "any" : hostname, "/");
    model.host(host.build());
  }
  serve(model);
  EXPECT_EQ(route("a.example.com", "/"), "a.example.com");
  EXPECT_EQ(route("b.example.com", "/"), "*.example.com");
  EXPECT_EQ(route("c.b.example.com", "/"), "*.example.com");
  EXPECT_EQ(route("example.com", "/"), "*.com");
  EXPECT_EQ(route("example.org", "/"), "any");
  EXPECT_EQ(route("*.example.com", "/"), "*.example.com");
}

TEST_F(Router, AMissFallsThroughToLessSpecificHostsAndThereEnds) {
  ModelBuilder model;
  model.listen("gw", 80);
  HostBuilder exact("a.example.com", "host/gw/*.example.com");
  exact.prefix("exact", "/only");
  HostBuilder wildcard("*.example.com", "host/gw/-");
  wildcard.prefix("wildcard", "/wild");
  HostBuilder any("");
  any.exact("any", "/any");
  model.host(exact.build()).host(wildcard.build()).host(any.build());
  serve(model);
  EXPECT_EQ(route("a.example.com", "/only"), "exact");
  EXPECT_EQ(route("a.example.com", "/wild/x"), "wildcard");
  EXPECT_EQ(route("a.example.com", "/any"), "any");
  EXPECT_EQ(route("a.example.com", "/none"), "no_rule");
  EXPECT_EQ(route("b.example.com", "/only"), "no_rule");
}

TEST_F(Router, AnUnknownHostIsNoHost) {
  ModelBuilder model;
  HostBuilder host("a.example.com");
  host.prefix("r", "/");
  model.listen("gw", 80).host(host.build());
  serve(model);
  EXPECT_EQ(route("b.example.com", "/"), "no_host");
  EXPECT_EQ(route("", "/"), "no_host");
}

TEST_F(Router, TheMostSpecificListenerIsChosenOnceAndNeverLeft) {
  ModelBuilder model;
  HostBuilder special("a.example.com");
  special.prefix("special", "/special");
  HostBuilder general("");
  general.prefix("general", "/");
  model.listen("special", 80, "a.example.com").host(special.build());
  model.listen("general", 80).host(general.build());
  serve(model);
  EXPECT_EQ(route("a.example.com", "/special"), "special");
  EXPECT_EQ(route("a.example.com", "/other"), "no_rule");
  EXPECT_EQ(route("b.example.com", "/other"), "general");
}

TEST_F(Router, PrefixesMatchWholeSegmentsOnly) {
  ModelBuilder model;
  HostBuilder host("");
  host.prefix("deep", "/foo/bar");
  host.prefix("foo", "/foo");
  model.listen("gw", 80).host(host.build());
  serve(model);
  EXPECT_EQ(route("h", "/foo"), "foo");
  EXPECT_EQ(route("h", "/foo/"), "foo");
  EXPECT_EQ(route("h", "/foo/barn"), "foo");
  EXPECT_EQ(route("h", "/foo/bar"), "deep");
  EXPECT_EQ(route("h", "/foo/bar/baz/qux"), "deep");
  EXPECT_EQ(route("h", "/foobar"), "no_rule");
  EXPECT_EQ(route("h", "/FOO"), "no_rule");
  EXPECT_EQ(route("h", "*"), "no_rule");
}

TEST_F(Router, ThePrefixOfEverythingTakesTheServerAsAWholeToo) {
  ModelBuilder model;
  HostBuilder host("");
  host.exact("exact", "/a");
  host.prefix("all", "/");
  model.listen("gw", 80).host(host.build());
  serve(model);
  EXPECT_EQ(route("h", "*"), "all");  // OPTIONS *
  EXPECT_EQ(route("h", "/a"), "exact");
}

TEST_F(Router, TheSmallestRankWinsWhateverTheKindsOfPath) {
  ModelBuilder model;
  HostBuilder host("");
  host.regex("regex-first", "/a/[0-9]+");
  host.exact("exact", "/a/1");
  host.prefix("prefix", "/a");
  host.prefix("longer-but-behind", "/a/b");
  model.listen("gw", 80).host(host.build());
  serve(model);
  EXPECT_EQ(route("h", "/a/1"), "regex-first");
  EXPECT_EQ(route("h", "/a/b"), "prefix");
  EXPECT_EQ(route("h", "/a/1/2"), "prefix") << "a regular expression matches the whole path";
}

TEST_F(Router, MethodHeadersAndQueryAreAllAskedInOrderOfRank) {
  ModelBuilder model;
  HostBuilder host("");
  auto& all = host.rule("all");
  HostBuilder::set_path(all, model::v1::PathMatch::PREFIX, "/");
  all.set_method("POST");
  add_value(*all.add_headers(), "x-kind", "blue");
  add_value(*all.add_query_params(), "v", "2");
  auto& header = host.rule("header");
  HostBuilder::set_path(header, model::v1::PathMatch::PREFIX, "/");
  add_value(*header.add_headers(), "x-kind", "b.*", true);
  host.prefix("plain", "/");
  model.listen("gw", 80).host(host.build());
  serve(model);
  EXPECT_EQ(route("h", "/", "POST", {{"X-Kind", "blue"}}, "v=2"), "all");
  EXPECT_EQ(route("h", "/", "POST", {{"X-Kind", "blue"}}, "v=3"), "header");
  EXPECT_EQ(route("h", "/", "GET", {{"x-KIND", "black"}}), "header");
  EXPECT_EQ(route("h", "/", "post", {{"X-Kind", "red"}}, "v=2"), "plain");
}

TEST_F(Router, TheFirstOccurrenceOfAQueryParameterDecides) {
  ModelBuilder model;
  HostBuilder host("");
  add_value(*host.rule("two").add_query_params(), "v", "a b&");
  model.listen("gw", 80).host(host.build());
  serve(model);
  EXPECT_EQ(route("h", "/", "GET", {}, "x=1&v=a%20b%26&v=3"), "two");
  EXPECT_EQ(route("h", "/", "GET", {}, "v=a+b%26"), "two");
  EXPECT_EQ(route("h", "/", "GET", {}, "v=3&v=a%20b%26"), "no_rule");
  EXPECT_EQ(route("h", "/", "GET", {}, "V=a%20b%26"), "no_rule") << "names are case-sensitive";
}

TEST_F(Router, RepeatedHeadersAreOneValueJoinedByCommaAndSpace) {
  ModelBuilder model;
  HostBuilder host("");
  add_value(*host.rule("joined").add_headers(), "x-a", "1, 2");
  model.listen("gw", 80).host(host.build());
  serve(model);
  EXPECT_EQ(route("h", "/", "GET", {{"X-A", "1"}, {"Other", "x"}, {"x-a", "2"}}), "joined");
  EXPECT_EQ(route("h", "/", "GET", {{"X-A", "1"}}), "no_rule");
}

TEST_F(Router, ARegularExpressionThatRe2RefusesMatchesNothingAndIsReported) {
  ModelBuilder model;
  HostBuilder host("");
  host.regex("broken", "/(");
  host.prefix("rest", "/");
  model.listen("gw", 80).host(host.build());
  serve(model);
  EXPECT_EQ(route("h", "/("), "rest");
  EXPECT_THAT(tables_->errors(), testing::ElementsAre(testing::HasSubstr("host/gw/-: regular expression \"/(\"")));
}

TEST_F(Router, AConditionThatRe2RefusesKeepsItsRequestsFromOtherRulesAndItsRuleAnswersWithAnError) {
  ModelBuilder model;
  HostBuilder host("");
  auto& header = host.rule("header");
  HostBuilder::set_path(header, model::v1::PathMatch::PREFIX, "/header");
  add_value(*header.add_headers(), "x-a", "(", true);
  auto& param = host.rule("param");
  HostBuilder::set_path(param, model::v1::PathMatch::PREFIX, "/param");
  add_value(*param.add_query_params(), "p", "(", true);
  host.prefix("rest", "/");
  model.listen("gw", 80).host(host.build());
  serve(model);
  EXPECT_EQ(route("h", "/header", "GET", {{"X-A", "1"}}), "header");
  EXPECT_EQ(route("h", "/header"), "rest") << "without the header it is another rule's, whatever the expression";
  EXPECT_EQ(route("h", "/param", "GET", {}, "p=1"), "param");
  EXPECT_EQ(unsupported("/header", {{"x-a", "1"}}, ""), "header x-a: regular expression \"(\": missing ): (");
  EXPECT_EQ(unsupported("/param", {}, "p=1"), "query parameter p: regular expression \"(\": missing ): (");
  EXPECT_EQ(unsupported("/", {}, ""), "");
  EXPECT_EQ(tables_->errors().size(), 2U);
}

TEST_F(Router, ExplainNamesTheNearestLosersAndWhatTheyMissed) {
  ModelBuilder model;
  HostBuilder host("");
  host.prefix("other-path", "/b");
  auto& header = host.rule("header");
  HostBuilder::set_path(header, model::v1::PathMatch::PREFIX, "/a");
  add_value(*header.add_headers(), "x-a", "1");
  host.prefix("winner", "/a");
  host.prefix("behind", "/");
  model.listen("gw", 80).host(host.build());
  serve(model);
  const auto* table = tables_->frontends().begin()->second.get();
  const Explanation out = explain(*table, {.method = "GET", .host = "h", .path = "/a/x"});
  ASSERT_NE(out.decision.action, nullptr);
  EXPECT_EQ(out.decision.action->route.name(), "winner");
  std::vector<std::string> losers;
  for (const auto& loser : out.losers) losers.push_back(loser.action->route.name() + ": " + describe(loser));
  EXPECT_THAT(losers, testing::ElementsAre("header: no header x-a = 1", "other-path: path PathPrefix /b does not match",
                                           "behind: matches too, but ranks behind"));
}

TEST(ActionPick, EveryTurnOfTheWheelGivesEachBackendExactlyItsWeight) {
  for (const std::vector<std::uint32_t>& weights :
       {std::vector<std::uint32_t>{1, 1}, {70, 30, 0}, {1, 999}, {1, 2, 3, 4, 5}, {0, 7}}) {
    HostBuilder builder("");
    builder.prefix("r", "/");
    for (const auto weight : weights) {
      auto& backend = *builder.action().add_backends();
      backend.set_backend("b" + std::to_string(backend.weight()));
      backend.set_weight(weight);
    }
    const auto table =
        HostTable::make(builder.build(), [](const std::string&) { return std::make_shared<BackendSlot>(); }, nullptr);
    const Action& action = table->actions().front();
    std::vector<std::uint32_t> seen(weights.size());
    for (std::uint64_t turn = 12345; turn < 12345 + action.total_weight; ++turn) {
      ++seen[static_cast<std::size_t>(action.pick(turn) - action.targets.data())];
    }
    EXPECT_EQ(seen, weights);
  }
}

TEST(ActionPick, NoWeightAtAllPicksNothing) {
  Action action;
  EXPECT_EQ(action.pick(0), nullptr);
}

}  // namespace
}  // namespace sluice::l7::test
