#include "controller/api/field_path.h"

#include <gtest/gtest.h>

namespace sluice::api {
namespace {

TEST(FieldPath, WritesItemsInBracketsAndNamesThatAreNoIdentifiersToo) {
  FieldPath path;
  EXPECT_EQ(path.str(), "");
  path.push("spec");
  path.push("rules");
  path.push(2U);
  path.push("name");
  EXPECT_EQ(path.str(), "spec.rules[2].name");
  path.pop();
  path.push("app.kubernetes.io/name");
  EXPECT_EQ(path.str(), "spec.rules[2][app.kubernetes.io/name]");
}

}  // namespace
}  // namespace sluice::api
