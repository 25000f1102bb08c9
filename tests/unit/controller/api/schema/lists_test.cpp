#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/controller/api/schema/schema_builder.h"

namespace sluice::api {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(SchemaLists, ASetHasNoItemTwice) {
  const TestSchema set(R"([{"type": "string"}, {"type": "array", "x-kubernetes-list-type": "set", "items": 0}])");
  EXPECT_THAT(set.errors(R"(["a", "b"])"), IsEmpty());
  EXPECT_THAT(set.errors(R"(["a", "b", "a"])"), ElementsAre("[2]: \"a\" is item [0] already; each may stand once"));
}

TEST(SchemaLists, AMapHasNoKeyTwiceAndDefaultsCount) {
  const TestSchema map(R"([{"type": "integer"}, {"type": "string", "default": "TCP"},
    {"type": "object", "properties": {"port": 0, "protocol": 1, "name": 1}},
    {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["port", "protocol"], "items": 2}])");
  EXPECT_THAT(map.errors(R"([{"port": 53}, {"port": 53, "protocol": "UDP"}])"), IsEmpty());
  EXPECT_THAT(map.errors(R"([{"port": 53, "name": "a"}, {"port": 53, "protocol": "TCP", "name": "b"}])"),
              ElementsAre("[1]: {\"port\":53,\"protocol\":\"TCP\"} is item [0] already; each may stand once"));
}

TEST(SchemaLists, AnAtomicListMayRepeatItself) {
  const TestSchema list(R"([{"type": "string"}, {"type": "array", "x-kubernetes-list-type": "atomic", "items": 0}])");
  EXPECT_THAT(list.errors(R"(["a", "a"])"), IsEmpty());
}

TEST(SchemaLists, ListsBelowListsAndMapsAreLookedAtToo) {
  const TestSchema deep(R"([{"type": "string"}, {"type": "array", "x-kubernetes-list-type": "set", "items": 0},
    {"type": "object", "additionalProperties": 1}, {"type": "array", "items": 2}])");
  EXPECT_THAT(deep.errors(R"([{"k": ["a", "a"]}])"),
              ElementsAre("[0].k[1]: \"a\" is item [0] already; each may stand once"));
}

TEST(SchemaLists, ManyItemsTakeTimeInProportion) {
  const TestSchema set(R"([{"type": "integer"}, {"type": "array", "x-kubernetes-list-type": "set", "items": 0}])");
  std::string list = "[0";
  for (int i = 1; i < 100000; ++i) list += "," + std::to_string(i);
  EXPECT_THAT(set.errors(list + "]"), IsEmpty());
}

}  // namespace
}  // namespace sluice::api
