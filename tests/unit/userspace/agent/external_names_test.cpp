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

model::v1::Delta change(std::vector<model::v1::Resource> changed) {
  model::v1::Delta delta;
  for (auto& resource : changed) *delta.add_changed() = std::move(resource);
  return delta;
}

TEST(ExternalNames, ANameThatNeverAnsweredHasNoEndpoints) {
  ExternalNames names;
  auto delta = change({named("endpoints/a", "db.example", 5432)});
  names.fill(delta);
  EXPECT_THAT(delta.changed(0).endpoints().endpoints(), IsEmpty());
  EXPECT_THAT(names.names(), ElementsAre("db.example"));
}

TEST(ExternalNames, AnAnswerFillsEveryResourceOfThatNameWithItsOwnPort) {
  ExternalNames names;
  auto delta = change({named("endpoints/a", "db.example", 5432), named("endpoints/b", "db.example", 5433),
                       named("endpoints/c", "web.example", 80)});
  names.fill(delta);
  const auto changed = names.answered("db.example", {{"192.0.2.7", "2001:db8::7"}, ""});
  ASSERT_THAT(changed, SizeIs(2));
  EXPECT_EQ(changed[0].endpoints().endpoints(0).port(), 5432U);
  EXPECT_EQ(changed[1].endpoints().endpoints(0).port(), 5433U);
  EXPECT_EQ(changed[0].endpoints().endpoints(0).address().ip(), std::string("\xc0\x00\x02\x07", 4));
  EXPECT_THAT(changed[0].endpoints().endpoints(1).address().ip(), SizeIs(16));
  EXPECT_NE(changed[0].hash(), "compiled");
}

TEST(ExternalNames, ARecompiledResourceKeepsWhatIsKnownOfItsName) {
  ExternalNames names;
  auto delta = change({named("endpoints/a", "db.example", 5432)});
  names.fill(delta);
  names.answered("db.example", {{"192.0.2.7"}, ""});
  auto again = change({named("endpoints/a", "db.example", 6000)});
  names.fill(again);
  ASSERT_THAT(again.changed(0).endpoints().endpoints(), SizeIs(1));
  EXPECT_EQ(again.changed(0).endpoints().endpoints(0).port(), 6000U);
}

TEST(ExternalNames, AFailureThatKeepsTheLastAnswerChangesNothing) {
  ExternalNames names;
  auto delta = change({named("endpoints/a", "db.example", 5432)});
  names.fill(delta);
  names.answered("db.example", {{"192.0.2.7"}, ""});
  EXPECT_THAT(names.answered("db.example", {{"192.0.2.7"}, "timeout"}), IsEmpty());
}

TEST(ExternalNames, ARemovedResourceIsForgotten) {
  ExternalNames names;
  auto delta = change({named("endpoints/a", "db.example", 5432)});
  names.fill(delta);
  model::v1::Delta removal;
  removal.add_removed("endpoints/a");
  names.fill(removal);
  EXPECT_THAT(names.names(), IsEmpty());
  EXPECT_THAT(names.answered("db.example", {{"192.0.2.7"}, ""}), IsEmpty());
}

}  // namespace
}  // namespace sluice::agent
