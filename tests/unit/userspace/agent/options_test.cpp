#include "userspace/agent/options.h"

#include <gmock/gmock.h>
#include <sys/utsname.h>

#include <gtest/gtest.h>
#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace sluice::agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::expected<Options, Usage> parse(std::vector<const char*> arguments) {
  for (const char* name : {"NODE_NAME", "POD_NAMESPACE"}) unsetenv(name);
  arguments.insert(arguments.begin(), "sluiced");
  return parse_options(static_cast<int>(arguments.size()), arguments.data());
}

TEST(Options, DefaultsAreThoseOfTheDocumentation) {
  const auto options = parse({"--manifests", "/etc/sluice"});
  ASSERT_TRUE(options) << options.error().text;
  EXPECT_EQ(options->channel, "experimental");
  EXPECT_EQ(options->snat_port_low, 10000);
  EXPECT_EQ(options->snat_port_high, 29999);
  EXPECT_EQ(options->datapath, "auto");
  EXPECT_EQ(options->socket, "/run/sluice/default.sock");
  EXPECT_EQ(options->metrics_address, "127.0.0.1");
  EXPECT_EQ(options->metrics_port, 9464);
  EXPECT_EQ(options->flows, 262144U);
  EXPECT_EQ(options->half_open, 65536U);
  EXPECT_EQ(options->drain_timeout, std::chrono::seconds(30));
  EXPECT_GE(options->workers, 1U);
}

TEST(Options, AddressesAreMadeCanonical) {
  const auto options = parse({"--manifests", "m", "--address", "2001:DB8:0::1", "--address", "192.0.2.1"});
  ASSERT_TRUE(options) << options.error().text;
  EXPECT_THAT(options->addresses, ElementsAre("2001:db8::1", "192.0.2.1"));
}

TEST(Options, ASocketsPathMayHave107Octets) {
  const std::string longest = "/" + std::string(106, 'a');
  const auto options = parse({"--manifests", "m", "--socket", longest.c_str()});
  ASSERT_TRUE(options) << options.error().text;
  EXPECT_EQ(options->socket, longest);
}

TEST(Options, AControllerTakesThePlaceOfManifests) {
  const auto options = parse({"--controller", "sluice-controller.sluice-system.svc:8443", "--node", "one"});
  ASSERT_TRUE(options) << options.error().text;
  EXPECT_EQ(options->member.controller, "sluice-controller.sluice-system.svc:8443");
  EXPECT_EQ(options->node, "one");
  EXPECT_EQ(options->member.ca, "/var/run/secrets/sluice.dev/ca.crt");
  EXPECT_EQ(options->member.token, "/var/run/secrets/sluice.dev/token");
  EXPECT_EQ(options->member.lease_namespace, "sluice-system");
}

TEST(Options, ANodeIsNamedAsItsHostInLowerCase) {
  const auto options = parse({"--manifests", "m"});
  ASSERT_TRUE(options) << options.error().text;
  utsname names{};
  ASSERT_EQ(uname(&names), 0);
  EXPECT_TRUE(std::ranges::equal(options->node, std::string_view(names.nodename),
                                 [](unsigned char a, unsigned char b) { return a == std::tolower(b); }));
}

TEST(Options, AnIpv6MetricsEndpointStandsInBrackets) {
  const auto options = parse({"--manifests", "m", "--metrics", "[::1]:9000"});
  ASSERT_TRUE(options) << options.error().text;
  EXPECT_EQ(options->metrics_address, "::1");
  EXPECT_EQ(options->metrics_port, 9000);
}

struct Wrong {
  std::vector<const char*> arguments;
  const char* names;
};

/// One more than a socket's address has room for (sockaddr_un, unix(7)).
const std::string kLongPath = "/" + std::string(107, 'a');

class WrongUsage : public testing::TestWithParam<Wrong> {};

TEST_P(WrongUsage, ExitsWith2AndNamesTheFlag) {
  const auto options = parse(GetParam().arguments);
  ASSERT_FALSE(options);
  EXPECT_EQ(options.error().exit_status, 2);
  EXPECT_THAT(options.error().text, HasSubstr(GetParam().names));
}

INSTANTIATE_TEST_SUITE_P(Flags, WrongUsage,
                         testing::Values(Wrong{{}, "--manifests"}, Wrong{{}, "--controller"},
                                         Wrong{{"--controller", "c:1", "--manifests", "m"}, "--manifests"},
                                         Wrong{{"--controller", "c"}, "HOST:PORT"},
                                         Wrong{{"--controller", ":8443"}, "HOST:PORT"},
                                         Wrong{{"--controller", "c:1", "--dry-run"}, "--dry-run"},
                                         Wrong{{"--controller", "c:1", "--address", "192.0.2.1"}, "--address"},
                                         Wrong{{"--manifests", "m", "--address", "here"}, "--address"},
                                         Wrong{{"--manifests", "m", "--address", "0.0.0.0"}, "unspecified"},
                                         Wrong{{"--manifests", "m", "--address", "239.1.1.1"}, "multicast"},
                                         Wrong{{"--manifests", "m", "--address", "255.255.255.255"}, "broadcast"},
                                         Wrong{{"--manifests", "m", "--address", "::ffff:192.0.2.1"}, "IPv4 address"},
                                         Wrong{{"--manifests", "m", "--address", "fe80::1"}, "link-local"},
                                         Wrong{{"--manifests", "m", "--snat-address", "ff02::1"}, "a source address"},
                                         Wrong{{"--manifests", "m", "--snat-ports", "80-90"}, "--snat-ports"},
                                         Wrong{{"--manifests", "m", "--metrics", "9464"}, "--metrics"},
                                         Wrong{{"--manifests", "m", "--instance", "a/b"}, "--instance"},
                                         Wrong{{"--manifests", "m", "--socket", kLongPath.c_str()}, "--socket"},
                                         Wrong{{"--manifests", "m", "--channel", "alpha"}, "--channel"}));

TEST(Options, HelpExitsWith0AndTeaches) {
  const auto options = parse({"--help"});
  ASSERT_FALSE(options);
  EXPECT_EQ(options.error().exit_status, 0);
  EXPECT_THAT(options.error().text, HasSubstr("Example:"));
  EXPECT_THAT(options.error().text, HasSubstr("CAP_BPF"));
}

}  // namespace
}  // namespace sluice::agent
