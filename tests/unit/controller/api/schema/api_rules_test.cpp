// Every schema, pattern and rule that is part of the binary can be read; the figures are the Gateway API v1.7.0's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "controller/api/schema/catalog.h"
#include "controller/api/schema/embedded.h"

namespace sluice::api {
namespace {

using ::testing::StartsWith;

struct Count {
  std::size_t rules = 0;
  std::size_t transitions = 0;
};

/// As the CRDs spell them out: a schema that is used in several places counts in each.
void count(const SchemaNode& node, Count& out) {
  for (const SchemaRule& rule : node.rules) {
    ++out.rules;
    out.transitions += rule.rule.is_transition() ? 1 : 0;
  }
  for (const auto& [name, child] : node.properties) count(*child, out);
  if (node.items != nullptr) count(*node.items, out);
  if (node.additional_properties != nullptr) count(*node.additional_properties, out);
}

Count count(Channel channel) {
  Count out;
  for (const KindSchema& kind : Catalog::of(channel).kinds()) {
    if (!kind.group.starts_with("gateway.")) continue;
    for (const VersionSchema& version : kind.versions) count(*version.root, out);
  }
  return out;
}

TEST(ApiRules, EverySchemaOfBothChannelsAndOfTheCoreKindsIsRead) {
  for (const std::string_view document : {kExperimentalSchemas, kStandardSchemas, kCoreSchemas, kOwnSchemas}) {
    const auto catalog = Catalog::read({document});
    EXPECT_TRUE(catalog.has_value()) << catalog.error();
  }
}

TEST(ApiRules, TheExperimentalChannelHas445RulesAnd3OnChange) {
  const Count found = count(Channel::kExperimental);
  EXPECT_EQ(found.rules, 445U);
  EXPECT_EQ(found.transitions, 3U);
}

TEST(ApiRules, TheStandardChannelHas298RulesAnd2OnChange) {
  const Count found = count(Channel::kStandard);
  EXPECT_EQ(found.rules, 298U);
  EXPECT_EQ(found.transitions, 2U);
}

TEST(ApiRules, ADocumentWithAnUnreadableRuleOrPatternIsRefusedWithItsPlace) {
  const auto error_of = [](const std::string& node) {
    const std::string document = R"({"nodes": [{"type": "string"}, )" + node + R"(], "kinds": []})";
    const auto catalog = Catalog::read({document});
    return catalog ? std::string() : catalog.error();
  };
  EXPECT_THAT(error_of(R"({"type": "string", "rules": [{"rule": "self =="}]})"),
              StartsWith("nodes[1]: rule self ==: "));
  EXPECT_THAT(error_of(R"({"type": "string", "pattern": "("})"), StartsWith("nodes[1]: pattern (: "));
  EXPECT_EQ(error_of(R"({"type": "string", "contentEncoding": "x"})"), "nodes[1]: keyword contentEncoding is not read");
  EXPECT_EQ(error_of(R"({"type": "array", "items": 7})"), "nodes[1]: child 7 comes later");
  EXPECT_EQ(error_of(R"({"type": "string", "rules": [{"rule": "true", "messageExpression": "x"}]})"),
            "nodes[1]: keyword messageExpression is not read");
}

}  // namespace
}  // namespace sluice::api
