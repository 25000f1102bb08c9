#include "controller/source/surrogates.h"

#include <gtest/gtest.h>

namespace sluice::source {
namespace {

TEST(Surrogates, APairBecomesItsCharacter) {
  EXPECT_EQ(join_surrogates(R"({"a": "\ud83d\ude00"})"), R"({"a": "😀"})");
  EXPECT_EQ(join_surrogates("\n {\"a\": \"x\\uD800\\uDC00\\uDBFF\\uDFFFy\"}"),
            "\n {\"a\": \"x\U00010000\U0010ffffy\"}");
}

TEST(Surrogates, HalfAPairIsLeftToTheParser) {
  for (const std::string_view text : {R"({"a": "\ud83d"})", R"({"a": "\ud83d\u0041"})", R"({"a": "\ude00\ud83d"})",
                                      R"({"a": "\ud83d x \ude00"})", R"({"\ud8)", R"({"\ud83d\ude0)", R"({"\ud83d\)"}) {
    EXPECT_EQ(join_surrogates(text), text);
  }
}

TEST(Surrogates, AnEscapedBackslashBeginsNoEscape) {
  EXPECT_EQ(join_surrogates(R"({"a": "\\ud83d\\ude00"})"), R"({"a": "\\ud83d\\ude00"})");
  EXPECT_EQ(join_surrogates(R"({"a": "\\\ud83d\ude00"})"), R"({"a": "\\😀"})");
}

TEST(Surrogates, WhatIsNoJsonIsLeft) {
  EXPECT_EQ(join_surrogates(R"(a: '\ud83d\ude00')"), std::nullopt);
  EXPECT_EQ(join_surrogates(R"({"a": "\u00e9"})"), std::nullopt);
  EXPECT_EQ(join_surrogates(""), std::nullopt);
}

}  // namespace
}  // namespace sluice::source
