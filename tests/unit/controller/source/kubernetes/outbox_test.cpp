// A slow consumer finds one change an object, and costs the memory of what differs.
#include "controller/source/kubernetes/outbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include "controller/source/kubernetes/object_sets.h"

namespace sluice::kubernetes {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

api::ObjectRef ref(const std::string& name) {
  return {"Service", "n", name};
}

std::shared_ptr<const api::Service> service(const std::string& name) {
  auto out = std::make_shared<api::Service>();
  out->metadata.namespace_ = "n";
  out->metadata.name = name;
  return out;
}

class OutboxTest : public ::testing::Test {
 protected:
  bool is_readable() const {
    pollfd wait{outbox.fd(), POLLIN, 0};
    return ::poll(&wait, 1, 0) == 1;
  }
  Outbox outbox;
};

TEST_F(OutboxTest, TellsNothingOfAWorldThatIsNotWhole) {
  outbox.put(ref("a"), service("a"), true);
  EXPECT_FALSE(is_readable());
  EXPECT_THAT(outbox.take().changes, IsEmpty());
  outbox.synced();
  EXPECT_TRUE(is_readable());
  const auto taken = outbox.take();
  EXPECT_TRUE(taken.synced);
  EXPECT_THAT(taken.changes, SizeIs(1));
  EXPECT_FALSE(is_readable());
}

TEST_F(OutboxTest, OfManyChangesOfAnObjectTheLatestCounts) {
  outbox.synced();
  outbox.take();
  const auto last = service("a");
  for (int i = 0; i < 1000; ++i) outbox.put(ref("a"), service("a"), i == 0);
  outbox.put(ref("a"), last, false);
  EXPECT_TRUE(is_readable());
  const auto taken = outbox.take();
  ASSERT_THAT(taken.changes, SizeIs(1));
  EXPECT_EQ(std::get<std::shared_ptr<const api::Service>>(*taken.changes.at(ref("a"))), last);
}

TEST_F(OutboxTest, WhatCameAndWentUnseenIsNotTold) {
  outbox.synced();
  outbox.put(ref("old"), service("old"), true);
  outbox.take();
  for (int i = 0; i < 1000; ++i) {
    const auto name = "new" + std::to_string(i);
    outbox.put(ref(name), service(name), true);
    outbox.put_record(ref(name), std::make_shared<StatusRecord>(), true);
    outbox.remove(ref(name));
    outbox.remove_record(ref(name));
    outbox.trouble(name, "broken");
    outbox.trouble(name, "");
  }
  outbox.put(ref("old"), service("old"), false);
  outbox.remove(ref("old"));
  const auto taken = outbox.take();
  EXPECT_THAT(taken.records, IsEmpty());
  EXPECT_THAT(taken.troubles, IsEmpty());
  ASSERT_THAT(taken.changes, SizeIs(1));
  EXPECT_EQ(taken.changes.at(ref("old")), std::nullopt);
}

TEST_F(OutboxTest, AnObjectThatWasRemovedAndMadeAgainIsThere) {
  outbox.synced();
  outbox.put(ref("a"), service("a"), true);
  outbox.take();
  outbox.remove(ref("a"));
  outbox.put(ref("a"), service("a"), true);
  EXPECT_TRUE(outbox.take().changes.at(ref("a")).has_value());
  outbox.put(ref("a"), service("a"), false);
  outbox.remove(ref("a"));
  outbox.put(ref("a"), service("a"), true);
  outbox.remove(ref("a"));
  EXPECT_EQ(outbox.take().changes.at(ref("a")), std::nullopt) << "the consumer has the first one";
}

TEST_F(OutboxTest, TroubleIsToldOnceAndItsEndToWhoWasTold) {
  outbox.trouble("a", "x");
  outbox.trouble("a", "y");
  EXPECT_THAT(outbox.take().troubles, ElementsAre(Trouble{"a", "y"}));
  outbox.trouble("a", "y");
  EXPECT_FALSE(is_readable());
  outbox.trouble("a", "");
  EXPECT_THAT(outbox.take().troubles, ElementsAre(Trouble{"a", ""}));
  outbox.trouble("a", "");
  EXPECT_FALSE(is_readable());
}

TEST(ObjectSets, AreImmutableOnceGivenOutAndTakeTurns) {
  ObjectSets sets;
  const auto a = service("a");
  Outbox::Changes changes;
  changes[ref("a")] = a;
  const api::ObjectSet* first = sets.apply(changes).get();
  const std::shared_ptr<const api::ObjectSet> held = sets.current();
  for (int i = 0; i < 4; ++i) {
    const auto name = "b" + std::to_string(i);
    changes.clear();
    changes[ref(name)] = service(name);
    sets.apply(changes);
  }
  EXPECT_THAT(held->services, SizeIs(1)) << "whoever holds one keeps it as it was";
  EXPECT_EQ(held.get(), first);
  EXPECT_THAT(sets.current()->services, SizeIs(5));
  EXPECT_EQ(sets.current()->services.at({"n", "a"}), a);
}

TEST(ObjectSets, EachSetHoldsAllChangesSoFar) {
  ObjectSets sets;
  api::ObjectSet expected;
  for (int i = 0; i < 200; ++i) {
    Outbox::Changes changes;
    const auto name = "s" + std::to_string(i * 7 % 23);
    const bool is_removal = i % 3 == 2;
    if (is_removal) {
      changes[ref(name)] = std::nullopt;
      expected.services.erase({"n", name});
    } else {
      changes[ref(name)] = expected.services[{"n", name}] = service(name);
    }
    EXPECT_EQ(sets.apply(changes)->services, expected.services) << i;
  }
}

}  // namespace
}  // namespace sluice::kubernetes
