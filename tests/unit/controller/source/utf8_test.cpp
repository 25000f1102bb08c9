#include "controller/source/utf8.h"

#include <gtest/gtest.h>

namespace sluice::source {
namespace {

TEST(Utf8, CharactersOfEveryLengthAndLineBreaksAreText) {
  EXPECT_EQ(first_bad_byte("a\tb\r\n\u00e9\u20ac\U0001f600\u0085"), std::nullopt);
  EXPECT_EQ(first_bad_byte(""), std::nullopt);
}

TEST(Utf8, TheFirstByteThatIsNoTextIsNamed) {
  for (const std::string_view bad :
       {std::string_view("\0", 1), std::string_view("\x01"), std::string_view("\x7f"), std::string_view("\xc2\x80"),
        std::string_view("\x80"), std::string_view("\xc3"), std::string_view("\xc0\xaf"),
        std::string_view("\xe0\x80\xaf"), std::string_view("\xed\xa0\x80"), std::string_view("\xf4\x90\x80\x80"),
        std::string_view("\xff"), std::string_view("\xef\xbf\xbf"), std::string_view("\xe2\x82(")}) {
    EXPECT_EQ(first_bad_byte("ok" + std::string(bad)), 2U) << ::testing::PrintToString(bad);
  }
}

}  // namespace
}  // namespace sluice::source
