#include "controller/attach/hostname.h"

#include <gtest/gtest.h>

namespace sluice::attach {
namespace {

TEST(Hostname, AWildcardCoversNamesOfOneLabelOrMore) {
  EXPECT_TRUE(covers("*.example.com", "a.example.com"));
  EXPECT_TRUE(covers("*.example.com", "b.a.example.com"));
  EXPECT_TRUE(covers("*.example.com", "*.a.example.com"));
  EXPECT_TRUE(covers("*.example.com", "*.example.com"));
}

TEST(Hostname, AWildcardDoesNotCoverItsApexOrALongerLabel) {
  EXPECT_FALSE(covers("*.example.com", "example.com"));
  EXPECT_FALSE(covers("*.example.com", ".example.com"));
  EXPECT_FALSE(covers("*.example.com", "badexample.com"));
  EXPECT_FALSE(covers("*.a.example.com", "*.example.com"));
}

TEST(Hostname, NoHostnameCoversEverything) {
  EXPECT_TRUE(covers("", "a.example.com"));
  EXPECT_TRUE(covers("", ""));
  EXPECT_FALSE(covers("a.example.com", ""));
}

TEST(Hostname, TwoNamesMeetInTheNarrower) {
  EXPECT_EQ(intersect("*.example.com", "a.example.com"), "a.example.com");
  EXPECT_EQ(intersect("a.example.com", "*.example.com"), "a.example.com");
  EXPECT_EQ(intersect("", "*.example.com"), "*.example.com");
  EXPECT_EQ(intersect("", ""), "");
  EXPECT_EQ(intersect("*.example.com", "*.example.org"), std::nullopt);
  EXPECT_EQ(intersect("a.example.com", "b.example.com"), std::nullopt);
  EXPECT_EQ(intersect("example.com", "*.example.com"), std::nullopt);
}

TEST(Hostname, LowerCaseLeavesOtherBytesAlone) {
  EXPECT_EQ(lower_case("A.Z-9.\xc3\x84"), "a.z-9.\xc3\x84");
}

}  // namespace
}  // namespace sluice::attach
