#include "userspace/l4/placement.h"

#include "plan_builder.h"

namespace sluice::l4 {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct PlacementTest : testing::Test {
  ModelBuilder builder;
  const model::Store& store = builder.store;

  void vip(const char* address, const char* node) {
    model::v1::Resource resource;
    resource.set_name(std::string("vip/") + address);
    resource.mutable_vip()->mutable_address()->set_ip(bytes(address));
    resource.mutable_vip()->set_node(node);
    builder.put(std::move(resource));
  }
  void source(const char* node, const std::vector<const char*>& addresses) {
    model::v1::Resource resource;
    resource.set_name(std::string("source/") + node);
    resource.mutable_node_source()->set_node(node);
    for (const auto* each : addresses) resource.mutable_node_source()->add_addresses()->set_ip(bytes(each));
    builder.put(std::move(resource));
  }
};

TEST_F(PlacementTest, AnAddressOfAnotherNodeOrOfNoneIsElsewhere) {
  vip("192.0.2.1", "one");
  vip("192.0.2.2", "two");
  vip("2001:db8::3", "");
  EXPECT_THAT(placement_of(store, "one").elsewhere, ElementsAre(ip("192.0.2.2"), ip("2001:db8::3")));
  EXPECT_THAT(placement_of(store, "two").elsewhere, ElementsAre(ip("192.0.2.1"), ip("2001:db8::3")));
  EXPECT_THAT(placement_of(store, "two").own, ElementsAre(ip("192.0.2.2")));
}

TEST_F(PlacementTest, WithoutAClusterNothingIsElsewhere) {
  vip("192.0.2.1", "one");
  source("", {"192.0.2.9"});
  EXPECT_EQ(placement_of(store, ""), Placement{});
}

TEST_F(PlacementTest, ANodeSpeaksFromItsOwnSourcesAlone) {
  source("one", {"192.0.2.8", "2001:db8::8"});
  source("two", {"192.0.2.9"});
  EXPECT_THAT(placement_of(store, "one").sources, ElementsAre(ip("192.0.2.8"), ip("2001:db8::8")));
  EXPECT_THAT(placement_of(store, "three").sources, IsEmpty());
}

TEST_F(PlacementTest, OnlyVipsAndSourcesConcernIt) {
  EXPECT_TRUE(concerns_placement({"backend/a", "vip/192.0.2.1"}));
  EXPECT_TRUE(concerns_placement({"source/one"}));
  EXPECT_FALSE(concerns_placement({"backend/a", "frontend/b", "sni/c"}));
}

}  // namespace
}  // namespace sluice::l4
