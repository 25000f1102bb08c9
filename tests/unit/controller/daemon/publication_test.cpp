#include "controller/daemon/publication.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Resources = std::vector<model::v1::Resource>;

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
  const Resources addresses{vip("10.0.0.1", "n1")};
  const auto delta = publication.next(compiled({"frontend/a", "zone/b"}), &addresses);
  EXPECT_THAT(changed(delta), ElementsAre("frontend/a", "vip/10.0.0.1", "zone/b"));
  EXPECT_EQ(delta.base_generation(), 0U);
  EXPECT_EQ(delta.generation(), 1U);
  EXPECT_EQ(delta.changed(1).hash().size(), 32U);
}

TEST(Publication, AnOwnerThatIsAnotherIsAGenerationOfItsOwn) {
  Publication publication;
  const Resources first{vip("10.0.0.1", "n1"), vip("10.0.0.2", "n1")};
  publication.next(compiled({"frontend/a"}), &first);
  const Resources second{vip("10.0.0.1", "n2")};
  const auto delta = publication.next(compiled({}), &second);
  EXPECT_THAT(changed(delta), ElementsAre("vip/10.0.0.1"));
  EXPECT_THAT(delta.removed(), ElementsAre("vip/10.0.0.2"));
  EXPECT_EQ(delta.base_generation(), 1U);
  EXPECT_EQ(delta.generation(), 2U);
}

TEST(Publication, WithoutChangesTheGenerationStays) {
  Publication publication;
  EXPECT_EQ(publication.next(compiled({}), nullptr).generation(), 0U);
  const Resources addresses{vip("10.0.0.1", "n1")};
  publication.next(compiled({"frontend/a"}), &addresses);
  EXPECT_EQ(publication.next(compiled({}), nullptr).generation(), 1U);
  const auto delta = publication.next(compiled({}), &addresses);
  EXPECT_THAT(delta.changed(), IsEmpty());
  EXPECT_EQ(delta.base_generation(), 1U);
  EXPECT_EQ(delta.generation(), 1U);
  EXPECT_EQ(publication.generation(), 1U);
}

TEST(Publication, TheSameModelServedByOthersIsAGenerationOfItsOwn) {
  Publication publication;
  const Resources addresses{vip("10.0.0.1", "n1")};
  publication.next(compiled({"frontend/a"}), &addresses);
  const auto delta = publication.next(compiled({}), nullptr, true);
  EXPECT_THAT(changed(delta), IsEmpty());
  EXPECT_THAT(delta.removed(), IsEmpty());
  EXPECT_EQ(delta.base_generation(), 1U);
  EXPECT_EQ(delta.generation(), 2U);
}

}  // namespace
}  // namespace sluice::daemon
