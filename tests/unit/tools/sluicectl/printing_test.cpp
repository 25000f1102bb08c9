// Tables, JSON and YAML as kubectl prints them.
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "controller/source/yaml.h"
#include "controller/source/yaml_value.h"
#include "tools/sluicectl/json_view.h"
#include "tools/sluicectl/table.h"
#include "tools/sluicectl/yaml.h"

namespace sluice::ctl {
namespace {

namespace json = boost::json;

TEST(Table, ColumnsAreThreeSpacesApartAndNothingFollowsTheLast) {
  EXPECT_EQ((Table{.head = {"NAME", "AGE"}, .rows = {{"long-name", "1"}, {"", "2"}}}.text(true)),
            "NAME        AGE\nlong-name   1\n<none>      2\n");
  EXPECT_EQ((Table{.head = {"NAME"}, .rows = {{"a"}}}.text(false)), "a\n");
  EXPECT_EQ((Table{.head = {"NAME"}, .rows = {}}.text(true)), "");
}

TEST(Json, IsIndentedByFour) {
  EXPECT_EQ(indented(json::parse(R"({"a": [1, {"b": 0.25}], "c": {}, "d": []})")),
            "{\n    \"a\": [\n        1,\n        {\n            \"b\": 0.25\n        }\n    ],\n"
            "    \"c\": {},\n    \"d\": []\n}\n");
}

/// What the folder's own reader makes of the text.
json::value read_back(const std::string& text) {
  source::YamlReader reader(text);
  const auto document = reader.next();
  EXPECT_TRUE(document) << text;
  if (!document || *document == nullptr) return {};
  std::size_t budget = source::kMaxYamlNodes;
  std::vector<source::ValueError> errors;
  auto value = source::to_value(**document, budget, errors);
  EXPECT_TRUE(errors.empty()) << text;
  return value;
}

TEST(Yaml, ReadsBackAsWhatWasWritten) {
  for (
      const char* text :
      {R"({"a": {"b": [1, -2.5, true, null, "x"]}, "empty": {"list": [], "map": {}, "text": ""}})",
       R"({"words": ["yes", "No", "on", "null", "~", "true", "0x1f", "1e3", "012", "2026-01-01", ".5", "-", "?", ": a"]})",
       R"({"text": ["two\nlines", "tab\t", "quote \"", "back\\slash", "# no comment", "a: b", "- c", "é", " lead"]})",
       R"([[1, [2, 3]], [{"a": 1, "b": [4]}], []])", R"({"on": 1, "a b": 2, "1": 3, "": 4})", R"("alone")", "[]"}) {
    const auto value = json::parse(text);
    EXPECT_EQ(read_back(yaml_of(value)), value) << yaml_of(value);
  }
}

TEST(Yaml, ListsStandUnderTheirKeyAsKubectlPrintsThem) {
  EXPECT_EQ(yaml_of(json::parse(R"({"a": [{"b": 1, "c": {"d": "x"}}, 2]})")), "a:\n- b: 1\n  c:\n    d: x\n- 2\n");
}

}  // namespace
}  // namespace sluice::ctl
