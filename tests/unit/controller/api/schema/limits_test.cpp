#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/controller/api/schema/schema_builder.h"

namespace sluice::api {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string quoted(std::size_t size, std::string_view character = "a") {
  std::string out = "\"";
  for (std::size_t i = 0; i < size; ++i) out += character;
  return out + "\"";
}

TEST(SchemaLimits, ATypeIsMeantAsItIsWritten) {
  EXPECT_THAT(TestSchema(R"([{"type": "integer"}])").errors("\"80\""), ElementsAre(": \"80\"; must be a whole number"));
  EXPECT_THAT(TestSchema(R"([{"type": "integer"}])").errors("80.5"), ElementsAre(": 8.05E1; must be a whole number"));
  EXPECT_THAT(TestSchema(R"([{"type": "string"}])").errors("80"),
              ElementsAre(": 80; must be text (in quotes where it reads as something else)"));
  EXPECT_THAT(TestSchema(R"([{"type": "boolean"}])").errors("1"), ElementsAre(": 1; must be true or false"));
  EXPECT_THAT(TestSchema(R"([{"type": "object"}])").errors("[]"), ElementsAre(": []; must be an object"));
  EXPECT_THAT(TestSchema(R"([{"type": "string"}, {"type": "array", "items": 0}])").errors("{}"),
              ElementsAre(": {}; must be a list"));
  EXPECT_THAT(TestSchema(R"([{"type": "number"}])").errors("1.5"), IsEmpty());
}

TEST(SchemaLimits, AnIntOrStringIsEither) {
  const TestSchema schema(R"([{"x-kubernetes-int-or-string": true}])");
  EXPECT_THAT(schema.errors("80"), IsEmpty());
  EXPECT_THAT(schema.errors("\"web\""), IsEmpty());
  EXPECT_THAT(schema.errors("true"), ElementsAre(": true; must be a whole number or text"));
}

TEST(SchemaLimits, NumbersHaveBoundsAndWidths) {
  const TestSchema port(R"([{"type": "integer", "format": "int32", "minimum": 1, "maximum": 65535}])");
  EXPECT_THAT(port.errors("1"), IsEmpty());
  EXPECT_THAT(port.errors("65535"), IsEmpty());
  EXPECT_THAT(port.errors("0"), ElementsAre(": 0; must be at least 1"));
  EXPECT_THAT(port.errors("80080"), ElementsAre(": 80080; must be at most 65535"));
  const TestSchema wide(R"([{"type": "integer", "format": "int32"}])");
  EXPECT_THAT(wide.errors("2147483647"), IsEmpty());
  EXPECT_THAT(wide.errors("2147483648"), ElementsAre(": 2147483648; must fit into int32"));
  EXPECT_THAT(TestSchema(R"([{"type": "integer", "format": "int64"}])").errors("18446744073709551615"),
              ElementsAre(": 18446744073709551615; must fit into int64"));
}

TEST(SchemaLimits, LengthsCountCodePoints) {
  const TestSchema schema(R"([{"type": "string", "minLength": 1, "maxLength": 3}])");
  EXPECT_THAT(schema.errors(quoted(3, "ü")), IsEmpty());
  EXPECT_THAT(schema.errors(quoted(4)), ElementsAre(": has 4 characters; at most 3"));
  EXPECT_THAT(schema.errors("\"\""), ElementsAre(": has 0 characters; at least 1"));
}

TEST(SchemaLimits, PatternsAreSearchedForAndShownWithTheText) {
  const TestSchema schema(R"([{"type": "string", "pattern": "^[a-z]+$"}])");
  EXPECT_THAT(schema.errors("\"abc\""), IsEmpty());
  EXPECT_THAT(schema.errors("\"a1\""), ElementsAre(": \"a1\"; must match ^[a-z]+$"));
  EXPECT_THAT(TestSchema(R"([{"type": "string", "pattern": "b"}])").errors("\"abc\""), IsEmpty());
}

TEST(SchemaLimits, LongValuesAreShortenedBetweenCharacters) {
  const TestSchema schema(R"([{"type": "string", "enum": ["x"]}])");
  std::string shown = "\"";
  for (int i = 0; i < 39; ++i) shown += "ü";
  EXPECT_THAT(schema.errors(quoted(100, "ü")), ElementsAre(": " + shown + "…; must be x"));
}

TEST(SchemaLimits, AnEnumNamesWhatWouldDo) {
  const TestSchema schema(R"([{"type": "string", "enum": ["TCP", "UDP"]}])");
  EXPECT_THAT(schema.errors("\"TCP\""), IsEmpty());
  EXPECT_THAT(schema.errors("\"tcp\""), ElementsAre(": \"tcp\"; must be one of TCP, UDP"));
}

TEST(SchemaLimits, RequiredFieldsMustBeThereAndNullIsAbsent) {
  const TestSchema schema(R"([{"type": "string"}, {"type": "object", "required": ["a"], "properties": {"a": 0}}])");
  EXPECT_THAT(schema.errors(R"({"a": ""})"), IsEmpty());
  EXPECT_THAT(schema.errors("{}"), ElementsAre("a: is required"));
  EXPECT_THAT(schema.errors(R"({"a": null})"), ElementsAre("a: is required"));
}

TEST(SchemaLimits, MapsAndListsHaveSizes) {
  const TestSchema map(
      R"([{"type": "string"}, {"type": "object", "additionalProperties": 0, "minProperties": 1, "maxProperties": 1}])");
  EXPECT_THAT(map.errors("{}"), ElementsAre(": has 0 fields; at least 1"));
  EXPECT_THAT(map.errors(R"({"a": "", "b": ""})"), ElementsAre(": has 2 fields; at most 1"));
  const TestSchema list(R"([{"type": "string"}, {"type": "array", "items": 0, "minItems": 1, "maxItems": 2}])");
  EXPECT_THAT(list.errors("[]"), ElementsAre(": has 0 items; at least 1"));
  EXPECT_THAT(list.errors(R"(["a", "b", "c"])"), ElementsAre(": has 3 items; at most 2"));
}

TEST(SchemaLimits, OfAlternativesTheOneThatIsMeantIsExplained) {
  const TestSchema schema(R"([{"enum": ["IP"]}, {"format": "ipv4"}, {"format": "ipv6"}, {"anyOf": [1, 2]},
    {"properties": {"type": 0, "value": 3}}, {"not": 0}, {"properties": {"type": 5}}, {"type": "string"},
    {"type": "object", "properties": {"type": 7, "value": 7}, "oneOf": [4, 6]}])");
  EXPECT_THAT(schema.errors(R"({"type": "IP", "value": "192.0.2.1"})"), IsEmpty());
  EXPECT_THAT(schema.errors(R"({"type": "IP", "value": "2001:db8::1"})"), IsEmpty());
  EXPECT_THAT(schema.errors(R"({"type": "Name", "value": "x"})"), IsEmpty());
  EXPECT_THAT(schema.errors(R"({"type": "IP", "value": "x"})"),
              ElementsAre("value: \"x\"; must be of format ipv4 or ipv6"));
}

TEST(SchemaLimits, AllOfAndNotMustHold) {
  const TestSchema both(R"([{"maxLength": 3}, {"pattern": "^a"}, {"type": "string", "allOf": [0, 1]}])");
  EXPECT_THAT(both.errors("\"abc\""), IsEmpty());
  EXPECT_THAT(both.errors("\"bbbb\""), ElementsAre(": has 4 characters; at most 3", ": \"bbbb\"; must match ^a"));
  EXPECT_THAT(TestSchema(R"([{"enum": ["a"]}, {"type": "string", "not": 0}])").errors("\"a\""),
              ElementsAre(": \"a\"; is not allowed here"));
}

TEST(SchemaLimits, RulesWaitUntilTypesAndRequiredFieldsAreRight) {
  const TestSchema schema(R"([{"type": "integer"}, {"type": "object", "required": ["a"], "properties": {"a": 0},
    "rules": [{"rule": "self.a > 1", "message": "a must be more than 1"}]}])");
  EXPECT_THAT(schema.errors(R"({"a": 2})"), IsEmpty());
  EXPECT_THAT(schema.errors(R"({"a": 1})"), ElementsAre(": a must be more than 1"));
  EXPECT_THAT(schema.errors(R"({"a": "x"})"), ElementsAre("a: \"x\"; must be a whole number"));
  EXPECT_THAT(schema.errors("{}"), ElementsAre("a: is required"));
}

TEST(SchemaLimits, ARuleThatCannotBeEvaluatedRefuses) {
  const TestSchema schema(R"([{"type": "integer"}, {"type": "object", "properties": {"a": 0},
    "rules": [{"rule": "self.a > 1", "message": "a must be more than 1"}]}])");
  EXPECT_THAT(schema.errors("{}"),
              ElementsAre(": a must be more than 1 (the rule cannot be evaluated: no such key: a)"));
}

}  // namespace
}  // namespace sluice::api
