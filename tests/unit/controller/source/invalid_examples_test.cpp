// The 36 files of hack/invalid-examples/ of the Gateway API v1.7.0 module: each is refused for what is wrong with it,
// with the message of the rule where a rule says so.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "controller/source/directory.h"
#include "tests/unit/controller/source/folder.h"

namespace sluice::source {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::HasSubstr;

const fs::path kInvalid = fs::path(SLUICE_SOURCE_DIR) / "tests/unit/controller/source/testdata/gateway-api/invalid";

struct Case {
  std::string file;
  std::string error;
};
const std::vector<Case> kCases{
    {"experimental/httproute/invalid-filter-externalauth-bad-http-path",
     R"error(spec.rules[0].filters[0].externalAuth.http.path: "/[]"; must match ^(?:)error"},
    {"experimental/httproute/invalid-filter-externalauth-empty",
     R"error(spec.rules[0].filters[0]: filter.externalAuth must be specified for ExternalAuth filter.type)error"},
    {"experimental/httproute/invalid-filter-externalauth-no-protocol",
     R"error(spec.rules[0].filters[0].externalAuth.protocol: is required)error"},
    {"experimental/httproute/invalid-header-value",
     R"error(spec.rules[0].filters[0].responseHeaderModifier.add[0].value: "this\nis\rinvalid\r\nvalue"; must match)error"},
    {"standard/gateway/duplicate-listeners",
     R"error(spec.listeners: Listener name must be unique within the Gateway)error"},
    {"standard/gateway/hostname-tcp",
     R"error(spec.listeners: hostname must not be specified for protocols ['TCP', 'UDP'])error"},
    {"standard/gateway/hostname-udp",
     R"error(spec.listeners: hostname must not be specified for protocols ['TCP', 'UDP'])error"},
    {"standard/gateway/invalid-addresses",
     R"error(spec.addresses[5].value: "1.1.1"; must be of format ipv4 or ipv6)error"},
    {"standard/gateway/invalid-listener-name", R"error(spec.listeners[0].name: "bad>"; must match)error"},
    {"standard/gateway/invalid-listener-port", R"error(spec.listeners[0].port: 123456789; must be at most 65535)error"},
    {"standard/gateway/invalid-tls-mode", R"error(spec.listeners: tls mode must be Terminate for protocol HTTPS)error"},
    {"standard/gateway/tlsconfig-tcp",
     R"error(spec.listeners: tls must not be specified for protocols ['HTTP', 'TCP', 'UDP'])error"},
    {"standard/gatewayclass/invalid-controller", R"error(spec.controllerName: "example"; must match)error"},
    {"standard/httproute/duplicate-header-match",
     R"error(spec.rules[0].matches[0].headers[1]: {"name":"foo"} is item [0] already)error"},
    {"standard/httproute/duplicate-query-match",
     R"error(spec.rules[0].matches[0].queryParams[1]: {"name":"foo"} is item [0] already)error"},
    {"standard/httproute/httproute-portless-backend",
     R"error(spec.rules[0].backendRefs[0]: Must have port for Service reference)error"},
    {"standard/httproute/httproute-portless-service",
     R"error(spec.rules[0].backendRefs[0]: Must have port for Service reference)error"},
    {"standard/httproute/invalid-backend-group", R"error(spec.rules[0].backendRefs[0].group: "*"; must match)error"},
    {"standard/httproute/invalid-backend-kind", R"error(spec.rules[0].backendRefs[0].kind: "*"; must match)error"},
    {"standard/httproute/invalid-backend-port",
     R"error(spec.rules[0].backendRefs[0].port: 800080; must be at most 65535)error"},
    {"standard/httproute/invalid-filter-duplicate",
     R"error(spec.rules[0].filters: RequestHeaderModifier filter cannot be repeated)error"},
    {"standard/httproute/invalid-filter-duplicate-header",
     R"error(spec.rules[0].filters[0].requestHeaderModifier.remove[1]: "foo" is item [0] already)error"},
    {"standard/httproute/invalid-filter-empty",
     R"error(spec.rules[0].filters[0]: filter.requestHeaderModifier must be specified for RequestHeaderModifier filter.type)error"},
    {"standard/httproute/invalid-filter-wrong-field",
     R"error(spec.rules[0].filters[0]: filter.requestRedirect must be nil if the filter.type is not RequestRedirect)error"},
    {"standard/httproute/invalid-header-name",
     R"error(spec.rules[0].matches[0].headers[0].name: "magic/"; must match)error"},
    {"standard/httproute/invalid-hostname", R"error(spec.hostnames[0]: "http://a<"; must match)error"},
    {"standard/httproute/invalid-httpredirect-hostname",
     R"error(spec.rules[0].filters[0].requestRedirect.hostname: "*.gateway.networking.k8s.io"; must match)error"},
    {"standard/httproute/invalid-method",
     R"error(spec.rules[0].matches[0].method: "NOTREAL"; must be one of GET, HEAD, POST)error"},
    {"standard/httproute/invalid-path-alphanum-specialchars-mix",
     R"error(spec.rules[0].matches[0].path: must only contain valid characters (matching)error"},
    {"standard/httproute/invalid-path-specialchars",
     R"error(spec.rules[0].matches[0].path: must only contain valid characters (matching)error"},
    {"standard/httproute/invalid-request-redirect-with-backendref",
     R"error(spec.rules[0]: RequestRedirect filter must not be used together with backendRefs)error"},
    {"standard/referencegrant/missing-from", R"error(spec.from: is required)error"},
    {"standard/referencegrant/missing-ns", R"error(spec.from[0].namespace: is required)error"},
    {"standard/referencegrant/missing-to", R"error(spec.to: is required)error"},
    {"standard/tlsroute/invalid-hostname", R"error(spec.hostnames: Hostnames must be valid based on RFC-1123)error"},
    {"standard/tlsroute/no-hostname", R"error(spec.hostnames: is required)error"},
};

class GatewayApiInvalidExample : public ::testing::TestWithParam<Case> {};

TEST_P(GatewayApiInvalidExample, IsRefusedForWhatIsWrongWithIt) {
  const auto& [file, error] = GetParam();
  const LoadResult result =
      load(kInvalid / (file + ".yaml"),
           file.starts_with("experimental/") ? api::Channel::kExperimental : api::Channel::kStandard);
  EXPECT_THAT(lines(result.errors), Contains(HasSubstr(error)));
  EXPECT_EQ(result.objects, nullptr);
  for (const SourceError& found : result.errors) EXPECT_GT(found.line, 0U);
}

std::string name_of(const ::testing::TestParamInfo<Case>& info) {
  std::string name = info.param.file;
  std::ranges::replace_if(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(All, GatewayApiInvalidExample, ::testing::ValuesIn(kCases), name_of);

TEST(GatewayApiInvalidExamples, AreAllHere) {
  std::set<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(kInvalid)) {
    if (entry.path().extension() == ".yaml")
      files.insert(fs::relative(entry.path(), kInvalid).replace_extension().string());
  }
  std::set<std::string> named;
  for (const Case& c : kCases) named.insert(c.file);
  EXPECT_EQ(files, named);
}

}  // namespace
}  // namespace sluice::source
