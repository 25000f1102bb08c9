// What scalars say, by YAML 1.2.2, chapters 7.3 and 8.1, and as go-yaml reads them for `kubectl apply`.
#include <gtest/gtest.h>

#include "controller/source/yaml.h"

namespace sluice::source {
namespace {

/// The value of "a" in a map.
std::string value(const std::string& text) {
  YamlReader reader(text);
  const auto root = reader.next();
  if (!root) return "error: " + root.error().what;
  if (*root == nullptr || (*root)->children.empty()) return "no map";
  return (*root)->children[0].second->text;
}

/// The same text, written where lines end by CRLF.
std::string crlf(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '\n' ? std::string("\r\n") : std::string(1, c);
  return out;
}

struct Case {
  std::string text;
  std::string value;
};

class Scalars : public ::testing::TestWithParam<Case> {};

TEST_P(Scalars, AreReadAsWritten) {
  EXPECT_EQ(value(GetParam().text), GetParam().value);
}
TEST_P(Scalars, SayTheSameWithCrlf) {
  EXPECT_EQ(value(crlf(GetParam().text)), GetParam().value);
}

INSTANTIATE_TEST_SUITE_P(SingleQuoted, Scalars,
                         ::testing::Values(Case{"a: ''\n", ""}, Case{"a: ''''\n", "'"}, Case{"a: ''''''\n", "''"},
                                           Case{"a: 'x''''y'\n", "x''y"}, Case{"a: 'it''s'\n", "it's"},
                                           Case{"a: 'x\n  y'\n", "x y"}, Case{"a: 'x \n\n  y'\n", "x\ny"},
                                           Case{"a: ' x\n '\n", " x "}, Case{"a: '\n  x ''''  '\n", " x ''  "},
                                           Case{"a: 'no \\n escape'\n", "no \\n escape"}));

INSTANTIATE_TEST_SUITE_P(DoubleQuoted, Scalars,
                         ::testing::Values(Case{"a: \"\"\n", ""}, Case{"a: \"x\\ny\"\n", "x\ny"},
                                           Case{"a: \"x\\\n  y\"\n", "xy"}, Case{"a: \"x\\\n  \\ y\"\n", "x y"},
                                           Case{"a: \"x\\\\\n  y\"\n", "x\\ y"}, Case{"a: \"x\\\\\\\n  y\"\n", "x\\y"},
                                           Case{"a: \"x\\ \n  y\"\n", "x  y"}, Case{"a: \"x\n\n  y\"\n", "x\ny"},
                                           Case{"a: \"\\u00e9\\/\\x41\"\n", "é/A"},
                                           Case{"a: \"x\\0y\"\n", std::string("x\0y", 3)}));

INSTANTIATE_TEST_SUITE_P(
    Block, Scalars,
    ::testing::Values(Case{"a: |\n", ""}, Case{"a: |\nb: 1\n", ""}, Case{"a: >\n", ""}, Case{"a: |+\n\n", "\n"},
                      Case{"a: |\n  x\n  y\n", "x\ny\n"}, Case{"a: |-\n  x\n\n", "x"}, Case{"a: |+\n  x\n\n", "x\n\n"},
                      Case{"a: |\n  x\n\nb: 1\n", "x\n"}, Case{"a: |\n  x", "x"}, Case{"a: |2\n   x\n", " x\n"},
                      Case{"a: >\n  x\n  y\n", "x y\n"}, Case{"a: >\n  x\n\n  y\n", "x\ny\n"},
                      Case{"a: >-\n  x\n   y\n  z\n", "x\n y\nz"}, Case{"a: >\n  x\n\n   y\n  z\n", "x\n\n y\nz\n"}));

INSTANTIATE_TEST_SUITE_P(Plain, Scalars,
                         ::testing::Values(Case{"a: x\n", "x"}, Case{"a: x y # comment\n", "x y"},
                                           Case{"a: x\n  y\n", "x y"}, Case{"a: x\n\n  y\n", "x\ny"},
                                           Case{"a: it's\n", "it's"}, Case{"a: b#c\n", "b#c"}, Case{"a:\nb: 1\n", ""}));

TEST(YamlScalar, ALongRunOfQuotesIsReadWhole) {
  EXPECT_EQ(value("a: '" + std::string(2000, '\'') + "'\n"), std::string(1000, '\''));
  EXPECT_EQ(value("a: '" + std::string(2001, '\'') + "\n"), std::string(1000, '\''));
  EXPECT_EQ(value("a: '" + std::string(2000, '\'') + "\n"), "error: is no YAML: found unexpected end of stream");
}

}  // namespace
}  // namespace sluice::source
