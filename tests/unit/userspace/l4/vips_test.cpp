// Which addresses a node of a cluster answers for, as other hosts on its links claim them.
#include "tests/unit/userspace/l4/datapath_rig.h"

namespace sluice::l4 {
namespace {

using VipsTest = DatapathRig;

TEST_F(VipsTest, AnAddressThatAnotherHostOnItsLinkClaimsIsGivenUp) {
  start();
  apply();
  ASSERT_TRUE(holds(kVip));
  claim(kVip);
  EXPECT_TRUE(until([&] { return !holds(kVip); }));
  EXPECT_TRUE(holds(kOtherVip));
}

TEST_F(VipsTest, AClaimOnAnotherLinkSuchAsAPodsIsNobodys) {
  start();
  apply();
  claim(kVip, "pods");
  claim(kOtherVip);  // heard after it
  ASSERT_TRUE(until([&] { return !holds(kOtherVip); }));
  EXPECT_TRUE(holds(kVip));
}

}  // namespace
}  // namespace sluice::l4
