#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/controller/api/cel/rule_builder.h"

namespace sluice::api::cel {
namespace {

using ::testing::HasSubstr;

TEST(CelFunctions, SizeCountsCodePointsItemsAndKeys) {
  EXPECT_EQ(verdict("size(self) == 5 && self.size() == 5", R"("Größe")"), "true");
  EXPECT_EQ(verdict("self.size() == 1", R"("😀")"), "true");
  EXPECT_EQ(verdict("size(self) == 2", "[1, 2]"), "true");
  EXPECT_EQ(verdict("size(self) == 2", R"({"a": 1, "b": 2})"), "true");
  EXPECT_EQ(verdict("size(1) == 1"), "error: no such overload: size(int)");
}

TEST(CelFunctions, MatchesFindsAPartUnlessThePatternIsAnchored) {
  EXPECT_EQ(verdict("self.matches('b+')", R"("abbc")"), "true");
  EXPECT_EQ(verdict("self.matches('^b+$')", R"("abbc")"), "false");
  EXPECT_EQ(verdict("self.matches(self)", R"("a.c")"), "true");
  EXPECT_THAT(verdict("self.matches(self)", R"x("(")x"), HasSubstr("bad pattern"));
  EXPECT_THAT(verdict("self.matches('a')", "1"), HasSubstr("no such overload: matches(int, string)"));
}

TEST(CelFunctions, PatternsTakeTimeInProportionToTheText) {
  const std::string text = "\"" + std::string(30000, 'a') + "!\"";
  EXPECT_EQ(verdict("self.matches('^(a+)+$')", text), "false");
}

TEST(CelFunctions, PartsOfTexts) {
  EXPECT_EQ(verdict("'abc'.contains('b') && 'abc'.startsWith('ab') && 'abc'.endsWith('bc') && 'a'.contains('')"),
            "true");
  EXPECT_EQ(verdict("'abc'.startsWith('bc')"), "false");
  EXPECT_THAT(verdict("'abc'.startsWith(1)"), HasSubstr("no such overload: startsWith(string, int)"));
}

TEST(CelFunctions, SplitGivesThePartsBetweenSeparators) {
  EXPECT_EQ(verdict("'a/b/'.split('/') == ['a', 'b', '']"), "true");
  EXPECT_EQ(verdict("'äb'.split('') == ['ä', 'b']"), "true");
  EXPECT_EQ(verdict("''.split('/') == ['']"), "true");
  EXPECT_EQ(verdict("'k8s.io/x'.split('/')[0] == 'k8s.io'"), "true");
}

TEST(CelFunctions, SubstringCountsCodePoints) {
  EXPECT_EQ(verdict("'äöü'.substring(1) == 'öü' && 'äöü'.substring(1, 2) == 'ö' && 'ab'.substring(2) == ''"), "true");
  EXPECT_EQ(verdict("'ab'.substring(3) == ''"), "error: substring: index out of range");
  EXPECT_EQ(verdict("'ab'.substring(2, 1) == ''"), "error: substring: index out of range");
  EXPECT_EQ(verdict("'ab'.substring(-1) == ''"), "error: substring: index out of range");
}

TEST(CelFunctions, IsIpTakesNeitherZonesNorMappedNorPaddedAddresses) {
  EXPECT_EQ(verdict("isIP('192.0.2.1') && isIP('2001:db8::1') && isIP('::')"), "true");
  for (const auto* text :
       {"192.0.2", "192.0.2.01", "192.0.2.256", "fe80::1%eth0", "::ffff:192.0.2.1", "", "localhost"}) {
    EXPECT_EQ(verdict("isIP(self)", "\"" + std::string(text) + "\""), "false") << text;
  }
}

TEST(CelFunctions, NamedFormatsHaveAValueWhereTheTextIsNotInThem) {
  EXPECT_EQ(verdict("format.dns1123Subdomain().validate('a.b-c').hasValue()"), "false");
  EXPECT_EQ(verdict("format.dns1123Subdomain().validate('A_b').hasValue()"), "true");
  EXPECT_EQ(verdict("format.qualifiedName().validate('example.com/Name_1').hasValue()"), "false");
  EXPECT_EQ(verdict("format.qualifiedName().validate('a/b/c').hasValue()"), "true");
}

}  // namespace
}  // namespace sluice::api::cel
