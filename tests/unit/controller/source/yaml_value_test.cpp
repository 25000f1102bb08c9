#include "controller/source/yaml_value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json.hpp>

namespace sluice::source {
namespace {

namespace json = boost::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Read {
  json::value value;
  std::vector<std::string> errors;  ///< "LINE: field: what"
};

Read read(std::string_view text, std::size_t budget = 10000) {
  YamlReader reader(text);
  const auto root = reader.next();
  if (!root || *root == nullptr) return {nullptr, {"no document"}};
  std::vector<ValueError> errors;
  Read out{to_value(**root, budget, errors), {}};
  for (const auto& error : errors) {
    out.errors.push_back(std::to_string(error.line) + ": " + error.field.str() + ": " + error.what);
  }
  return out;
}

json::value scalar(const std::string& text) {
  return read("a: " + text + "\n").value.at("a");
}

TEST(YamlValue, PlainScalarsAreReadAsGoYamlReadsThem) {
  EXPECT_EQ(scalar("~"), nullptr);
  EXPECT_EQ(scalar(""), nullptr);
  EXPECT_EQ(scalar("null"), nullptr);
  EXPECT_EQ(scalar("true"), true);
  EXPECT_EQ(scalar("off"), false);
  EXPECT_EQ(scalar("Yes"), true);
  EXPECT_EQ(scalar("-12"), -12);
  EXPECT_EQ(scalar("0x1F"), 31);
  EXPECT_EQ(scalar("0o17"), 15);
  EXPECT_EQ(scalar("017"), 15);
  EXPECT_EQ(scalar("0b11"), 3);
  EXPECT_EQ(scalar("1_000"), 1000);
  EXPECT_EQ(scalar("1.5e1"), 15.0);
  EXPECT_EQ(scalar("18446744073709551615"), 18446744073709551615U);
}

TEST(YamlValue, WhatOnlyLooksLikeANumberIsText) {
  for (const auto* text :
       {"1.2.3", "10.0.0.1/8", "12:30:45x", "+", ".", "0x", "1e", "nan", "inf", "0xzz", "08:00x", "-a"}) {
    EXPECT_EQ(scalar(text), json::string(text)) << text;
  }
}

TEST(YamlValue, QuotesAndTagsMakeText) {
  EXPECT_EQ(scalar("\"80\""), "80");
  EXPECT_EQ(scalar("'true'"), "true");
  EXPECT_EQ(scalar("!!str 80"), "80");
  EXPECT_EQ(scalar("|\n  x\n  y\n"), "x\ny\n");
  EXPECT_EQ(scalar(">-\n  x\n  y\n"), "x y");
}

TEST(YamlValue, AForeignTagIsAnError) {
  EXPECT_THAT(read("a: !secret x\n").errors, ElementsAre(HasSubstr("1: a: tag !secret is not read")));
}

TEST(YamlValue, AKeyThatIsGivenTwiceIsAnErrorAtTheSecond) {
  EXPECT_THAT(read("a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n").errors, ElementsAre("5: b.c: is given twice; keep one"));
  EXPECT_THAT(read("{\"a\": 1, \"a\": 1}").errors, ElementsAre("1: a: is given twice; keep one"));
}

TEST(YamlValue, AKeyMustBeText) {
  EXPECT_THAT(read("? [1, 2]\n: x\n").errors, ElementsAre(HasSubstr("a key must be text")));
  EXPECT_EQ(read("1: x\n").value.at("1"), "x");
}

TEST(YamlValue, MergedMapsGiveWhatTheMapItselfDoesNotSay) {
  const Read merged = read("base: &b {x: 1, y: 2}\nmore: &m {y: 3, z: 4}\na:\n  <<: [*b, *m]\n  x: 0\n");
  EXPECT_THAT(merged.errors, ElementsAre());
  EXPECT_EQ(merged.value.at("a"), json::parse(R"({"x": 0, "y": 2, "z": 4})"));
  EXPECT_THAT(read("a:\n  <<: 1\n").errors, ElementsAre(HasSubstr("<< must name a map")));
  EXPECT_THAT(read("a:\n  <<: [{x: 1}, 1]\n").errors, ElementsAre(HasSubstr("<< must name a map")));
}

TEST(YamlValue, ALimitThatEndsInAMergedMapIsAnErrorToo) {
  std::string text = "a0: &a0 {k: v}\n";
  for (unsigned i = 1; i <= kMaxYamlDepth + 1; ++i) {
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " {<<: *a" + std::to_string(i - 1) + "}\n";
  }
  const auto deep = read(text).errors;
  ASSERT_FALSE(deep.empty());
  EXPECT_THAT(deep.front(), HasSubstr("is nested deeper than 100 levels"));
  EXPECT_THAT(read("a: &a {k: v}\nb: {<<: *a}\n", 4).errors, ElementsAre(HasSubstr("aliases make more values")));
}

TEST(YamlValue, AliasesCannotMakeALargeValueOfASmallText) {
  std::string laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 10; ++k) laughs += before + ", ";
    laughs += "]\n";
  }
  EXPECT_THAT(read(laughs, 100000).errors, ElementsAre(HasSubstr("aliases make more values than a file may hold")));
}

TEST(YamlValue, ALongTextBehindManyAliasesCountsByItsLength) {
  std::string text = "a: &a " + std::string(100000, 'x') + "\nb: [";
  for (int i = 0; i < 100; ++i) text += "*a, ";
  EXPECT_THAT(read(text + "]\n", 10000).errors, ElementsAre(HasSubstr("aliases make more values")));
}

TEST(YamlValue, AFieldsLineIsThatOfItsKey) {
  YamlReader reader("spec:\n  rules:\n  - name: a\n  - name: b\n    backendRefs:\n      - port: 1\n");
  const YamlNode* root = *reader.next();
  const auto line = [&](std::initializer_list<api::FieldPath::Step> steps) {
    api::FieldPath path;
    for (const auto& step : steps) {
      if (const auto* index = std::get_if<std::size_t>(&step)) path.push(*index);
      if (const auto* name = std::get_if<std::string>(&step)) path.push(*name);
    }
    return line_of(*root, path);
  };
  EXPECT_EQ(line({}), 1U);
  EXPECT_EQ(line({std::string("spec"), std::string("rules"), 1UL}), 4U);
  EXPECT_EQ(
      line({std::string("spec"), std::string("rules"), 1UL, std::string("backendRefs"), 0UL, std::string("port")}), 6U);
  EXPECT_EQ(line({std::string("spec"), std::string("rules"), 1UL, std::string("missing")}), 4U);
}

}  // namespace
}  // namespace sluice::source
