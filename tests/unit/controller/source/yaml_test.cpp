#include "controller/source/yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::source {
namespace {

using ::testing::HasSubstr;

/// The number of documents, or "LINE: what".
std::string read(std::string_view text) {
  YamlReader reader(text);
  for (int count = 0;; ++count) {
    const auto root = reader.next();
    if (!root) return std::to_string(root.error().line) + ": " + root.error().what;
    if (*root == nullptr) return std::to_string(count);
  }
}

std::string repeat(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

TEST(Yaml, DocumentsAreReadOneByOneAndEmptyOnesLeftOut) {
  EXPECT_EQ(read(""), "0");
  EXPECT_EQ(read("# only a comment\n"), "0");
  EXPECT_EQ(read("a: 1\n---\nb: 2\n"), "2");
  EXPECT_EQ(read("---\n---\na: 1\n---\n# nothing\n---\nb: 2\n...\n"), "2");
  EXPECT_EQ(read("\xef\xbb\xbf"
                 "a: 1\n"),
            "1");
}

TEST(Yaml, NodesKnowTheirLines) {
  YamlReader reader("# head\na: 1\nb:\n  - x\n  - |\n    long\n    text\n  - y\n");
  const YamlNode* root = *reader.next();
  ASSERT_NE(root, nullptr);
  EXPECT_EQ(root->line, 2U);
  const YamlNode* list = root->children[1].second;
  EXPECT_EQ(root->children[1].first->line, 3U);
  EXPECT_EQ(list->children[0].second->line, 4U);
  EXPECT_EQ(list->children[2].second->line, 8U);
  EXPECT_EQ(list->children[1].second->text, "long\ntext\n");
}

TEST(Yaml, ADefectIsNamedWithItsLine) {
  EXPECT_THAT(read("a: 1\nb: [1, 2\n"), HasSubstr("is no YAML"));
  EXPECT_THAT(read("a:\n\tb: 1\n"), HasSubstr("2: is no YAML: found character that cannot start any token"));
  EXPECT_THAT(read("a: 'open\n"), HasSubstr("is no YAML"));
  EXPECT_THAT(read("a: b: c\n"), HasSubstr("is no YAML"));
  EXPECT_THAT(read("{\"a\": 1} {\"b\": 2}"), HasSubstr("is no YAML"));
}

TEST(Yaml, WhatComesAfterADefectIsNotRead) {
  YamlReader reader("a: 1\n---\nb: [\n");
  EXPECT_TRUE(reader.next().has_value());
  EXPECT_FALSE(reader.next().has_value());
  const auto after = reader.next();
  ASSERT_TRUE(after.has_value());
  EXPECT_EQ(*after, nullptr);
}

TEST(Yaml, JsonIsYamlTabsIncluded) {
  EXPECT_EQ(read("{\n\t\"a\": [1, {\"b\": null}],\n\t\"c\": \"\\u00e9\\/\"\n}\n"), "1");
}

TEST(Yaml, NestingIsBounded) {
  EXPECT_EQ(read(repeat("[", 100) + repeat("]", 100)), "1");
  EXPECT_THAT(read(repeat("[", 101) + repeat("]", 101)), HasSubstr("is nested deeper than 100 levels"));
  EXPECT_THAT(read(repeat("{a: ", 100000)), HasSubstr("is nested deeper than 100 levels"));
  EXPECT_THAT(read(repeat("- ", 100000)), HasSubstr("is nested deeper than 100 levels"));
}

TEST(Yaml, TagDirectivesAreBounded) {
  std::string directives;
  for (int i = 0; i < 100; ++i) directives += "%TAG !a" + std::to_string(i) + "! tag:x,\n";
  EXPECT_EQ(read(directives + "---\na: 1\n"), "1");
  EXPECT_EQ(read("# head\n" + directives + "%TAG !b! tag:x,\n---\na: 1\n"),
            "102: has more than 100 %TAG directives; leave them out");
  EXPECT_THAT(read(repeat("%TAG !a! tag:x,\n---\na: 1\n...\n", 101)), HasSubstr("401: has more than 100"));
}

TEST(Yaml, AnAliasNeedsAnAnchorThatItIsNotPartOf) {
  EXPECT_EQ(read("a: &x [1]\nb: *x\n"), "1");
  EXPECT_THAT(read("a: *x\n"), HasSubstr("alias *x has no anchor before it"));
  EXPECT_THAT(read("a: &x [*x]\n"), HasSubstr("1: alias *x contains itself"));
  EXPECT_THAT(read("a: &x 1\n---\nb: *x\n"), HasSubstr("3: alias *x has no anchor before it"));
}

TEST(Yaml, BytesThatAreNoTextAreRefusedNotRead) {
  EXPECT_THAT(read(std::string_view("a: \xff\xfe\n")), HasSubstr("is no YAML"));
  EXPECT_THAT(read(std::string_view("a: 1\nb: \x01\n")), HasSubstr("2: is no YAML"));
}

TEST(Yaml, EscapesOfJsonBeyondTheBasicPlaneComeInPairs) {
  YamlReader reader(R"({"a": "\ud83d\ude00"})");
  const auto root = reader.next();
  ASSERT_TRUE(root.has_value());
  EXPECT_EQ((*root)->children[0].second->text, "😀");
  EXPECT_THAT(read(R"({"a": "\ud83d"})"), HasSubstr("is no YAML"));
}

}  // namespace
}  // namespace sluice::source
