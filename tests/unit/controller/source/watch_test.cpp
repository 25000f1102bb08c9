// inotify: whatever changes what the folder means makes fd() readable and poll() true once it has come to rest.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "controller/source/directory.h"
#include "tests/unit/controller/source/folder.h"

namespace sluice::source {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

class Watch : public ::testing::Test {
 protected:
  /// Follows the folder until a change has come to rest; false where none does in time.
  bool wait(DirectorySource& source, std::chrono::milliseconds most = 5s) {
    for (const auto end = Clock::now() + most; Clock::now() < end;) {
      pollfd ready{.fd = source.fd(), .events = POLLIN, .revents = 0};
      if (::poll(&ready, 1, 20) > 0 && source.poll()) return true;
    }
    return false;
  }
  /// The value in force after the change that is about to come to rest.
  std::string value_after_change(DirectorySource& source, const std::string& name = "a") {
    if (!wait(source)) return "no change seen";
    const ReloadResult result = source.reload();
    if (!result.ok()) return to_string(result.errors.front());
    const auto found = source.objects()->config_maps.find({"default", name});
    return found != source.objects()->config_maps.end() ? found->second->data.at("key") : "gone";
  }

  Folder folder;
};

TEST_F(Watch, SeesFilesWrittenReplacedAndRemoved) {
  folder.write("a.yaml", config_map("a", "one"));
  DirectorySource source(folder.path(), api::Channel::kStandard);
  ASSERT_TRUE(source.reload().ok());
  folder.write("a.yaml", config_map("a", "two"));
  EXPECT_EQ(value_after_change(source), "two");
  folder.replace("a.yaml", config_map("a", "three"));
  EXPECT_EQ(value_after_change(source), "three");
  folder.remove("a.yaml");
  EXPECT_EQ(value_after_change(source), "gone");
}

TEST_F(Watch, SeesNewFoldersAndWhatIsPutIntoThemLater) {
  DirectorySource source(folder.path(), api::Channel::kStandard);
  ASSERT_TRUE(source.reload().ok());
  folder.write("new/deep/a.yaml", config_map("a", "one"));
  EXPECT_EQ(value_after_change(source), "one");
  folder.write("new/deep/a.yaml", config_map("a", "two"));
  EXPECT_EQ(value_after_change(source), "two");
}

TEST_F(Watch, SeesTheSwapOfAConfigMapMount) {
  folder.write("..1/a.yaml", config_map("a", "one"));
  folder.link("..data", "..1");
  folder.link("a.yaml", "..data/a.yaml");
  DirectorySource source(folder.path(), api::Channel::kStandard);
  ASSERT_TRUE(source.reload().ok());
  folder.write("..2/a.yaml", config_map("a", "two"));
  folder.link("..data", "..2");
  folder.remove("..1");
  EXPECT_EQ(value_after_change(source), "two");
}

TEST_F(Watch, SeesTheSwapOfALinkOnTheWayToTheFolder) {
  folder.write("releases/1/a.yaml", config_map("a", "one"));
  folder.write("releases/2/a.yaml", config_map("a", "two"));
  folder.link("current", "releases/1");
  DirectorySource source(folder / "current", api::Channel::kStandard);
  ASSERT_TRUE(source.reload().ok());
  folder.link("current", "releases/2");
  EXPECT_EQ(value_after_change(source), "two");
}

TEST_F(Watch, SeesAChangeBehindALinkToAFileElsewhere) {
  const Folder elsewhere;
  elsewhere.write("x.yaml", config_map("a", "one"));
  folder.link("a.yaml", (elsewhere / "x.yaml").string());
  DirectorySource source(folder.path(), api::Channel::kStandard);
  ASSERT_TRUE(source.reload().ok());
  elsewhere.replace("x.yaml", config_map("a", "two"));
  EXPECT_EQ(value_after_change(source), "two");
}

TEST_F(Watch, SeesOneFileThatIsReplacedAndNotItsNeighbours) {
  folder.write("a.yaml", config_map("a", "one"));
  DirectorySource source(folder / "a.yaml", api::Channel::kStandard);
  ASSERT_TRUE(source.reload().ok());
  folder.write("b.yaml", config_map("b", "x"));
  EXPECT_FALSE(wait(source, 200ms));
  folder.replace("a.yaml", config_map("a", "two"));
  EXPECT_EQ(value_after_change(source), "two");
}

TEST_F(Watch, SeesTheFolderComeBack) {
  folder.write("m/a.yaml", config_map("a", "one"));
  DirectorySource source(folder / "m", api::Channel::kStandard);
  ASSERT_TRUE(source.reload().ok());
  folder.remove("m");
  ASSERT_TRUE(wait(source));
  EXPECT_FALSE(source.reload().ok());
  folder.write("m/a.yaml", config_map("a", "two"));
  EXPECT_EQ(value_after_change(source), "two");
}

TEST_F(Watch, AFileThatIsWrittenInPartsIsReadWhenItIsWhole) {
  folder.write("a.yaml", config_map("a", "one"));
  DirectorySource source(folder.path(), api::Channel::kStandard);
  ASSERT_TRUE(source.reload().ok());
  const std::string text = config_map("a", "two");
  folder.write("a.yaml", text.substr(0, 40));
  for (std::size_t size = 41; size < text.size(); size += 5) folder.write("a.yaml", text.substr(0, size));
  folder.write("a.yaml", text);
  EXPECT_EQ(value_after_change(source), "two");
}

TEST_F(Watch, AFileThatIsEmptiedAndWrittenLaterIsReadWhenItsWriterClosesIt) {
  folder.write("a.yaml", config_map("a", "one"));
  DirectorySource source(folder.path(), api::Channel::kStandard);
  ASSERT_TRUE(source.reload().ok());
  std::ofstream writer(folder / "a.yaml", std::ios::trunc);
  EXPECT_FALSE(wait(source, 1s)) << "longer than a change of files that are closed";
  writer << config_map("a", "two") << std::flush;
  EXPECT_FALSE(wait(source, 200ms));
  writer.close();
  EXPECT_EQ(value_after_change(source), "two");
}

TEST_F(Watch, AFileThatIsRemovedWhileItIsWrittenHoldsNothingUp) {
  folder.write("a.yaml", config_map("a", "one"));
  DirectorySource source(folder.path(), api::Channel::kStandard);
  ASSERT_TRUE(source.reload().ok());
  const std::ofstream writer(folder / "a.yaml", std::ios::trunc);
  folder.remove("a.yaml");
  EXPECT_EQ(value_after_change(source), "gone");
}

TEST_F(Watch, AFileOfAnotherKindThatStaysOpenHoldsNothingUp) {
  DirectorySource source(folder.path(), api::Channel::kStandard);
  ASSERT_TRUE(source.reload().ok());
  std::ofstream writer(folder / "notes.txt");
  writer << "x" << std::flush;
  folder.write("a.yaml", config_map("a", "two"));
  EXPECT_EQ(value_after_change(source), "two");
}

TEST_F(Watch, ChangesWithoutEndAreTakenAllTheSame) {
  DirectorySource source(folder.path(), api::Channel::kStandard);
  ASSERT_TRUE(source.reload().ok());
  bool rested = false;
  const auto start = Clock::now();
  for (int i = 0; !rested && Clock::now() - start < 5s; ++i) {
    folder.write("a.yaml", config_map("a", std::to_string(i) + "x"));
    std::this_thread::sleep_for(5ms);
    rested = source.poll();
  }
  EXPECT_TRUE(rested);
}

TEST_F(Watch, IsQuietWhereNothingChanges) {
  folder.write("a.yaml", config_map("a", "one"));
  DirectorySource source(folder.path(), api::Channel::kStandard);
  ASSERT_TRUE(source.reload().ok());
  wait(source, 100ms);  // what was written just before
  source.reload();
  EXPECT_FALSE(wait(source, 200ms));
}

}  // namespace
}  // namespace sluice::source
