// Readiness of plain descriptors and accepting, the same on both back ends.
#include <sys/epoll.h>

#include "tests/unit/lacking.h"
#include "tests/unit/userspace/transport/harness.h"

namespace sluice::transport {
namespace {

class WatchTest : public testing::TestWithParam<IoBackend> {
 protected:
  void SetUp() override {
    auto made = Loop::make(GetParam());
    if (!made) return lacking(made.error());
    loop_ = std::move(*made);
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    ours_ = Fd(ends[0]);
    theirs_ = Fd(ends[1]);
  }
  bool until(const std::function<bool()>& done) { return run_until(*loop_, done); }

  struct Ready final : WatchHandler {
    void on_ready(std::uint32_t events) override {
      seen |= events;
      ++times;
      if (then) then();
    }
    std::uint32_t seen = 0;
    int times = 0;
    std::function<void()> then;
  };

  std::unique_ptr<Loop> loop_;
  Fd ours_;
  Fd theirs_;
  Ready ready_;
};

TEST_P(WatchTest, SaysAtOnceWhatIsReadyAndLaterWhatBecomesSo) {
  HandlePtr watch = loop_->watch(ours_, ready_);
  ASSERT_TRUE(until([&] { return (ready_.seen & EPOLLOUT) != 0; }));
  EXPECT_EQ(ready_.seen & EPOLLIN, 0);
  ASSERT_EQ(::send(theirs_, "x", 1, 0), 1);
  ASSERT_TRUE(until([&] { return (ready_.seen & EPOLLIN) != 0; }));
  theirs_.close();
  ASSERT_TRUE(until([&] { return (ready_.seen & EPOLLRDHUP) != 0; }));
}

TEST_P(WatchTest, IsOfEdges) {
  HandlePtr watch = loop_->watch(ours_, ready_);
  ASSERT_EQ(::send(theirs_, "x", 1, 0), 1);
  ASSERT_TRUE(until([&] { return (ready_.seen & EPOLLIN) != 0; }));
  const int before = ready_.times;
  for (int i = 0; i < 20; ++i) run_once(*loop_);
  EXPECT_EQ(ready_.times, before);  // unread, and not said again
  ASSERT_EQ(::send(theirs_, "y", 1, 0), 1);
  EXPECT_TRUE(until([&] { return ready_.times > before; }));
}

TEST_P(WatchTest, MayBeDroppedInItsOwnCallbackAndItsDescriptorReused) {
  HandlePtr watch;
  ready_.then = [&] { watch.reset(); };
  watch = loop_->watch(ours_, ready_);
  ASSERT_TRUE(until([&] { return watch == nullptr; }));
  const int times = ready_.times;
  // The same number for another file, watched in the turn in which it is made.
  const int number = ours_;
  ours_.close();
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
  const Fd next(ends[0]);
  const Fd peer(ends[1]);
  ASSERT_EQ(next, number);
  Ready other;
  HandlePtr again = loop_->watch(next, other);
  ASSERT_EQ(::send(peer, "z", 1, 0), 1);
  ASSERT_TRUE(until([&] { return (other.seen & EPOLLIN) != 0; }));
  EXPECT_EQ(ready_.times, times);
}

TEST_P(WatchTest, DroppedBeforeItsFirstTurnSaysNothing) {
  loop_->watch(ours_, ready_).reset();
  ours_.close();
  for (int i = 0; i < 5; ++i) run_once(*loop_);
  EXPECT_EQ(ready_.times, 0);
}

TEST_P(WatchTest, AcceptingEndsWithItsHandle) {
  struct Door final : AcceptHandler {
    void on_accept(int fd) override { fds.emplace_back(fd); }
    std::vector<Fd> fds;
  } door;
  const Fd listener(listen_on(Address::loopback(AF_INET, 0)).value());
  HandlePtr accepting = loop_->accept(listener, door);
  const Address there = Address::of_local(listener);
  std::vector<Fd> clients;
  for (int i = 0; i < 5; ++i) clients.push_back(connected_client(there));
  ASSERT_TRUE(until([&] { return door.fds.size() == 5; }));
  accepting.reset();
  run_once(*loop_);
  clients.push_back(connected_client(there));
  for (int i = 0; i < 5; ++i) run_once(*loop_);
  EXPECT_EQ(door.fds.size(), 5);
}

INSTANTIATE_TEST_SUITE_P(Both, WatchTest, testing::Values(IoBackend::kEpoll, IoBackend::kIoUring),
                         [](const auto& tested) { return std::string(name(tested.param)); });

}  // namespace
}  // namespace sluice::transport
