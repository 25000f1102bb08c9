// What explain says of a Gateway whose endpoints on the node itself go first.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "tests/unit/tools/sluicectl/command_line.h"

namespace sluice::ctl {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Two Services: db has endpoints on nodes a and b, far on b alone. A listener for each way of being served.
constexpr const char* kLocal = R"(
apiVersion: sluice.dev/v1alpha1
kind: SluiceParameters
metadata: {name: local}
spec: {trafficDistribution: PreferLocal}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge}
spec:
  gatewayClassName: sluice
  addresses: [{value: 192.0.2.1}]
  infrastructure: {parametersRef: {group: sluice.dev, kind: SluiceParameters, name: local}}
  listeners:
  - {name: http, port: 80, protocol: HTTP}
  - {name: tls, port: 443, protocol: TLS, tls: {mode: Passthrough}}
  - {name: pg, port: 5432, protocol: TCP}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web}
spec:
  parentRefs: [{name: edge, sectionName: http}]
  rules: [{backendRefs: [{name: db, port: 5432}, {name: far, port: 5432}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: TLSRoute
metadata: {name: tls}
spec:
  parentRefs: [{name: edge, sectionName: tls}]
  hostnames: [db.example]
  rules: [{backendRefs: [{name: db, port: 5432}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: TCPRoute
metadata: {name: pg}
spec:
  parentRefs: [{name: edge, sectionName: pg}]
  rules: [{backendRefs: [{name: db, port: 5432}]}]
---
apiVersion: v1
kind: Service
metadata: {name: db}
spec: {ports: [{port: 5432}]}
---
apiVersion: v1
kind: Service
metadata: {name: far}
spec: {ports: [{port: 5432}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: db, labels: {kubernetes.io/service-name: db}}
addressType: IPv4
ports: [{port: 5432}]
endpoints: [{addresses: [10.0.0.1], nodeName: a}, {addresses: [10.0.0.2], nodeName: b}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: far, labels: {kubernetes.io/service-name: far}}
addressType: IPv4
ports: [{port: 5432}]
endpoints: [{addresses: [10.0.0.3], nodeName: b}]
)";

using Words = std::vector<std::string>;

struct ExplainLocal : testing::Test {
  static Words question(Words words, const Words& more) {
    words.insert(words.begin(), "explain");
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  /// Of the folder, as the node of that name would forward.
  Outcome at(const std::string& name, const Words& words) {
    return run(question(words, {"-f", manifests.path(), "--node", name}));
  }
  boost::json::value backends(const std::string& name, Words words) {
    words.insert(words.end(), {"-o", "json"});
    return boost::json::parse(at(name, words).out).at("backends");
  }

  Manifests manifests{kLocal};
};

const Words kHttp{"--http", "GET", "http://shop.example/"};
const Words kTcp{"--tcp", "192.0.2.1:5432"};
const Words kName{"--sni", "db.example:443"};

TEST_F(ExplainLocal, EachWayOfBeingServedSaysThatTheNodesOwnEndpointIsPreferred) {
  for (const auto& words : {kHttp, kTcp, kName}) {
    const auto outcome = at("a", words);
    EXPECT_EQ(outcome.exit, 0) << outcome.err;
    EXPECT_THAT(outcome.out, HasSubstr("prefers   endpoints on a (PreferLocal)\n")) << words[0];
    EXPECT_THAT(outcome.out, HasSubstr("serves from this node"));
    EXPECT_THAT(outcome.out, HasSubstr("10.0.0.1:5432, 10.0.0.2:5432 (not local)"));
  }
}

TEST_F(ExplainLocal, ABackendWithoutAnEndpointOnTheNodeIsServedFromAll) {
  const auto shares = backends("a", kHttp);
  EXPECT_EQ(shares.at(0).at("local"), true);
  EXPECT_EQ(shares.at(1).at("local"), false);
  EXPECT_EQ(shares.at(1).at("state"), "serves");
  EXPECT_EQ(shares.at(1).at("share").to_number<double>(), 0.5) << "shares among backends stay";
  EXPECT_THAT(at("c", kTcp).out, Not(HasSubstr("this node")));
}

TEST_F(ExplainLocal, AFlowGetsTheEndpointOfTheNodeWhateverItsPort) {
  for (int port = 40000; port < 40016; ++port) {
    auto words = kTcp;
    words.insert(words.end(), {"--from", "203.0.113.9:" + std::to_string(port)});
    EXPECT_THAT(at("a", words).out, HasSubstr("10.0.0.1:5432 gets this flow"));
    EXPECT_THAT(at("b", words).out, HasSubstr("10.0.0.2:5432 gets this flow"));
  }
}

TEST_F(ExplainLocal, ANodeBySocketSaysItsNameAndTheAddressesThatItCannotForwardTo) {
  const std::string config = run({"compile", manifests.path()}).out;
  std::string who = "a\n192.168.0.1\n";
  const FakeNode node(
      [&](const std::string& line) { return line == "GET /node HTTP/1.0" ? answer_of(who) : answer_of(config); });
  const auto ask = [&](const Words& words) { return run(question(words, {"--socket", node.socket()})).out; };
  EXPECT_THAT(ask(kTcp), HasSubstr("serves from this node"));
  who = "a\n10.0.0.1\n";
  EXPECT_THAT(ask(kTcp), Not(HasSubstr("serves from this node"))) << "the kernel does not deliver to the host itself";
  EXPECT_THAT(ask(kHttp), HasSubstr("serves from this node")) << "the engine does";
  const auto wrong = run(question(kTcp, {"--socket", node.socket(), "--node", "b"}));
  EXPECT_EQ(wrong.exit, 2);
  EXPECT_THAT(wrong.err, HasSubstr("--node is of a folder"));
}

TEST_F(ExplainLocal, ANodeThatDoesNotSayItsNamePrefersNone) {
  const std::string config = run({"compile", manifests.path()}).out;
  const FakeNode node([&](const std::string& line) {
    return line == "GET /config HTTP/1.0" ? answer_of(config) : answer_of("no such page\n", "404 Not Found");
  });
  const auto outcome = run(question(kTcp, {"--socket", node.socket()}));
  EXPECT_EQ(outcome.exit, 0);
  EXPECT_THAT(outcome.out, HasSubstr("prefers   endpoints on the node that forwards (PreferLocal)\n"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("this node")));
}

}  // namespace
}  // namespace sluice::ctl
