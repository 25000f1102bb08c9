#include "controller/api/base64.h"

#include <gtest/gtest.h>

namespace sluice::api {
namespace {

TEST(Base64, DecodesTheVectorsOfRfc4648) {
  EXPECT_EQ(decode_base64(""), "");
  EXPECT_EQ(decode_base64("Zg=="), "f");
  EXPECT_EQ(decode_base64("Zm8="), "fo");
  EXPECT_EQ(decode_base64("Zm9v"), "foo");
  EXPECT_EQ(decode_base64("Zm9vYmFy"), "foobar");
  EXPECT_EQ(decode_base64("+/8A"), (std::string("\xfb\xff\0", 3)));
}

TEST(Base64, PassesOverLineBreaks) {
  EXPECT_EQ(decode_base64("Zm9v\r\nYmFy\n"), "foobar");
}

TEST(Base64, RefusesForeignCharactersAndWrongPadding) {
  for (const auto* text : {"Zg", "Zg=", "Zg===", "Z", "Zm9v=", "=Zm9v", "Zm=v", "Zm9_", "Zm 9v", "===="}) {
    EXPECT_EQ(decode_base64(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace sluice::api
