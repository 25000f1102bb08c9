// Commands that ask a running node, by its socket.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/tools/sluicectl/command_line.h"
#include "tests/unit/tools/sluicectl/manifests.h"

namespace sluice::ctl {
namespace {

using testing::HasSubstr;

/// A node that serves what the folder compiles to and its status.
struct NodeTest : testing::Test {
  Manifests manifests{kShop};
  std::string config = run({"compile", manifests.path()}).out;
  std::string status = run({"status", "-f", manifests.path(), "-o", "json"}).out;
  FakeNode node{[this](const std::string& line) {
    if (line == "GET /config HTTP/1.0") return answer_of(config);
    if (line == "GET /status HTTP/1.0") return answer_of(status);
    return answer_of("no such page\n", "404 Not Found");
  }};
};

TEST_F(NodeTest, AnswersAsItsFolderDoes) {
  const auto both = [&](std::vector<std::string> command) {
    auto of_folder = command;
    of_folder.insert(of_folder.end(), {"-f", manifests.path()});
    command.insert(command.end(), {"--socket", node.socket()});
    const auto asked = run(command);
    EXPECT_EQ(asked.exit, 0) << asked.err;
    EXPECT_EQ(asked.out, run(of_folder).out);
  };
  both({"compile"});
  both({"compile", "-o", "yaml"});
  both({"status"});
  both({"status", "httproutes", "-n", "shop", "-o", "wide"});
  both({"explain", "--http", "GET", "http://shop.example/api"});
  both({"explain", "--tcp", "192.0.2.1:5432", "--from", "203.0.113.9:40000"});
  both({"explain", "--sni", "pay.example:443"});
}

TEST(Node, AGatewayWithoutAddressesIsReachedNowhereAndInAFolderPerhaps) {
  std::string text(kShop);
  const std::string addresses = "  addresses: [{value: 192.0.2.1}]\n";
  text.erase(text.find(addresses), addresses.size());
  const Manifests manifests{text};
  const std::string config = run({"compile", manifests.path()}).out;
  const FakeNode node([&](const std::string&) { return answer_of(config); });
  for (const auto& question : std::vector<std::vector<std::string>>{
           {"explain", "--http", "GET", "http://shop.example/api"}, {"explain", "--tcp", "192.0.2.1:5432"}}) {
    auto of_folder = question;
    of_folder.insert(of_folder.end(), {"-f", manifests.path()});
    EXPECT_THAT(run(of_folder).out, HasSubstr("no address yet"));
    auto of_node = question;
    of_node.insert(of_node.end(), {"--socket", node.socket()});
    const auto outcome = run(of_node);
    EXPECT_EQ(outcome.exit, 1) << outcome.out;
    EXPECT_THAT(outcome.out, HasSubstr("listener"));
  }
}

TEST(Node, ANameThatItHasNotResolvedServesNobodyAndInAFolderPerhaps) {
  const Manifests manifests{R"(
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge}
spec:
  gatewayClassName: sluice
  addresses: [{value: 192.0.2.1}]
  listeners: [{name: pg, port: 5432, protocol: TCP}, {name: web, port: 80, protocol: HTTP}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: TCPRoute
metadata: {name: pg}
spec:
  parentRefs: [{name: edge, sectionName: pg}]
  rules: [{backendRefs: [{name: db, port: 5432}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web}
spec:
  parentRefs: [{name: edge, sectionName: web}]
  rules: [{backendRefs: [{name: db, port: 5432}]}]
---
apiVersion: v1
kind: Service
metadata: {name: db}
spec: {type: ExternalName, externalName: db.internal.example, ports: [{port: 5432}]}
)"};
  const std::string config = run({"compile", manifests.path()}).out;
  const FakeNode node([&](const std::string&) { return answer_of(config); });
  for (const auto& question : std::vector<std::vector<std::string>>{
           {"explain", "--tcp", "192.0.2.1:5432"}, {"explain", "--http", "GET", "http://shop.example/"}}) {
    auto of_folder = question;
    of_folder.insert(of_folder.end(), {"-f", manifests.path()});
    EXPECT_EQ(run(of_folder).exit, 0) << question[1];
    auto of_node = question;
    of_node.insert(of_node.end(), {"--socket", node.socket()});
    const auto outcome = run(of_node);
    EXPECT_EQ(outcome.exit, 1) << outcome.out;
    EXPECT_THAT(outcome.out, HasSubstr("no ready endpoint"));
  }
}

TEST_F(NodeTest, ValidateJudgesWhatItHasInForce) {
  const auto outcome = run({"validate", "--socket", node.socket(), "--strict"});
  EXPECT_EQ(outcome.exit, 0);
  EXPECT_EQ(outcome.out, node.socket() + ": 5 objects, 0 warnings\n");
}

TEST(Node, ThatIsNotThereIsExit2AndSaysWhatWouldDo) {
  for (const auto& command : std::vector<std::vector<std::string>>{
           {"status"}, {"validate"}, {"compile"}, {"explain", "--tcp", "192.0.2.1:1"}}) {
    auto asked = command;
    asked.insert(asked.end(), {"--socket", "/nonexistent/x.sock"});
    const auto outcome = run(asked);
    EXPECT_EQ(outcome.exit, 2);
    EXPECT_THAT(outcome.err, HasSubstr("is sluiced running, and is this its --socket?; or give manifests by -f DIR"));
  }
}

TEST(Node, WhatIsNoSluicedIsExit2) {
  for (const char* answer :
       {"", "SSH-2.0-x\r\n", "HTTP/1.1 200 OK\r\n\r\nnot json", "HTTP/1.1 503 No\r\n\r\nnot yet"}) {
    const FakeNode node([answer](const std::string&) { return answer; });
    EXPECT_EQ(run({"status", "--socket", node.socket()}).exit, 2) << answer;
    EXPECT_EQ(run({"compile", "--socket", node.socket()}).exit, 2) << answer;
  }
}

}  // namespace
}  // namespace sluice::ctl
