// A token in a file is read again as it rotates, and at once when the server did not take it.
#include "controller/source/kubernetes/token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/controller/source/folder.h"

namespace sluice::kubernetes {
namespace {

using ::testing::HasSubstr;

class Token : public ::testing::Test {
 protected:
  source::Folder folder;
  TokenSource tokens{"fixed", (folder / "token").string()};
  TokenSource::Clock::time_point now;
};

TEST_F(Token, TheFileGoesBeforeTheFixedOneAndIsReadOnceAMinute) {
  folder.write("token", "one\n");
  EXPECT_EQ(tokens.token(now), "one");
  folder.replace("token", "two\n");
  EXPECT_EQ(tokens.token(now + std::chrono::seconds(59)), "one");
  EXPECT_EQ(tokens.token(now + std::chrono::seconds(60)), "two");
}

TEST_F(Token, IsReadAgainAfterTheServerRefusedIt) {
  folder.write("token", "one");
  EXPECT_EQ(tokens.token(now), "one");
  folder.replace("token", "two");
  EXPECT_TRUE(tokens.expire());
  EXPECT_EQ(tokens.token(now), "two");
  EXPECT_FALSE(TokenSource("fixed", "").expire());
}

TEST_F(Token, TheLastOneStaysWhileTheFileIsAwayOrBroken) {
  EXPECT_THAT(tokens.token(now).error(), HasSubstr("there is no such file"));
  folder.write("token", "one");
  EXPECT_EQ(tokens.token(now), "one");
  folder.remove("token");
  tokens.expire();
  EXPECT_EQ(tokens.token(now), "one");
  folder.write("token", "");
  EXPECT_EQ(tokens.token(now), "one");
}

TEST_F(Token, NothingThatWouldEndAHeaderFieldGetsIntoOne) {
  folder.write("token", "a\r\nHost: b");
  EXPECT_THAT(tokens.token(now).error(), HasSubstr("holds no token"));
  EXPECT_FALSE(TokenSource("a b", "").token(now).has_value());
  EXPECT_EQ(TokenSource("", "").token(now), "");
}

}  // namespace
}  // namespace sluice::kubernetes
