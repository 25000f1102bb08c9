#include "plan_builder.h"
#include "userspace/l4/shared_memory.h"
#include "userspace/l4/source.h"

namespace sluice::l4 {
namespace {

struct SourceArrayTest : testing::Test {
  std::vector<snat_source> entries = std::vector<snat_source>(4);
  SourceArray array{entries, {10000, 29999}};
};

TEST_F(SourceArrayTest, ARunIsWrittenOnceAndFoundAgain) {
  const std::vector two{ip("192.0.2.1"), ip("192.0.2.2")};
  EXPECT_EQ(array.run(two), 0U);
  EXPECT_EQ(array.run(two), 0U);
  EXPECT_EQ(entries[1].port_low, 10000);
  EXPECT_EQ(entries[1].ports, 20000);
  EXPECT_EQ(array.run(std::vector{ip("192.0.2.2")}), 1U) << "a part of a run serves as well";
  EXPECT_EQ(array.run(std::vector{ip("fd00::1")}), 2U);
  EXPECT_EQ(array.addresses().size(), 3U);
}

TEST_F(SourceArrayTest, AFullArraySaysSo) {
  EXPECT_TRUE(array.run(std::vector{ip("192.0.2.1"), ip("192.0.2.2"), ip("192.0.2.3")}));
  EXPECT_FALSE(array.run(std::vector{ip("192.0.2.4"), ip("192.0.2.5")}));
  EXPECT_TRUE(array.run(std::vector{ip("192.0.2.4")}));
}

TEST_F(SourceArrayTest, ARestartKeepsWhatBackendsReferTo) {
  (void)array.run(std::vector{ip("192.0.2.1")});
  (void)array.run(std::vector{ip("192.0.2.2")});
  std::vector<backend> backends(2);
  backends[1].state = BACKEND_READY;
  backends[1].snat_first = 1;
  backends[1].snat_count = 1;
  SourceArray next(entries, {20000, 20999});
  next.adopt(backends);
  EXPECT_EQ(entries[0].ports, 0) << "nobody's";
  EXPECT_EQ(entries[1].port_low, 20000);
  EXPECT_EQ(entries[1].ports, 1000);
  EXPECT_EQ(next.run(std::vector{ip("192.0.2.2")}), 1U);
  EXPECT_EQ(next.run(std::vector{ip("192.0.2.3")}), 0U);
}

}  // namespace
}  // namespace sluice::l4
