// What a shell sees: exit codes, what goes to stdout and what to stderr, help.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/unit/tools/sluicectl/command_line.h"
#include "tests/unit/tools/sluicectl/manifests.h"

namespace sluice::ctl {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr const char* kWrongPort = R"(
apiVersion: gateway.networking.k8s.io/v1
kind: TCPRoute
metadata: {name: db, namespace: shop}
spec:
  rules:
  - backendRefs:
    - name: pg
      port: 80080
)";

TEST(CommandLine, HelpOfEveryCommandTeachesByExampleAndNamesItsExitCodes) {
  for (const char* command : {"validate", "compile", "status", "explain", "completion", "version"}) {
    const auto help = run({command, "--help"});
    EXPECT_EQ(help.exit, 0);
    EXPECT_THAT(help.out, StartsWith("Usage: sluicectl " + std::string(command) + " "));
    EXPECT_THAT(help.out, HasSubstr("Example: sluicectl " + std::string(command)));
    EXPECT_THAT(help.out, HasSubstr("Exit: 0"));
    EXPECT_THAT(help.err, IsEmpty());
  }
}

TEST(CommandLine, WrongUsageIsExit2OnStderrWithWhereToLook) {
  for (const auto& wrong : std::vector<std::vector<std::string>>{
           {}, {"explain", "--frob"}, {"status", "-o", "csv"}, {"compile", "-f", "x", "--socket", "y"}, {"nothing"}}) {
    const auto outcome = run(wrong);
    EXPECT_EQ(outcome.exit, 2);
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_THAT(outcome.err, HasSubstr("--help' shows how"));
  }
}

TEST(CommandLine, AnUnknownCommandIsNamed) {
  EXPECT_THAT(run({"statsu", "-f", "x"}).err, StartsWith("sluicectl: 'statsu' is no command\n"));
}

TEST(CommandLine, AnAddressIsCheckedAndStandsInItsCanonicalFormOnce) {
  const Manifests manifests(
      "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: edge}\n"
      "spec: {gatewayClassName: sluice, listeners: [{name: http, port: 80, protocol: HTTP}]}\n");
  const auto wrong = run({"status", "-f", manifests.path(), "--address", "300.1.1.1"});
  EXPECT_EQ(wrong.exit, 2);
  EXPECT_THAT(wrong.err, HasSubstr("300.1.1.1 is no IPv4 or IPv6 address"));
  const auto mapped = run({"status", "-f", manifests.path(), "--address", "::ffff:192.0.2.9"});
  EXPECT_EQ(mapped.exit, 2);
  EXPECT_THAT(mapped.err, HasSubstr("::ffff:192.0.2.9 cannot be an address of a Gateway: it stands for an IPv4"));
  const auto list = boost::json::parse(run({"status", "-o", "json", "gateways", "-f", manifests.path(), "--address",
                                            "2001:DB8:0::1", "--address", "192.0.2.9,2001:db8::1"})
                                           .out);
  const auto& addresses = list.at("items").at(0).at("status").at("addresses").as_array();
  ASSERT_EQ(addresses.size(), 2u);
  EXPECT_EQ(addresses[1].at("value").as_string(), "2001:db8::1");
  EXPECT_EQ(run({"validate", "--address", "192.0.2.9", manifests.path()}).exit, 0);
}

TEST(CommandLine, AFolderThatIsNotThereIsWrongUsage) {
  for (const char* command : {"validate", "compile"}) EXPECT_EQ(run({command, "/nonexistent"}).exit, 2);
  EXPECT_EQ(run({"status", "-f", "/nonexistent"}).exit, 2);
  EXPECT_EQ(run({"explain", "--tcp", "192.0.2.1:1", "-f", "/nonexistent"}).exit, 2);
}

TEST(Validate, AFineFolderIsExit0WithoutAWord) {
  const Manifests manifests(kShop);
  const auto outcome = run({"validate", manifests.path(), "--strict"});
  EXPECT_EQ(outcome.exit, 0) << outcome.err;
  EXPECT_EQ(outcome.out, manifests.path() + ": 8 objects, 0 warnings\n");
  EXPECT_THAT(outcome.err, IsEmpty());
}

TEST(Validate, AnErrorNamesFileLineObjectFieldAndWhatWouldDo) {
  const Manifests manifests(kWrongPort);
  for (const char* command : {"validate", "compile"}) {
    const auto outcome = run({command, manifests.path()});
    EXPECT_EQ(outcome.exit, 1);
    EXPECT_THAT(outcome.out, IsEmpty());
    EXPECT_THAT(outcome.err, HasSubstr(manifests.file() + ":9: TCPRoute shop/db: "
                                                          "spec.rules[0].backendRefs[0].port: 80080"));
    EXPECT_THAT(outcome.err, HasSubstr("1 error"));
  }
}

TEST(Validate, WarningsAreExit0AndExit1WithStrict) {
  const Manifests manifests(std::string(kShop) + kDangling);
  const auto lax = run({"validate", manifests.path()});
  EXPECT_EQ(lax.exit, 0);
  EXPECT_THAT(lax.err, HasSubstr(": TCPRoute default/zz: spec.parentRefs[1]: Gateway default/nowhere"));
  EXPECT_THAT(lax.err, HasSubstr("ResolvedRefs: BackendNotFound: spec.rules[0].backendRefs[0]"));
  EXPECT_EQ(run({"validate", manifests.path(), "--strict"}).exit, 1);
}

TEST(Validate, JsonHoldsWhatTheTextSays) {
  const Manifests fine(std::string(kShop) + kDangling);
  const auto warned = boost::json::parse(run({"validate", fine.path(), "-o", "json"}).out);
  EXPECT_EQ(warned.at("errors").as_array().size(), 0u);
  EXPECT_EQ(warned.at("warnings").as_array().size(), 2u);
  EXPECT_EQ(warned.at("warnings").at(0).at("object").as_string(), "TCPRoute default/zz");
  EXPECT_EQ(warned.at("warnings").at(0).at("file").as_string(), fine.file().c_str());
  const Manifests wrong(kWrongPort);
  const auto refused = run({"validate", wrong.path(), "-o", "json"});
  EXPECT_EQ(refused.exit, 1);
  EXPECT_EQ(boost::json::parse(refused.out).at("errors").at(0).at("line").as_int64(), 9);
}

TEST(Compile, PrintsTheModelAsJsonAndYaml) {
  const Manifests manifests(kShop);
  const auto json = run({"compile", manifests.path()});
  EXPECT_EQ(json.exit, 0);
  EXPECT_TRUE(boost::json::parse(json.out).as_object().contains("resources"));
  const auto yaml = run({"compile", "-f", manifests.path(), "-o", "yaml"});
  EXPECT_THAT(yaml.out, HasSubstr("- name: frontend/default/Gateway/edge/http\n"));
}

TEST(Compile, AFileIsWrittenWholeOrStaysAsItWas) {
  const Manifests manifests(kShop);
  const std::string out = manifests.path() + "/model.out";
  std::ofstream(out) << "before";
  const Manifests wrong(kWrongPort);
  const auto refused = run({"compile", wrong.path(), "--out", out});
  EXPECT_EQ(refused.exit, 1);
  EXPECT_THAT(refused.err, HasSubstr("1 error; " + out + " is as it was"));
  EXPECT_EQ(std::filesystem::file_size(out), 6u);
  EXPECT_EQ(run({"compile", manifests.path(), "--out", out}).exit, 0);
  std::stringstream text;
  text << std::ifstream(out).rdbuf();
  EXPECT_TRUE(boost::json::parse(text.str()).is_object());
  EXPECT_EQ(run({"compile", manifests.path(), "--out", "/nonexistent/x"}).exit, 2);
}

TEST(Compile, WhatCannotBePutInItsPlaceLeavesNothingBehind) {
  const Manifests manifests(kShop);
  const std::string out = manifests.path() + "/out";
  std::filesystem::create_directories(out + "/full");
  EXPECT_EQ(run({"compile", manifests.file(), "--out", out}).exit, 2);
  const std::filesystem::directory_iterator all(manifests.path());
  EXPECT_EQ(std::distance(begin(all), end(all)), 2);  // the manifests and the folder that was in the way
}

TEST(Status, FiltersByKindNameNamespaceAndLabels) {
  const Manifests manifests(kShop);
  const auto names = [&](std::vector<std::string> filter) {
    filter.insert(filter.begin(), {"status", "-o", "name", "-f", manifests.path()});
    return run(filter).out;
  };
  EXPECT_EQ(names({"httproutes"}), "httproute.gateway.networking.k8s.io/cart\n");
  EXPECT_EQ(names({"Gateway/edge", "tcproute"}),
            "gateway.gateway.networking.k8s.io/edge\ntcproute.gateway.networking.k8s.io/db\n");
  EXPECT_EQ(names({"-n", "shop"}), "httproute.gateway.networking.k8s.io/cart\n");
  EXPECT_EQ(names({"-l", "tier in (front,back)"}), "gateway.gateway.networking.k8s.io/edge\n");
  EXPECT_EQ(names({"-A"}), names({}));
  EXPECT_EQ(run({"status", "pods", "-f", manifests.path()}).exit, 2);
  EXPECT_EQ(run({"status", "-l", "a=b=c", "-f", manifests.path()}).exit, 2);
}

TEST(Status, NothingFoundIsSaidOnStderrAndIsFine) {
  const Manifests manifests(kShop);
  const auto outcome = run({"status", "-n", "none", "-f", manifests.path()});
  EXPECT_EQ(outcome.exit, 0);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_EQ(outcome.err, "No objects found\n");
}

TEST(Status, AnObjectThatIsNamedAndNotThereIsAFinding) {
  const Manifests manifests(kShop);
  const auto outcome = run({"status", "gateway/edge", "gateway/nope", "-o", "name", "-f", manifests.path()});
  EXPECT_EQ(outcome.exit, 1);
  EXPECT_EQ(outcome.out, "gateway.gateway.networking.k8s.io/edge\n");
  EXPECT_EQ(outcome.err, "gateway/nope: there is none\n");
}

TEST(Status, JsonIsAListOfObjectsWithTheirStatus) {
  const Manifests manifests(kShop);
  const auto list = boost::json::parse(run({"status", "-f", manifests.path(), "-o", "json"}).out);
  EXPECT_EQ(list.at("kind").as_string(), "List");
  const auto& gateway = list.at("items").at(0);
  EXPECT_EQ(gateway.at("kind").as_string(), "Gateway");
  EXPECT_EQ(gateway.at("status").at("listeners").at(0).at("attachedRoutes").as_int64(), 1);
}

TEST(Completion, KnowsEveryCommandAndOption) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const auto script = run({"completion", shell});
    EXPECT_EQ(script.exit, 0);
    for (const char* word : {"validate", "compile", "status", "explain", "version", "strict", "no-headers", "sni"}) {
      EXPECT_THAT(script.out, HasSubstr(word)) << shell;
    }
  }
  EXPECT_EQ(run({"completion", "tcsh"}).exit, 2);
}

TEST(Completion, OfBashIsValidBash) {
  const Manifests folder("");
  const std::string script = folder.path() + "/completion";
  std::ofstream(script) << run({"completion", "bash"}).out;
  const std::string check = "bash -c 'source " + script +
                            "; COMP_WORDS=(sluicectl status --no); COMP_CWORD=2; _sluicectl; "
                            "[ \"${COMPREPLY[*]}\" = --no-headers ]'";
  EXPECT_EQ(std::system(check.c_str()), 0);
}

TEST(Version, NamesItselfAndTheGatewayApi) {
  EXPECT_THAT(run({"version"}).out, HasSubstr("Gateway API v1.7.0"));
  EXPECT_EQ(boost::json::parse(run({"version", "-o", "json"}).out).at("gatewayAPI").as_string(), "v1.7.0");
}

}  // namespace
}  // namespace sluice::ctl
