// What the CRDs of deploy/crds take and refuse, as an API server would.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/controller/api/schema/schema_builder.h"

namespace sluice::api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> pool(const std::string& spec) {
  return refusals(
      R"({"apiVersion": "sluice.dev/v1alpha1", "kind": "AddressPool", "metadata": {"name": "a"}, "spec": )" + spec +
      "}");
}
std::vector<std::string> addresses(const std::string& text) {
  return pool(R"({"addresses": [")" + text + R"("]})");
}
std::vector<std::string> parameters(const std::string& spec) {
  return refusals(
      R"({"apiVersion": "sluice.dev/v1alpha1", "kind": "SluiceParameters", "metadata": {"name": "a"}, "spec": )" +
      spec + "}");
}

TEST(AddressPoolSchema, TakesBlocksAndRangesOfBothFamilies) {
  for (const char* text : {"192.0.2.0/24", "192.0.2.1/32", "0.0.0.0/0", "2001:db8::/120", "2001:db8::1/128",
                           "192.0.2.1-192.0.2.9", "2001:db8::1-2001:db8::ff"}) {
    EXPECT_THAT(addresses(text), IsEmpty()) << text;
  }
}

TEST(AddressPoolSchema, RefusesWhatIsNoBlockAndNoRange) {
  EXPECT_THAT(addresses("192.0.2.0/33"), ElementsAre(HasSubstr("the length of a block must be at most 32 for IPv4")));
  EXPECT_THAT(addresses("2001:db8::/129"), ElementsAre(HasSubstr("128 for IPv6")));
  EXPECT_THAT(addresses("192.0.2.300/24"), ElementsAre(HasSubstr("must be a CIDR block or a range FIRST-LAST")));
  EXPECT_THAT(addresses("192.0.2.1-2001:db8::1"), ElementsAre(HasSubstr("both ends of a range must be of one family")));
  for (const char* text : {"192.0.2.1", "192.0.2.0/", "here", "192.0.2.1-", "192.0.2.1-192.0.2.2-192.0.2.3",
                           "192.0.2.0/24-192.0.2.9", "192.0.2.0/24/24", "a.example/24"}) {
    EXPECT_FALSE(addresses(text).empty()) << text;
  }
  EXPECT_THAT(pool(R"({"addresses": []})"), ElementsAre(HasSubstr("at least 1")));
  EXPECT_THAT(pool("{}"), ElementsAre("spec.addresses: is required"));
  EXPECT_THAT(pool(R"({"addresses": ["192.0.2.0/24", "192.0.2.0/24"]})"), ElementsAre(HasSubstr("spec.addresses[1]")));
}

TEST(AddressPoolSchema, SelectorsNeedWhatTheirOperatorsNeed) {
  const auto with = [](const std::string& expression) {
    return pool(R"({"addresses": ["192.0.2.0/24"], "gatewaySelector": {"matchExpressions": [)" + expression + "]}}");
  };
  EXPECT_THAT(with(R"({"key": "a", "operator": "In", "values": ["b"]})"), IsEmpty());
  EXPECT_THAT(with(R"({"key": "a", "operator": "Exists"})"), IsEmpty());
  EXPECT_THAT(with(R"({"key": "a", "operator": "In"})"), ElementsAre(HasSubstr("In and NotIn need values")));
  EXPECT_THAT(with(R"({"key": "a", "operator": "Exists", "values": ["b"]})"), ElementsAre(HasSubstr("take none")));
  EXPECT_FALSE(with(R"({"key": "a", "operator": "Is"})").empty());
}

TEST(SluiceParametersSchema, TakesItsFieldsAndNoOthers) {
  EXPECT_THAT(parameters(R"({"trafficDistribution": "PreferLocal", "mode": "nat", "pool": "public",
                             "nodeSelector": {"matchLabels": {"edge": "true"}}})"),
              IsEmpty());
  EXPECT_FALSE(parameters(R"({"mode": "tunnel"})").empty());
  EXPECT_FALSE(parameters(R"({"pool": "Public"})").empty());
  EXPECT_FALSE(parameters(R"({"pools": "public"})").empty());
  EXPECT_FALSE(parameters("{}").empty()) << "it says nothing";
}

}  // namespace
}  // namespace sluice::api
