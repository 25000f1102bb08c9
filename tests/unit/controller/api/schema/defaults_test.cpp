#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/controller/api/schema/schema_builder.h"

namespace sluice::api {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

boost::json::value parse(std::string_view text) {
  return boost::json::parse({text.data(), text.size()});
}

constexpr std::string_view kNested = R"([{"type": "string", "default": "PathPrefix"}, {"type": "string"},
  {"type": "object", "default": {"value": "/"}, "properties": {"type": 0, "value": 1}},
  {"type": "object", "properties": {"path": 2}}, {"type": "array", "items": 3}])";

TEST(SchemaDefaults, AnAbsentFieldAndANullOneAreFilledIn) {
  const TestSchema schema(kNested);
  EXPECT_EQ(schema.taken_in("[{}]"), parse(R"([{"path": {"type": "PathPrefix", "value": "/"}}])"));
  EXPECT_EQ(schema.taken_in(R"([{"path": null}])"), parse(R"([{"path": {"type": "PathPrefix", "value": "/"}}])"));
}

TEST(SchemaDefaults, AFieldThatIsThereKeepsItsValueAndGetsWhatItLacksBelow) {
  const TestSchema schema(kNested);
  EXPECT_EQ(schema.taken_in(R"([{"path": {"value": "/a"}}])"),
            parse(R"([{"path": {"type": "PathPrefix", "value": "/a"}}])"));
  EXPECT_EQ(schema.taken_in(R"([{"path": {}}])"), parse(R"([{"path": {"type": "PathPrefix"}}])"));
}

TEST(SchemaDefaults, ANullWithoutDefaultIsDroppedUnlessItMayBeNull) {
  const TestSchema schema(R"([{"type": "string"}, {"type": "string", "nullable": true},
    {"type": "object", "properties": {"a": 0, "b": 1}}])");
  EXPECT_EQ(schema.taken_in(R"({"a": null, "b": null})"), parse(R"({"b": null})"));
  EXPECT_THAT(schema.errors(R"({"a": null, "b": null})"), IsEmpty());
}

TEST(SchemaDefaults, ANullItemOfAListIsNoItem) {
  const TestSchema schema(R"([{"type": "string"}, {"type": "array", "items": 0}])");
  EXPECT_THAT(schema.errors("[null]"),
              ElementsAre("[0]: null; must be text (in quotes where it reads as something else)"));
}

TEST(SchemaDefaults, AWholeNumberMayBeWrittenWithAPoint) {
  const TestSchema schema(R"([{"type": "integer"}, {"type": "object", "properties": {"port": 0}}])");
  EXPECT_EQ(schema.taken_in(R"({"port": 80.0})"), parse(R"({"port": 80})"));
  EXPECT_EQ(schema.taken_in(R"({"port": 8e1})"), parse(R"({"port": 80})"));
}

TEST(SchemaDefaults, UnknownFieldsAreRefusedAtEveryDepthWithTheNameThatIsLikelyMeant) {
  const TestSchema schema(kNested);
  EXPECT_THAT(schema.errors(R"([{"pth": {}}, {"path": {"colour": 1}}])"),
              ElementsAre("[0].pth: no such field; path is one", "[1].path.colour: no such field"));
}

TEST(SchemaDefaults, UnknownFieldsStayWhereTheSchemaSaysSo) {
  const TestSchema schema(R"([{"type": "object", "x-kubernetes-preserve-unknown-fields": true}])");
  EXPECT_THAT(schema.errors(R"({"a": {"b": [null]}})"), IsEmpty());
}

}  // namespace
}  // namespace sluice::api
