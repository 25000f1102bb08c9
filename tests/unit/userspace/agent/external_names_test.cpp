#include "userspace/agent/external_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::agent {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

model::v1::Resource named(const std::string& name, const std::string& host, std::uint32_t port) {
  model::v1::Resource resource;
  resource.set_name(name);
  resource.set_hash("compiled");
  resource.mutable_endpoints()->set_external_name(host);
  resource.mutable_endpoints()->set_external_port(port);
  return resource;
}

model::SharedDelta change(std::vector<model::v1::Resource> changed) {
  model::v1::Delta delta;
  for (auto& resource : changed) *delta.add_changed() = std::move(resource);
  return model::share(std::move(delta));
}

TEST(ExternalNames, ANameThatNeverAnsweredHasNoEndpoints) {
  ExternalNames names;
  EXPECT_THAT(names.fill(change({named("endpoints/a", "db.example", 5432)})), IsEmpty());
  EXPECT_THAT(names.names(), ElementsAre("db.example"));
}

TEST(ExternalNames, AnAnswerFillsEveryResourceOfThatNameWithItsOwnPort) {
  ExternalNames names;
  names.fill(change({named("endpoints/a", "db.example", 5432), named("endpoints/b", "db.example", 5433),
                     named("endpoints/c", "web.example", 80)}));
  const auto changed = names.answered("db.example", {{"192.0.2.7", "2001:db8::7"}, ""});
  ASSERT_THAT(changed, SizeIs(2));
  EXPECT_EQ(changed[0]->endpoints().endpoints(0).port(), 5432U);
  EXPECT_EQ(changed[1]->endpoints().endpoints(0).port(), 5433U);
  EXPECT_EQ(changed[0]->endpoints().endpoints(0).address().ip(), std::string("\xc0\x00\x02\x07", 4));
  EXPECT_THAT(changed[0]->endpoints().endpoints(1).address().ip(), SizeIs(16));
  EXPECT_NE(changed[0]->hash(), "compiled");
}

TEST(ExternalNames, ARecompiledResourceKeepsWhatIsKnownOfItsName) {
  ExternalNames names;
  names.fill(change({named("endpoints/a", "db.example", 5432)}));
  names.answered("db.example", {{"192.0.2.7"}, ""});
  const auto again = names.fill(change({named("endpoints/a", "db.example", 6000)}));
  ASSERT_THAT(again, SizeIs(1));
  ASSERT_THAT(again[0]->endpoints().endpoints(), SizeIs(1));
  EXPECT_EQ(again[0]->endpoints().endpoints(0).port(), 6000U);
}

TEST(ExternalNames, AFailureThatKeepsTheLastAnswerChangesNothing) {
  ExternalNames names;
  names.fill(change({named("endpoints/a", "db.example", 5432)}));
  names.answered("db.example", {{"192.0.2.7"}, ""});
  EXPECT_THAT(names.answered("db.example", {{"192.0.2.7"}, "timeout"}), IsEmpty());
}

TEST(ExternalNames, ARemovedResourceIsForgotten) {
  ExternalNames names;
  names.fill(change({named("endpoints/a", "db.example", 5432)}));
  names.fill({.base_generation = 0, .generation = 0, .changed = {}, .removed = {"endpoints/a"}});
  EXPECT_THAT(names.names(), IsEmpty());
  EXPECT_THAT(names.answered("db.example", {{"192.0.2.7"}, ""}), IsEmpty());
}

}  // namespace
}  // namespace sluice::agent
