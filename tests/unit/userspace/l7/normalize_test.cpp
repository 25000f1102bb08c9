#include <gtest/gtest.h>

#include "userspace/l7/match.h"

namespace sluice::l7 {
namespace {

std::string host(std::string_view authority) {
  std::string buffer(authority.size(), '\0');
  return std::string(normalize_host(authority, buffer.data()));
}

std::string path(std::string_view text) {
  std::string buffer(text.size(), '\0');
  const auto view = normalize_path(text, buffer.data());
  return view ? std::string(*view) : "refused: " + std::string(view.error());
}

TEST(NormalizeHost, LowerCasesAndStripsThePort) {
  EXPECT_EQ(host("Example.COM"), "example.com");
  EXPECT_EQ(host("Example.com:8080"), "example.com");
  EXPECT_EQ(host("127.0.0.1:80"), "127.0.0.1");
  EXPECT_EQ(host("example.com."), "example.com");
  EXPECT_EQ(host("example.com.:8080"), "example.com");
  EXPECT_EQ(host("[::1]:8080"), "[::1]");
  EXPECT_EQ(host("[FE80::1]"), "[fe80::1]");
}

TEST(NormalizeHost, RefusesWhatIsNoAuthority) {
  for (const auto* bad :
       {"a b", "a/b", "user@a", "a:b", "a:80:90", "a:99999", "[::1", "[]", "a%20", "a,b", "a\tb", "[::1]x"}) {
    EXPECT_EQ(host(bad), "") << bad;
  }
}

TEST(NormalizePath, DecodesUnreservedAndUppercasesTheRest) {
  EXPECT_EQ(path("/plain/%"), "refused: a percent sign without two hexadecimal digits");
  EXPECT_EQ(path("/%61dmin"), "/admin");
  EXPECT_EQ(path("/a%2fb"), "/a%2Fb");
  EXPECT_EQ(path("/a%2"), "refused: a percent sign without two hexadecimal digits");
  EXPECT_EQ(path("/a%00b"), "refused: an encoded NUL");
}

TEST(NormalizePath, RefusesDotSegmentsHoweverTheyAreSpelled) {
  for (const auto* bad : {"/..", "/a/../b", "/a/./b", "/a/%2e%2E/b", "/a/.", "/%2e", "/a/..;/b", "/a/.;x=1",
                          "/a/..%2fb", "/a%2F../b", "/a%5c%2e%2e%5Cb", "/a%2f."}) {
    EXPECT_EQ(path(bad), "refused: a dot segment") << bad;
  }
  for (const auto* good : {"/a/..b/.c/d.", "/.well-known/x", "/...", "/a/...;b", "/a..%2Fb", "/a.;b", "/a;../b", "*"}) {
    EXPECT_EQ(path(good), good);
  }
}

}  // namespace
}  // namespace sluice::l7
