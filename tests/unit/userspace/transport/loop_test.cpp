// Which back end a loop gets, and what the kernel says about it.
#include "userspace/transport/loop.h"

#include <fstream>
#include <string>

#include "tests/unit/lacking.h"

namespace sluice::transport {
namespace {

bool io_uring_is_forbidden() {
  int disabled = 0;
  std::ifstream("/proc/sys/kernel/io_uring_disabled") >> disabled;
  std::ifstream status("/proc/self/status");
  bool filtered = false;
  for (std::string line; std::getline(status, line);) filtered |= line.starts_with("Seccomp:") && !line.ends_with("0");
  return disabled != 0 || filtered;
}

// Else every test of the io_uring back end would be skipped, and nobody would know.
TEST(ChooseIo, IoUringIsHadUnlessSomethingForbidsIt) {
  const auto choice = choose_io("io_uring");
  if (choice) return;
  EXPECT_TRUE(io_uring_is_forbidden()) << choice.error();
  lacking(choice.error());
}

TEST(ChooseIo, AutoSaysWhyItFellBack) {
  const auto choice = choose_io("auto");
  ASSERT_TRUE(choice);
  EXPECT_EQ(choice->backend == IoBackend::kEpoll, choice->why.starts_with("io_uring: "));
  EXPECT_EQ(choice->backend == IoBackend::kIoUring, choice->why.empty());
}

TEST(ChooseIo, OthersAreErrors) {
  EXPECT_EQ(choose_io("select").error(), "io back end \"select\": must be auto, io_uring or epoll");
  EXPECT_EQ(choose_io("epoll")->backend, IoBackend::kEpoll);
}

}  // namespace
}  // namespace sluice::transport
