// A node is to have what its frontends reach, and nothing else.
#include "controller/publish/view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/unit/controller/publish/resources.h"

namespace sluice::publish {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Names = std::vector<std::string>;

Names names_of(const View& view) {
  Names out;
  view.each([&](const PublishedPtr& resource) { out.push_back(resource->name); });
  return out;
}

Serving only(std::set<std::string> frontends) {
  return {.all = false, .frontends = std::move(frontends)};
}

class ViewTest : public ::testing::Test {
 protected:
  ViewTest() {
    catalogue.apply(delta(1, joined(whole("a", "10.0.0.1"), whole("b", "10.0.0.2"),
                                    std::vector{vip("10.0.0.1", "n1"), vip("10.0.0.2", "n2"), vip("10.0.0.9", "n1"),
                                                source("n1", "10.0.1.1"), key("unused")})));
  }
  View::Names change(View& view, const std::vector<Resource>& changed, const Names& removed = {}) {
    return view.update(catalogue.apply(delta(catalogue.generation() + 1, changed, removed)));
  }
  Catalogue catalogue;
};

TEST_F(ViewTest, HoldsWhatIsReachableAndTheVipsOfItsAddresses) {
  const View view(only({"frontend/a"}), catalogue);
  EXPECT_THAT(names_of(view), ElementsAre("backend/a", "endpoints/a", "frontend/a", "l4/a", "vip/10.0.0.1"));
}

TEST_F(ViewTest, OfAllFrontendsHoldsNoKeyThatNoneNames) {
  View view({}, catalogue);
  EXPECT_THAT(names_of(view), ElementsAre("backend/a", "backend/b", "endpoints/a", "endpoints/b", "frontend/a",
                                          "frontend/b", "l4/a", "l4/b", "vip/10.0.0.1", "vip/10.0.0.2"));
  change(view, {frontend("a", "10.0.0.1", "a", {"unused"})});
  EXPECT_NE(view.find("key/unused"), nullptr);
}

TEST_F(ViewTest, AnEditTouchesWhatItChangesAlone) {
  View view({}, catalogue);
  EXPECT_THAT(change(view, {endpoints("a", 81)}), ElementsAre("endpoints/a"));
  EXPECT_THAT(change(view, {endpoints("a", 81)}), IsEmpty()) << "the same again";
  View other(only({"frontend/b"}), catalogue);
  EXPECT_THAT(change(other, {endpoints("a", 82)}), IsEmpty());
}

TEST_F(ViewTest, WhatStaysReachableIsNotTouchedWhereItsReferrerIsAnother) {
  View view(only({"frontend/a"}), catalogue);
  EXPECT_THAT(change(view, {frontend("a", "10.0.0.1", "c"), table("c", {"a"})}, {"l4/a"}),
              ElementsAre("frontend/a", "l4/a", "l4/c"));
  EXPECT_NE(view.find("backend/a"), nullptr);
}

TEST_F(ViewTest, WhatNobodyRefersToLeaves) {
  View view({}, catalogue);
  EXPECT_THAT(change(view, {table("a", {"b"})}), ElementsAre("backend/a", "endpoints/a", "l4/a"));
  EXPECT_EQ(view.find("backend/a"), nullptr);
  EXPECT_THAT(change(view, {}, {"frontend/b", "l4/b"}), ElementsAre("frontend/b", "l4/b", "vip/10.0.0.2"));
  EXPECT_NE(view.find("backend/b"), nullptr) << "l4/a refers to it";
}

TEST_F(ViewTest, AFrontendThatIsServedMayComeLater) {
  View view(only({"frontend/new"}), catalogue);
  EXPECT_THAT(names_of(view), IsEmpty());
  change(view, {frontend("new", "", "new")});
  EXPECT_THAT(names_of(view), ElementsAre("frontend/new"));
  EXPECT_THAT(change(view, {table("new", {"a"})}), ElementsAre("backend/a", "endpoints/a", "l4/new"));
}

TEST_F(ViewTest, TwoViewsDifferInWhatOneHasAlone) {
  const View a(only({"frontend/a"}), catalogue);
  const View all({}, catalogue);
  EXPECT_THAT(all.difference(a), ElementsAre("backend/b", "endpoints/b", "frontend/b", "l4/b", "vip/10.0.0.2"));
  EXPECT_EQ(all.difference(a), a.difference(all));
  EXPECT_THAT(all.difference(all), IsEmpty());
}

/// Whatever the edits, a view that followed them is the one that is made now, and what it said it was touched in is
/// what differs.
TEST(View, FollowsRandomEdits) {
  std::minstd_rand random(7);
  const auto pick = [&](unsigned n) { return std::uniform_int_distribution<unsigned>(0, n - 1)(random); };
  const auto name = [&] { return std::to_string(pick(6)); };
  Catalogue catalogue;
  View all({}, catalogue);
  View some(only({"frontend/0", "frontend/3"}), catalogue);
  for (std::uint64_t generation = 1; generation <= 600; ++generation) {
    std::map<std::string, Resource> changed;
    Names removed;
    for (unsigned edits = pick(4) + 1; edits > 0; --edits) {
      Resource resource;
      switch (pick(5)) {
        case 0:
          resource = frontend(name(), "10.0.0." + name(), name(), {name()});
          break;
        case 1:
          resource = table(name(), {name(), name(), name()});
          break;
        case 2:
          resource = backend(name());
          break;
        case 3:
          resource = key(name(), name());
          break;
        default:
          resource = pick(2) == 0 ? endpoints(name(), pick(3) + 1) : vip("10.0.0." + name(), name());
          break;
      }
      if (pick(3) == 0) {
        removed.push_back(resource.name());
        changed.erase(resource.name());
      } else if (std::ranges::find(removed, resource.name()) == removed.end()) {
        changed[resource.name()] = resource;
      }
    }
    std::vector<Resource> list;
    for (auto& [n, resource] : changed) list.push_back(resource);
    const auto before = names_of(all);
    const auto changes = catalogue.apply(delta(generation, list, removed));
    const auto touched = all.update(changes);
    some.update(changes);
    const View fresh_all({}, catalogue);
    const View fresh_some(only({"frontend/0", "frontend/3"}), catalogue);
    ASSERT_EQ(names_of(all), names_of(fresh_all)) << generation;
    ASSERT_EQ(names_of(some), names_of(fresh_some)) << generation;
    ASSERT_EQ(all.digest(), fresh_all.digest()) << generation;
    std::set<std::string> differs(before.begin(), before.end());
    for (const auto& n : names_of(all)) {
      if (!differs.erase(n)) differs.insert(n);
    }
    for (const auto& n : differs) ASSERT_TRUE(touched.contains(n)) << generation << " " << n;
    for (const auto& change : changes) {
      ASSERT_TRUE(all.find(change.name) == nullptr || touched.contains(change.name)) << generation;
    }
    for (const auto& n : touched) {
      const bool is_change = std::ranges::any_of(changes, [&](const auto& change) { return change.name == n; });
      ASSERT_TRUE(is_change || differs.contains(n) || all.find(n) == nullptr) << "sent in vain: " << generation << n;
    }
  }
}

}  // namespace
}  // namespace sluice::publish
