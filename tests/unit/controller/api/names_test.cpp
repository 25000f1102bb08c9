#include "controller/api/names.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::api {
namespace {

TEST(Names, ALabelHasAtMost63LowerCaseCharacters) {
  EXPECT_TRUE(is_dns_label("a-1"));
  EXPECT_TRUE(is_dns_label(std::string(63, 'a')));
  for (const std::string& text : {std::string(), std::string(64, 'a'), std::string("-a"), std::string("a-"),
                                  std::string("A"), std::string("a.b"), std::string("a_b")}) {
    EXPECT_FALSE(is_dns_label(text)) << text;
  }
}

TEST(Names, ASubdomainIsMadeOfLabelsAndHasAtMost253Characters) {
  EXPECT_TRUE(is_dns_subdomain("a.b-c.1"));
  EXPECT_TRUE(is_dns_subdomain(std::string(253, 'a')));
  for (const std::string& text : {std::string(), std::string(254, 'a'), std::string(".a"), std::string("a."),
                                  std::string("a..b"), std::string("a.-b"), std::string("a.B")}) {
    EXPECT_FALSE(is_dns_subdomain(text)) << text;
  }
}

TEST(Names, AQualifiedNameMayHaveASubdomainInFront) {
  EXPECT_TRUE(is_qualified_name("Name_1.x"));
  EXPECT_TRUE(is_qualified_name("example.com/name"));
  for (const auto* text : {"", "/a", "a/", "a/b/c", "Ex.com/a", "-a", "a b"})
    EXPECT_FALSE(is_qualified_name(text)) << text;
  EXPECT_FALSE(is_qualified_name(std::string(64, 'a')));
}

TEST(Names, ALabelValueMayBeEmpty) {
  EXPECT_TRUE(is_label_value(""));
  EXPECT_TRUE(is_label_value("V1.2_3"));
  EXPECT_FALSE(is_label_value("a/b"));
  EXPECT_FALSE(is_label_value(std::string(64, 'a')));
}

}  // namespace
}  // namespace sluice::api
