// A mirror ends up with what the server has: nothing lost, nothing twice.
#include "controller/source/kubernetes/mirror.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::kubernetes {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Recording : public Mirror {
 public:
  void read_as(std::string_view) override {}
  std::vector<std::string> told() { return std::exchange(told_, {}); }

 protected:
  void take(ParsedObject object, Held&) override { told_.push_back(object.name.name + "@" + object.resource_version); }
  void drop(const api::NamespacedName& name, Held&) override { told_.push_back("-" + name.name); }

 private:
  std::vector<std::string> told_;
};

std::string object(const std::string& name, int version) {
  return R"({"metadata":{"namespace":"n","name":")" + name + R"(","resourceVersion":")" + std::to_string(version) +
         R"("}})";
}

class MirrorTest : public ::testing::Test {
 protected:
  void list(const std::vector<std::string>& items, const std::string& version) {
    mirror.begin_list();
    for (const auto& item : items) mirror.list_item(item);
    mirror.end_list(version);
  }
  Recording mirror;
};

TEST_F(MirrorTest, ARepeatedListTellsWhatDiffers) {
  list({object("a", 1), object("b", 2), object("c", 3)}, "3");
  EXPECT_THAT(mirror.told(), ElementsAre("a@1", "b@2", "c@3"));
  list({object("a", 1), object("c", 9), object("d", 8)}, "9");
  EXPECT_THAT(mirror.told(), ElementsAre("c@9", "d@8", "-b"));
  EXPECT_EQ(mirror.version(), "9");
  EXPECT_EQ(mirror.size(), 3U);
}

TEST_F(MirrorTest, AListThatIsBegunAnewRemovesNothingUntilItEnds) {
  list({object("a", 1), object("b", 2)}, "2");
  mirror.told();
  mirror.begin_list();
  mirror.list_item(object("a", 1));
  mirror.begin_list();
  EXPECT_THAT(mirror.told(), IsEmpty());
  EXPECT_EQ(mirror.version(), "2");
  mirror.list_item(object("b", 2));
  mirror.end_list("5");
  EXPECT_THAT(mirror.told(), ElementsAre("-a"));
}

TEST_F(MirrorTest, EventsThatWereHadAreNoNews) {
  list({object("a", 5)}, "5");
  mirror.told();
  EXPECT_EQ(mirror.put(object("a", 5)), Taken::kKnown);
  EXPECT_EQ(mirror.put(object("a", 6)), Taken::kNews);
  EXPECT_EQ(mirror.put(object("a", 6)), Taken::kKnown);
  EXPECT_EQ(mirror.put(object("a", 5)), Taken::kKnown) << "an older state never comes back";
  EXPECT_EQ(mirror.remove(object("a", 7)), Taken::kNews);
  EXPECT_EQ(mirror.remove(object("a", 7)), Taken::kKnown);
  EXPECT_EQ(mirror.put(object("a", 6)), Taken::kKnown) << "nor a removed object";
  EXPECT_EQ(mirror.put(object("a", 8)), Taken::kNews);
  EXPECT_EQ(mirror.remove(object("a", 7)), Taken::kKnown) << "nor the removal of the one before";
  EXPECT_THAT(mirror.told(), ElementsAre("a@6", "-a", "a@8"));
  EXPECT_EQ(mirror.version(), "8");
}

TEST_F(MirrorTest, ABookmarkMovesTheVersionForwardAlone) {
  list({object("a", 5)}, "5");
  mirror.bookmark("9");
  EXPECT_EQ(mirror.version(), "9");
  mirror.bookmark("7");
  mirror.bookmark("");
  EXPECT_EQ(mirror.version(), "9");
  EXPECT_EQ(mirror.put(object("a", 9)), Taken::kKnown);
  EXPECT_EQ(mirror.put(object("a", 10)), Taken::kNews);
}

TEST_F(MirrorTest, AfterARestoreFromABackupTheListCounts) {
  list({object("a", 500)}, "500");
  mirror.told();
  list({object("a", 90)}, "100");
  EXPECT_THAT(mirror.told(), ElementsAre("a@90"));
  EXPECT_EQ(mirror.put(object("a", 101)), Taken::kNews);
}

TEST_F(MirrorTest, VersionsWithoutAnOrderAreToldApartByObject) {
  list({R"({"metadata":{"name":"a","resourceVersion":"x"}})"}, "x");
  EXPECT_EQ(mirror.put(R"({"metadata":{"name":"a","resourceVersion":"x"}})"), Taken::kKnown);
  EXPECT_EQ(mirror.put(R"({"metadata":{"name":"a","resourceVersion":"y"}})"), Taken::kNews);
  EXPECT_EQ(mirror.remove(R"({"metadata":{"name":"a","resourceVersion":"z"}})"), Taken::kNews);
  EXPECT_EQ(mirror.version(), "z");
}

TEST_F(MirrorTest, WhatIsNoObjectMovesNothing) {
  list({object("a", 5)}, "5");
  mirror.told();
  for (const char* text : {"", "[]", "{}", R"({"metadata":{"name":"a"}})", R"({"metadata":{"resourceVersion":"6"}})"}) {
    EXPECT_EQ(mirror.put(text), Taken::kUnreadable) << text;
    EXPECT_EQ(mirror.remove(text), Taken::kUnreadable) << text;
  }
  EXPECT_THAT(mirror.told(), IsEmpty());
  EXPECT_EQ(mirror.version(), "5");
}

}  // namespace
}  // namespace sluice::kubernetes
