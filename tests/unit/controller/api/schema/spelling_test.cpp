#include "controller/api/schema/spelling.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice::api {
namespace {

TEST(Spelling, AFewWrongLettersAndAnyCaseAreNear) {
  EXPECT_TRUE(is_near("hostname", "hostnames"));
  EXPECT_TRUE(is_near("backendrefs", "backendRefs"));
  EXPECT_TRUE(is_near("HTTPRoutes", "HTTPRoute"));
  EXPECT_TRUE(is_near("prt", "port"));
}

TEST(Spelling, OtherWordsAreNot) {
  EXPECT_FALSE(is_near("name", "port"));
  EXPECT_FALSE(is_near("uri", "port"));
  EXPECT_FALSE(is_near("TCPRoute", "GRPCRoutes"));
  EXPECT_FALSE(is_near("", "kind"));
  EXPECT_FALSE(is_near(std::string(100000, 'a'), "kind"));
}

}  // namespace
}  // namespace sluice::api
