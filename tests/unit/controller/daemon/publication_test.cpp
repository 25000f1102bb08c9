#include "controller/daemon/publication.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

model::v1::Resource vip(const std::string& address, const std::string& node) {
  model::v1::Resource out;
  out.set_name("vip/" + address);
  out.mutable_vip()->set_node(node);
  return out;
}

model::v1::Delta compiled(const std::vector<std::string>& changed, std::uint64_t generation = 7) {
  model::v1::Delta out;
  out.set_base_generation(generation - 1);
  out.set_generation(generation);
  for (const auto& name : changed) out.add_changed()->set_name(name);
  return out;
}

std::vector<std::string> changed(const model::v1::Delta& delta) {
  std::vector<std::string> out;
  for (const auto& resource : delta.changed()) out.push_back(resource.name());
  return out;
}

TEST(Publication, JoinsWhatTwoMadeInOneGenerationSortedByName) {
  Publication publication;
  const auto delta = publication.next(compiled({"frontend/a", "zone/b"}), {vip("10.0.0.1", "n1")});
  EXPECT_THAT(changed(delta), ElementsAre("frontend/a", "vip/10.0.0.1", "zone/b"));
  EXPECT_EQ(delta.base_generation(), 0U);
  EXPECT_EQ(delta.generation(), 1U);
  EXPECT_EQ(delta.changed(1).hash().size(), 32U);
}

TEST(Publication, AnOwnerThatIsAnotherIsAGenerationOfItsOwn) {
  Publication publication;
  publication.next(compiled({"frontend/a"}), {vip("10.0.0.1", "n1"), vip("10.0.0.2", "n1")});
  const auto delta = publication.next(compiled({}), {vip("10.0.0.1", "n2")});
  EXPECT_THAT(changed(delta), ElementsAre("vip/10.0.0.1"));
  EXPECT_THAT(delta.removed(), ElementsAre("vip/10.0.0.2"));
  EXPECT_EQ(delta.base_generation(), 1U);
  EXPECT_EQ(delta.generation(), 2U);
}

TEST(Publication, WithoutChangesTheGenerationStays) {
  Publication publication;
  EXPECT_EQ(publication.next(compiled({}), {}).generation(), 0U);
  publication.next(compiled({"frontend/a"}), {vip("10.0.0.1", "n1")});
  const auto delta = publication.next(compiled({}), {vip("10.0.0.1", "n1")});
  EXPECT_THAT(delta.changed(), IsEmpty());
  EXPECT_EQ(delta.base_generation(), 1U);
  EXPECT_EQ(delta.generation(), 1U);
  EXPECT_EQ(publication.generation(), 1U);
}

}  // namespace
}  // namespace sluice::daemon
