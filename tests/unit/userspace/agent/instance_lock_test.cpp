#include "userspace/agent/instance_lock.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <optional>

namespace sluice::agent {
namespace {

class Lock : public testing::Test {
 protected:
  Lock() {
    std::string pattern = testing::TempDir() + "sluice-lock-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~Lock() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path folder_;
};

TEST_F(Lock, ASecondOfTheSameInstanceIsRefusedAndToldWhoHoldsIt) {
  const auto first = InstanceLock::take(folder_, "edge");
  ASSERT_TRUE(first) << first.error();
  const auto second = InstanceLock::take(folder_, "edge");
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().find("instance edge runs already (pid " + std::to_string(getpid()) + ")"), std::string::npos)
      << second.error();
}

TEST_F(Lock, AnotherInstanceIsFree) {
  const auto first = InstanceLock::take(folder_, "edge");
  EXPECT_TRUE(InstanceLock::take(folder_, "lab"));
}

TEST_F(Lock, IsGivenBackWithItsObject) {
  {
    const auto first = InstanceLock::take(folder_, "edge");
  }
  EXPECT_TRUE(InstanceLock::take(folder_, "edge"));
}

TEST_F(Lock, AStateDirectoryThatCannotBeMadeIsNamed) {
  std::ofstream(folder_ / "file") << "no directory";
  const auto lock = InstanceLock::take(folder_ / "file" / "state", "edge");
  ASSERT_FALSE(lock);
  EXPECT_NE(lock.error().find("file/state/edge.lock"), std::string::npos) << lock.error();
}

}  // namespace
}  // namespace sluice::agent
