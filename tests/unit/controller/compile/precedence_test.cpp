#include <gtest/gtest.h>

#include "tests/unit/controller/compile/graph_builder.h"

namespace sluice::compile {
namespace {

using attach::ListenerProtocol;

constexpr const char* kListener = "default/Gateway/main/http";

/// Two routes on one listener under one name; says which of them is asked first.
std::string first(api::HttpRouteMatch a, api::HttpRouteMatch b, const RouteOptions& of_a = {},
                  const RouteOptions& of_b = {}) {
  GraphBuilder graph;
  graph.service("web", {"10.0.0.1"});
  const auto listener = graph.listen("http", ListenerProtocol::Http, 80);
  graph.http("a", listener, "web", {std::move(a)}, of_a);
  graph.http("b", listener, "web", {std::move(b)}, of_b);
  const auto host = resource(graph.compile(), std::string("host/") + kListener + "/-").host();
  EXPECT_EQ(host.entries_size(), 2);
  return host.actions(static_cast<int>(host.entries(0).action())).route().name();
}

api::HttpRouteMatch prefix(const std::string& path) {
  return path_match("PathPrefix", path);
}

api::HttpRouteMatch with_headers(api::HttpRouteMatch match, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) match.headers.push_back({.name = "x-" + std::to_string(i), .value = "1"});
  return match;
}

api::HttpRouteMatch with_params(api::HttpRouteMatch match, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) match.query_params.push_back({.name = "p" + std::to_string(i), .value = "1"});
  return match;
}

api::HttpRouteMatch with_method(api::HttpRouteMatch match) {
  match.method = "GET";
  return match;
}

TEST(Precedence, ExactGoesBeforeExpressionAndExpressionBeforePrefix) {
  EXPECT_EQ(first(prefix("/long/prefix/of/all"), path_match("Exact", "/x")), "b");
  EXPECT_EQ(first(path_match("RegularExpression", "/long/expression"), path_match("Exact", "/x")), "b");
  EXPECT_EQ(first(prefix("/long/prefix/of/all"), path_match("RegularExpression", "/x")), "b");
}

TEST(Precedence, TheLongerPathOfAKindGoesFirst) {
  EXPECT_EQ(first(prefix("/a"), prefix("/a/b")), "b");
  EXPECT_EQ(first(path_match("RegularExpression", "/a.*"), path_match("RegularExpression", "/a/b.*")), "b");
}

TEST(Precedence, ASlashAtThePrefixesEndDoesNotMakeItLonger) {
  EXPECT_EQ(first(prefix("/a"), prefix("/a/")), "a");
  EXPECT_EQ(first(prefix("/b/"), prefix("/b")), "a");
}

TEST(Precedence, APathDecidesBeforeMethodHeadersAndParameters) {
  EXPECT_EQ(first(with_params(with_headers(with_method(prefix("/a")), 3), 3), prefix("/a/b")), "b");
}

TEST(Precedence, AMethodDecidesBeforeHeaders) {
  EXPECT_EQ(first(with_headers(prefix("/"), 5), with_method(prefix("/"))), "b");
}

TEST(Precedence, MoreHeadersDecideBeforeParameters) {
  EXPECT_EQ(first(with_params(with_headers(prefix("/"), 1), 4), with_headers(prefix("/"), 2)), "b");
}

TEST(Precedence, MoreParametersDecideBeforeAge) {
  EXPECT_EQ(first(prefix("/"), with_params(prefix("/"), 1), {.created = "2026-01-01T00:00:00Z"},
                  {.created = "2026-02-01T00:00:00Z"}),
            "b");
}

TEST(Precedence, AHeaderNamedTwiceCountsOnce) {
  auto twice = prefix("/");
  twice.headers = {{.name = "X-0", .value = "1"}, {.name = "x-0", .value = "2"}};
  EXPECT_EQ(first(twice, with_headers(prefix("/"), 2)), "b");
}

TEST(Precedence, TheOlderRouteGoesBeforeTheAlphabet) {
  EXPECT_EQ(first(prefix("/"), prefix("/"), {.created = "2026-02-01T00:00:00Z"}, {.created = "2026-01-01T00:00:00Z"}),
            "b");
  EXPECT_EQ(first(prefix("/"), prefix("/")), "a");
}

TEST(Precedence, WithinARouteTheFirstRuleThenTheFirstMatchGoesFirst) {
  GraphBuilder graph;
  graph.service("web", {"10.0.0.1"});
  const auto listener = graph.listen("http", ListenerProtocol::Http, 80);
  auto one = prefix("/");
  one.headers.push_back({.name = "x", .value = "1"});
  auto two = one;
  two.headers[0].value = "2";
  graph.http("a", listener, "web", {one, two});
  const auto host = resource(graph.compile(), std::string("host/") + kListener + "/-").host();
  EXPECT_EQ(host.entries(0).match().headers(0).value(), "1");
  EXPECT_EQ(host.entries(1).match().headers(0).value(), "2");
  EXPECT_EQ(host.entries(1).rank(), 1u);
}

TEST(Precedence, TheRoutesOwnHostnameGoesBeforeItsPathWhereTheIntersectionIsOne) {
  GraphBuilder graph;
  graph.service("web", {"10.0.0.1"});
  const auto listener = graph.listen("http", ListenerProtocol::Http, 80, "a.example.com");
  // All three meet the listener in a.example.com, as attach would write it.
  const auto hang = [&](const std::string& name, std::vector<std::string> own, api::HttpRouteMatch match) {
    const auto ref = graph.http(name, listener, "web", {std::move(match)}, {.hostnames = std::move(own)});
    graph.graph.routes.at(ref).parents[0].listeners.at(listener) = {"a.example.com"};
  };
  hang("a-none", {}, path_match("Exact", "/x/y"));
  hang("b-wildcard", {"*.example.com"}, path_match("Exact", "/x"));
  hang("c-exact", {"A.example.com"}, prefix("/"));
  const auto host = resource(graph.compile(), std::string("host/") + kListener + "/a.example.com").host();
  ASSERT_EQ(host.entries_size(), 3);
  EXPECT_EQ(host.actions(static_cast<int>(host.entries(0).action())).route().name(), "c-exact");
  EXPECT_EQ(host.actions(static_cast<int>(host.entries(1).action())).route().name(), "b-wildcard");
  EXPECT_EQ(host.actions(static_cast<int>(host.entries(2).action())).route().name(), "a-none");
}

TEST(Precedence, TheOldestL4RouteServesAndTheOthersAreShadowed) {
  GraphBuilder graph;
  graph.service("db", {"10.0.0.1"});
  const auto listener = graph.listen("pg", ListenerProtocol::Tcp, 5432);
  graph.tcp("a", listener, "db", {.created = "2026-03-01T00:00:00Z"});
  graph.tcp("b", listener, "db", {.created = "2026-01-01T00:00:00Z"});
  graph.tcp("c", listener, "db", {.created = "2026-02-01T00:00:00Z"});
  const auto table = resource(graph.compile(), "l4/default/Gateway/main/pg").l4();
  EXPECT_EQ(table.route().name(), "b");
  ASSERT_EQ(table.shadowed_size(), 2);
  EXPECT_EQ(table.shadowed(0).name(), "c");
  EXPECT_EQ(table.shadowed(1).name(), "a");
}

TEST(Precedence, SniNamesAreRankedExactThenLongestWildcardThenNone) {
  GraphBuilder graph;
  graph.service("web", {"10.0.0.1"});
  const auto listener = graph.listen("tls", ListenerProtocol::Tls, 443);
  graph.tls("a", listener, "web");
  graph.tls("b", listener, "web", {.hostnames = {"*.example.com"}});
  graph.tls("c", listener, "web", {.hostnames = {"*.eu.example.com", "example.com"}});
  const auto table = resource(graph.compile(), "sni/default/Gateway/main/tls").sni();
  std::vector<std::string> hostnames;
  for (const auto& entry : table.entries()) hostnames.push_back(entry.hostname());
  EXPECT_EQ(hostnames, (std::vector<std::string>{"example.com", "*.eu.example.com", "*.example.com", ""}));
}

}  // namespace
}  // namespace sluice::compile
