#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json.hpp>

#include "controller/api/schema/admission.h"
#include "tests/unit/controller/api/schema/schema_builder.h"

namespace sluice::api {
namespace {

namespace json = boost::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> changes(const TestSchema& schema, std::string_view from, std::string_view to) {
  const VersionSchema version{.name = "v1", .served = true, .deprecated = {}, .root = &schema.root()};
  std::vector<std::string> out;
  for (const auto& error : check_transition(json::parse({to.data(), to.size()}).as_object(),
                                            json::parse({from.data(), from.size()}).as_object(), version)) {
    out.push_back(error.field.str() + ": " + error.what);
  }
  return out;
}

constexpr std::string_view kFixed =
    R"([{"type": "string", "rules": [{"rule": "self == oldSelf", "message": "is fixed"}]},)";

TEST(Transition, AFixedFieldMayAppearAndVanishButNotChange) {
  const TestSchema schema(std::string(kFixed) + R"({"type": "object", "properties": {"a": 0}}])");
  EXPECT_THAT(changes(schema, R"({"a": "x"})", R"({"a": "x"})"), IsEmpty());
  EXPECT_THAT(changes(schema, "{}", R"({"a": "x"})"), IsEmpty());
  EXPECT_THAT(changes(schema, R"({"a": "x"})", "{}"), IsEmpty());
  EXPECT_THAT(changes(schema, R"({"a": "x"})", R"({"a": "y"})"), ElementsAre("a: is fixed"));
}

TEST(Transition, ItemsOfAListByKeyAreTheSameWhereverTheyStand) {
  const TestSchema schema(std::string(kFixed) +
                          R"({"type": "string"}, {"type": "object", "properties": {"name": 1, "a": 0}},
    {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"], "items": 2},
    {"type": "object", "properties": {"list": 3}}])");
  EXPECT_THAT(changes(schema, R"({"list": [{"name": "1", "a": "x"}, {"name": "2", "a": "y"}]})",
                      R"({"list": [{"name": "2", "a": "y"}, {"name": "1", "a": "x"}, {"name": "3", "a": "z"}]})"),
              IsEmpty());
  EXPECT_THAT(changes(schema, R"({"list": [{"name": "1", "a": "x"}]})",
                      R"({"list": [{"name": "0", "a": "x"}, {"name": "1", "a": "y"}]})"),
              ElementsAre("list[1].a: is fixed"));
}

TEST(Transition, ItemsOfOtherListsHaveNoPast) {
  const TestSchema schema(std::string(kFixed) +
                          R"({"type": "array", "items": 0}, {"type": "object", "properties": {"list": 1}}])");
  EXPECT_THAT(changes(schema, R"({"list": ["x"]})", R"({"list": ["y"]})"), IsEmpty());
}

TEST(Transition, OtherRulesAreNotEvaluatedAgain) {
  const TestSchema schema(
      R"([{"type": "object", "rules": [{"rule": "false", "message": "never"}, {"rule": "self == oldSelf", "message": "is fixed"}]}])");
  EXPECT_THAT(changes(schema, "{}", "{}"), IsEmpty());
  EXPECT_THAT(schema.errors("{}"), ElementsAre(": never"));
}

}  // namespace
}  // namespace sluice::api
