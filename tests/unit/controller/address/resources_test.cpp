#include "controller/address/resources.h"

#include <gtest/gtest.h>

namespace sluice::address {
namespace {

TEST(Resources, NameNodesAndAddressesInNetworkByteOrder) {
  const auto out = resources({{"10.0.0.1", "n1"}, {"2001:db8::1", ""}}, {{"n1", {"10.0.0.9"}}, {"n2", {}}});
  ASSERT_EQ(out.size(), 4);
  EXPECT_EQ(out[0].name(), "source/n1");
  EXPECT_EQ(out[0].node_source().node(), "n1");
  EXPECT_EQ(out[0].node_source().addresses(0).ip(), (std::string{10, 0, 0, 9}));
  EXPECT_EQ(out[1].name(), "source/n2");
  EXPECT_EQ(out[1].node_source().addresses_size(), 0);
  EXPECT_EQ(out[2].name(), "vip/10.0.0.1");
  EXPECT_EQ(out[2].vip().node(), "n1");
  EXPECT_EQ(out[2].vip().address().ip(), (std::string{10, 0, 0, 1}));
  EXPECT_EQ(out[3].name(), "vip/2001:db8::1");
  EXPECT_EQ(out[3].vip().node(), "");
  EXPECT_EQ(out[3].vip().address().ip().size(), 16);
}

}  // namespace
}  // namespace sluice::address
