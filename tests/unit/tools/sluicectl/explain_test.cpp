// What explain answers, on a folder: who takes it, and why the nearest others do not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "tests/unit/tools/sluicectl/command_line.h"
#include "tests/unit/tools/sluicectl/manifests.h"

namespace sluice::ctl {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct ExplainTest : testing::Test {
  Manifests manifests{std::string(kShop) + kMore};

  Outcome explain(std::vector<std::string> question) {
    question.insert(question.begin(), "explain");
    question.insert(question.end(), {"-f", manifests.path()});
    return run(question);
  }
  boost::json::value json(std::vector<std::string> question) {
    question.insert(question.end(), {"-o", "json"});
    return boost::json::parse(explain(question).out);
  }

  /// A second TCPRoute on the listener, younger by its name; a listener that ends TLS; a backend that is not there.
  static constexpr const char* kMore = R"(
---
apiVersion: gateway.networking.k8s.io/v1
kind: TCPRoute
metadata: {name: later}
spec:
  parentRefs: [{name: edge}]
  rules: [{backendRefs: [{name: db, port: 5432}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: half, namespace: shop}
spec:
  parentRefs: [{name: edge, namespace: default, sectionName: http}]
  hostnames: [half.example]
  rules:
  - matches: [{path: {value: /old}}]
    filters: [{type: RequestRedirect, requestRedirect: {hostname: new.example, statusCode: 301}}]
  - matches: [{path: {value: /mirrored}}]
    filters: [{type: RequestMirror, requestMirror: {backendRef: {name: cart, port: 80}}}]
    backendRefs: [{name: cart, port: 80}]
  - matches: [{path: {value: /broken}}]
    backendRefs: [{name: absent, port: 80}]
  - backendRefs: [{name: cart, port: 80, weight: 3}, {name: absent, port: 80}]
  - matches: [{path: {value: /empty}}]
    backendRefs: [{name: idle, port: 80}, {name: absent, port: 80}]
---
apiVersion: v1
kind: Service
metadata: {name: idle, namespace: shop}
spec: {ports: [{port: 80}]}
---
apiVersion: gateway.networking.k8s.io/v1
kind: GRPCRoute
metadata: {name: calls, namespace: shop}
spec:
  parentRefs: [{name: edge, namespace: default, sectionName: http}]
  hostnames: [rpc.example]
  rules:
  - matches: [{method: {service: shop.Cart}}]
    backendRefs: [{name: cart, port: 80}]
  - matches: [{method: {service: shop.Idle, method: Wait}}]
    backendRefs: [{name: idle, port: 80}]
)";
};

TEST_F(ExplainTest, OptionsWithoutAPathAsksForTheServerAsAWhole) {
  const auto whole = json({"--http", "OPTIONS", "http://half.example"});
  EXPECT_EQ(whole.at("rule"), "3");
  EXPECT_EQ(whole.at("match"), "path PathPrefix /, hostname half.example");
}

TEST_F(ExplainTest, ARequestIsTakenByTheRuleOfHighestRankAndTheOthersSayWhyNot) {
  const auto outcome = explain({"--http", "GET", "http://shop.example/api/items"});
  EXPECT_EQ(outcome.exit, 0);
  EXPECT_THAT(outcome.out, StartsWith("GET http://shop.example/api/items: forwarded\n"));
  EXPECT_THAT(outcome.out,
              HasSubstr("listener  Gateway default/edge listener http (192.0.2.1:80, HTTP, any hostname)"));
  EXPECT_THAT(outcome.out, HasSubstr("route     HTTPRoute shop/cart\nrule      0 (api)\n"
                                     "match     path PathPrefix /api, method GET, hostname shop.example\n"));
  EXPECT_THAT(outcome.out, HasSubstr("HTTPRoute shop/cart rule 1 (path PathPrefix /): matches too, but ranks behind"));
}

TEST_F(ExplainTest, ThoseThatGoBeforeTheWinnerSayWhatDoesNotMatch) {
  const auto outcome = explain({"--http", "POST", "http://shop.example/api/items"});
  EXPECT_THAT(outcome.out, HasSubstr("rule      1 (rest)"));
  EXPECT_THAT(outcome.out, HasSubstr("HTTPRoute shop/cart rule 0 (path PathPrefix /api, header x-version = 2): "
                                     "no header x-version = 2"));
  EXPECT_THAT(outcome.out, HasSubstr("HTTPRoute shop/cart rule 0 (path PathPrefix /api, method GET): "
                                     "method is not GET"));
}

TEST_F(ExplainTest, HeadersOfTheQuestionCount) {
  const auto verdict = json({"--http", "POST", "http://shop.example/api", "-H", "X-Version: 2"});
  EXPECT_EQ(verdict.at("match").as_string(), "path PathPrefix /api, header x-version = 2, hostname shop.example");
  EXPECT_EQ(explain({"--http", "GET", "http://shop.example/", "-H", "novalue"}).exit, 2);
}

TEST_F(ExplainTest, SharesAreOfTheRulesWeights) {
  const auto verdict = json({"--http", "POST", "http://shop.example/"});
  EXPECT_EQ(verdict.at("backends").at(0).at("share").to_number<double>(), 0.75);
  EXPECT_EQ(verdict.at("backends").at(1).at("share").to_number<double>(), 0.25);
  EXPECT_EQ(verdict.at("backends").at(0).at("endpoints").at(0).as_string(), "10.0.0.1:8080");
}

TEST_F(ExplainTest, AHostThatNoRouteHasNamesTheHostsThatThereAre) {
  const auto outcome = explain({"--http", "GET", "http://other.example/"});
  EXPECT_EQ(outcome.exit, 1);
  EXPECT_THAT(outcome.out, HasSubstr("404: no route has this hostname (no_host)"));
  EXPECT_THAT(outcome.out, HasSubstr("HTTPRoute shop/cart (shop.example): its hostname does not take other.example"));
}

TEST_F(ExplainTest, WhatTheEngineRefusesIsExit1WithItsStatus) {
  EXPECT_THAT(explain({"--http", "GET", "http://half.example/mirrored"}).out,
              HasSubstr("500: the rule asks for what this build cannot carry out: "
                        "spec.rules[1].filters[0].requestMirror (unsupported)"));
  const auto broken = explain({"--http", "GET", "http://half.example/broken"});
  EXPECT_EQ(broken.exit, 1);
  EXPECT_THAT(broken.out, HasSubstr("500: the backendRef does not resolve (invalid_backend)"));
  EXPECT_THAT(explain({"--http", "GET", "http://shop.example/a/../b"}).out, HasSubstr("(bad_target)"));
}

TEST_F(ExplainTest, BackendsThatAllRefuseEachInItsOwnWayAreAllNamed) {
  EXPECT_THAT(
      explain({"--http", "GET", "http://half.example/empty"}).out,
      HasSubstr("503: the backend has no ready endpoint; or 500: the backendRef does not resolve (no_endpoints)"));
}

TEST_F(ExplainTest, ARequestToAPortThatNobodyServesIsResetAndGetsNoStatus) {
  EXPECT_THAT(explain({"--http", "GET", "http://shop.example:81/"}).out,
              HasSubstr("RST: no HTTP listener has this address and port (no_listener)"));
  EXPECT_THAT(explain({"--http", "GET", "https://x.example/"}).out,
              HasSubstr("RST: no listener or route has this server name (unknown_name)"));
  EXPECT_THAT(explain({"--http", "GET", "https://pay.example:444/"}).out,
              HasSubstr("RST: no listener has this address and port (no_listener)"));
}

TEST_F(ExplainTest, APartlyBrokenRuleIsForwardedAndItsRefusedShareShown) {
  const auto verdict = json({"--http", "GET", "http://half.example/"});
  EXPECT_TRUE(verdict.at("forwarded").as_bool());
  EXPECT_TRUE(verdict.at("backends").at(0).at("serves").as_bool());
  EXPECT_FALSE(verdict.at("backends").at(1).at("serves").as_bool());
  EXPECT_THAT(verdict.at("backends").at(1).at("state").as_string().c_str(), HasSubstr("BackendNotFound"));
}

TEST_F(ExplainTest, ARedirectSaysWhereTo) {
  EXPECT_THAT(explain({"--http", "GET", "http://half.example/old/x"}).out,
              HasSubstr("301 to http://new.example/old/x (redirected)"));
}

TEST_F(ExplainTest, ACallIsTakenByItsServiceAndMethodAndRefusedByGrpcStatus) {
  const auto taken = json({"--grpc", "shop.Cart/Add", "rpc.example"});
  EXPECT_EQ(taken.at("match"), "gRPC service shop.Cart, hostname rpc.example");
  EXPECT_EQ(taken.at("meaning"), "a backend of the rule gets it by HTTP/2, by weight");
  const auto unknown = explain({"--grpc", "shop.Other/Add", "rpc.example"});
  EXPECT_EQ(unknown.exit, 1);
  EXPECT_THAT(unknown.out, HasSubstr("grpc-status 12: no rule of this hostname matches"));
  EXPECT_THAT(explain({"--grpc", "shop.Idle/Wait", "rpc.example"}).out, HasSubstr("grpc-status 14: "));
  const auto other = explain({"--http", "POST", "http://rpc.example/shop.Cart/Add"});
  EXPECT_EQ(other.exit, 1);
  EXPECT_THAT(other.out, HasSubstr("takes calls of gRPC alone"));
}

TEST_F(ExplainTest, AServerNameGoesToItsRouteAndAnotherIsReset) {
  const auto known = explain({"--sni", "Pay.Example:443"});
  EXPECT_EQ(known.exit, 0);
  EXPECT_THAT(known.out, HasSubstr("route     TLSRoute default/pay"));
  EXPECT_THAT(known.out, HasSubstr("10.0.0.2:8443, 10.0.0.3:8443"));
  const auto unknown = explain({"--sni", "x.example:443"});
  EXPECT_EQ(unknown.exit, 1);
  EXPECT_THAT(unknown.out, HasSubstr("RST: no listener or route has this server name (unknown_name)"));
  EXPECT_THAT(explain({"--sni", ":443"}).out, HasSubstr("(no_sni)"));
  EXPECT_THAT(explain({"--sni", "pay.example:444"}).out, HasSubstr("(no_listener)"));
  EXPECT_EQ(explain({"--sni", "pay.example"}).exit, 0) << "443 is TLS's port";
}

TEST_F(ExplainTest, ARequestByHttpsThatPassesThroughIsAnsweredAsTheConnectionItIs) {
  const auto verdict = json({"--http", "GET", "https://pay.example/x"});
  EXPECT_EQ(verdict.at("route").as_string(), "TLSRoute default/pay");
  EXPECT_TRUE(verdict.at("forwarded").as_bool());
}

TEST(Explain, OfAnAddressAsksItsOwnListenersForANameThatPassesThroughToo) {
  const Manifests manifests(R"(
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: exact}
spec:
  gatewayClassName: sluice
  addresses: [{value: 192.0.2.1}]
  listeners: [{name: tls, port: 443, hostname: pay.example, protocol: TLS, tls: {mode: Passthrough}}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: wild}
spec:
  gatewayClassName: sluice
  addresses: [{value: 192.0.2.2}]
  listeners: [{name: tls, port: 443, hostname: "*.example", protocol: TLS, tls: {mode: Passthrough}}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: TLSRoute
metadata: {name: pay}
spec:
  parentRefs: [{name: exact}, {name: wild}]
  hostnames: [pay.example]
  rules: [{backendRefs: [{name: pay, port: 443}]}]
)");
  const auto asked = [&](const std::string& address) {
    return run({"explain", "--http", "GET", "https://" + address + "/", "-H", "Host:pay.example", "-f",
                manifests.path()})
        .out;
  };
  EXPECT_THAT(asked("192.0.2.1"), HasSubstr("listener  Gateway default/exact listener tls"));
  EXPECT_THAT(asked("192.0.2.2"), HasSubstr("listener  Gateway default/wild listener tls"));
}

TEST(Explain, AServerNameIsAskedOfAGatewayWithoutAddressesToo) {
  const Manifests manifests(R"(
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge}
spec:
  gatewayClassName: sluice
  listeners: [{name: tls, port: 443, protocol: TLS, tls: {mode: Passthrough}}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: TLSRoute
metadata: {name: pay}
spec:
  parentRefs: [{name: edge}]
  hostnames: [pay.example]
  rules: [{backendRefs: [{name: pay, port: 443}]}]
)");
  const auto of_name = run({"explain", "--sni", "pay.example:443", "-f", manifests.path()}).out;
  EXPECT_THAT(of_name, HasSubstr("listener  Gateway default/edge listener tls (port 443, no address yet"));
  EXPECT_THAT(of_name, HasSubstr("route     TLSRoute default/pay"));
  const auto of_address =
      run({"explain", "--http", "GET", "https://192.0.2.1/", "-H", "Host:pay.example", "-f", manifests.path()}).out;
  EXPECT_THAT(of_address, HasSubstr("route     TLSRoute default/pay"));
}

TEST_F(ExplainTest, AFlowIsServedByTheOldestRouteAndNamesTheOther) {
  const auto outcome = explain({"--tcp", "192.0.2.1:5432"});
  EXPECT_EQ(outcome.exit, 0);
  EXPECT_THAT(outcome.out, HasSubstr("route     TCPRoute default/db"));
  EXPECT_THAT(outcome.out, HasSubstr("TCPRoute default/later: attached, but an older route"));
}

TEST_F(ExplainTest, AClientWithItsPortGetsASlotAndAnEndpoint) {
  const auto verdict = json({"--tcp", "192.0.2.1:5432", "--from", "203.0.113.9:40000"});
  EXPECT_THAT(verdict.at("slot").as_string().c_str(), HasSubstr(" of 251"));
  EXPECT_TRUE(verdict.at("backends").at(0).at("picked").as_bool());
  EXPECT_THAT(verdict.at("meaning").as_string().c_str(), HasSubstr(":5432 gets this flow"));
  EXPECT_THAT(explain({"--tcp", "192.0.2.1:5432", "--from", "203.0.113.9"}).out, HasSubstr("--from ADDR:PORT"));
  EXPECT_EQ(explain({"--tcp", "192.0.2.1:5432", "--from", "::1"}).exit, 2) << "of another family";
}

TEST_F(ExplainTest, APortOfAnotherProtocolSaysHowToAsk) {
  const auto outcome = explain({"--tcp", "192.0.2.1:80"});
  EXPECT_EQ(outcome.exit, 1);
  EXPECT_THAT(outcome.out, HasSubstr("speaks HTTP; ask with --http"));
}

TEST_F(ExplainTest, OneQuestionAtATime) {
  EXPECT_EQ(explain({}).exit, 2);
  EXPECT_EQ(explain({"--tcp", "192.0.2.1:1", "--sni", "a:443"}).exit, 2);
  for (const char* wrong : {"192.0.2.1", "192.0.2.1:0", "host:80", "[192.0.2.1]:80", "::1:80"}) {
    EXPECT_EQ(explain({"--tcp", wrong}).exit, 2) << wrong;
  }
  for (const char* wrong : {"shop.example/", "ftp://shop.example/", "http:///x", "http://shop.example:x/"}) {
    EXPECT_EQ(explain({"--http", "GET", wrong}).exit, 2) << wrong;
  }
}

}  // namespace
}  // namespace sluice::ctl
