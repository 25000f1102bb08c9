#include "controller/daemon/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::daemon {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::expected<Options, Usage> parse(std::vector<const char*> arguments,
                                    const std::map<std::string, std::string>& environment = {}) {
  arguments.insert(arguments.begin(), "sluice-controller");
  return parse_options(static_cast<int>(arguments.size()), arguments.data(), [&](const char* name) {
    const auto found = environment.find(name);
    return found != environment.end() ? found->second : "";
  });
}
std::string refusal(const std::vector<const char*>& arguments) {
  const auto options = parse(arguments);
  return options ? "taken" : options.error().text;
}

TEST(ControllerOptions, InAPodNoFlagIsNeeded) {
  const auto options =
      parse({}, {{"POD_NAME", "sluice-controller-7"}, {"POD_NAMESPACE", "edge"}, {"POD_IP", "2001:db8::7"}});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->namespace_, "edge");
  EXPECT_EQ(options->pod, "sluice-controller-7");
  EXPECT_THAT(options->identity, StartsWith("sluice-controller-7_"));
  EXPECT_EQ(options->advertise, "[2001:db8::7]:8443");
  EXPECT_EQ(options->listen, "[::]:8443");
  EXPECT_EQ(options->metrics_port, 9464);
}

TEST(ControllerOptions, TwoProcessesOfOnePodHaveTwoIdentities) {
  EXPECT_NE(parse({}, {{"POD_NAME", "a"}})->identity, parse({}, {{"POD_NAME", "a"}})->identity);
}

TEST(ControllerOptions, FlagsGoBeforeTheEnvironment) {
  const auto options =
      parse({"--namespace", "n", "--advertise", "10.0.0.1", "--listen", "127.0.0.1:7443", "--metrics", "[::1]:9000"},
            {{"POD_NAMESPACE", "edge"}, {"POD_IP", "10.0.0.9"}});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->namespace_, "n");
  EXPECT_EQ(options->advertise, "10.0.0.1:7443");
  EXPECT_EQ(options->metrics_address, "::1");
  EXPECT_EQ(options->metrics_port, 9000);
  EXPECT_EQ(parse({"--advertise", "gateway.example:443"})->advertise, "gateway.example:443");
  EXPECT_EQ(parse({"--metrics", "off"})->metrics_port, 0);
  EXPECT_EQ(parse({})->namespace_, "sluice-system");
}

TEST(ControllerOptions, AWrongFlagSaysWhatWouldDo) {
  EXPECT_THAT(refusal({"--listen", "8443"}), HasSubstr("must be ADDR:PORT"));
  EXPECT_THAT(refusal({"--listen", "name:8443"}), HasSubstr("must be ADDR:PORT"));
  EXPECT_THAT(refusal({"--advertise", "10.0.0.1:0"}), HasSubstr("must be HOST or HOST:PORT"));
  EXPECT_THAT(refusal({"--metrics", "10.0.0.1:99999"}), HasSubstr("must be ADDR:PORT"));
  EXPECT_THAT(refusal({"--context", "a"}), HasSubstr("goes with --kubeconfig"));
  EXPECT_THAT(refusal({"--kubeconfig", "/nowhere/at/all"}), HasSubstr("does not exist"));
  EXPECT_EQ(parse({"--nonsense"}).error().exit_status, 2);
  EXPECT_EQ(parse({"--help"}).error().exit_status, 0);
  EXPECT_THAT(parse({"--help"}).error().text, HasSubstr("--advertise"));
}

}  // namespace
}  // namespace sluice::daemon
