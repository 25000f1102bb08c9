#include "userspace/l4/journal.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include "tests/unit/lacking.h"
#include "tests/unit/userspace/l4/own_bpffs.h"

namespace sluice::l4 {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

struct JournalTest : testing::Test {
  std::string pin = "/sys/fs/bpf/journal_test-" + std::to_string(::getpid());
  std::string other_pin = pin + "-other";

  void SetUp() override {
    if (const auto mounted = own_bpffs(); !mounted) return lacking(mounted.error());
    const auto made = Journal::open(pin);
    ASSERT_TRUE(made) << made.error();
  }
  void TearDown() override {
    (void)::unlink(pin.c_str());
    (void)::unlink(other_pin.c_str());
  }
  Journal open(const std::string& at) {
    return std::move(*Journal::open(at, [this] { return std::vector{other_pin}; }));
  }
};

TEST_F(JournalTest, WhatIsNotedIsFoundByTheNextProcess) {
  ASSERT_TRUE(open(pin).put("sysctl a", "1 0"));
  EXPECT_EQ(open(pin).find("sysctl a"), "1 0");
  EXPECT_FALSE(open(pin).find("sysctl"));
}

TEST_F(JournalTest, AnEntryIsReplacedAndErased) {
  auto journal = open(pin);
  ASSERT_TRUE(journal.put("a", "a long value"));
  ASSERT_TRUE(journal.put("a", "b"));
  EXPECT_EQ(journal.find("a"), "b");
  journal.erase("a");
  journal.erase("a");
  EXPECT_FALSE(journal.find("a"));
}

TEST_F(JournalTest, EntriesAreThoseOfThePrefixWithoutIt) {
  auto journal = open(pin);
  for (const auto* name : {"vip 10.0.0.1", "vip 10.0.0.2", "sysctl x"}) ASSERT_TRUE(journal.put(name, "v"));
  EXPECT_THAT(journal.entries("vip "), ElementsAre(Pair("10.0.0.1", "v"), Pair("10.0.0.2", "v")));
}

TEST_F(JournalTest, WhatIsTooLongIsAnErrorAndNotCutShort) {
  auto journal = open(pin);
  EXPECT_FALSE(journal.put(std::string(Journal::kNameBytes, 'n'), "v"));
  EXPECT_FALSE(journal.put("n", std::string(Journal::kValueBytes, 'v')));
  EXPECT_TRUE(journal.put(std::string(Journal::kNameBytes - 1, 'n'), std::string(Journal::kValueBytes - 1, 'v')));
}

TEST_F(JournalTest, OthersAreThoseOfTheSameNetworkNamespace) {
  auto journal = open(pin);
  EXPECT_THAT(journal.beside(), IsEmpty()) << "there is none";
  auto other = open(other_pin);
  EXPECT_THAT(journal.beside(), IsEmpty()) << "it is not known where either runs";
  ASSERT_TRUE(journal.claim_namespace());
  EXPECT_THAT(journal.beside(), IsEmpty());
  ASSERT_TRUE(other.put("netns", "0"));
  EXPECT_THAT(journal.beside(), IsEmpty()) << "it runs elsewhere";
  other.erase("netns");
  ASSERT_TRUE(other.claim_namespace());
  ASSERT_TRUE(other.put("ports 1-2", ""));
  const auto found = journal.beside();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(found.front().find("ports 1-2"));
}

TEST_F(JournalTest, AnInstanceThatRunsInAnotherNamespaceIsNotTakenOver) {
  auto journal = open(pin);
  ASSERT_TRUE(journal.put("netns", "0"));
  EXPECT_FALSE(journal.claim_namespace());
}

}  // namespace
}  // namespace sluice::l4
