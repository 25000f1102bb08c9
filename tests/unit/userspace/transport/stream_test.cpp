// What a stream promises, the same on both back ends and both families.
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <thread>

#include "tests/unit/lacking.h"
#include "tests/unit/userspace/transport/harness.h"
#include "userspace/transport/buffer_pool.h"

namespace sluice::transport {
namespace {

struct Case {
  IoBackend backend;
  int family;
};

class StreamTest : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    auto made = Loop::make(GetParam().backend);
    if (!made) return lacking(made.error());  // only where the kernel forbids it: loop_test holds us to that
    loop_ = std::move(*made);
  }
  Pair pair() {
    Pair pair = connected_pair(*loop_, GetParam().family);
    pair.stream->set_handler(recorder_);
    return pair;
  }
  bool until(const std::function<bool()>& done) { return run_until(*loop_, done); }

  /// Of octets that a stream has taken from the kernel and not delivered, between so many delivered and so many, when
  /// it is paused after each delivery and its peer sends all it can.
  std::int64_t most_held(std::int64_t from, std::int64_t to) {
    const Fd listener(listen_on(Address::loopback(GetParam().family, 0)).value());
    const Fd client = connected_client(Address::of_local(listener));
    const int fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    const StreamPtr stream = loop_->adopt(fd);
    stream->set_handler(recorder_);
    recorder_.then = [&] { stream->pause(); };
    const std::string block(1 << 16, 'x');
    std::int64_t sent = 0;
    std::int64_t most = 0;
    for (std::int64_t delivered = 0; delivered < to;) {
      for (ssize_t n = 0; (n = ::send(client, block.data(), block.size(), MSG_DONTWAIT)) > 0;) sent += n;
      stream->resume();
      if (!until([&, before = recorder_.deliveries] { return recorder_.deliveries > before; })) return -1;
      int unsent = 0;
      int unread = 0;
      ::ioctl(client, SIOCOUTQ, &unsent);
      ::ioctl(fd, SIOCINQ, &unread);
      delivered = static_cast<std::int64_t>(recorder_.text.size());
      if (delivered > from) most = std::max(most, sent - unsent - unread - delivered);
    }
    return most;
  }

  std::unique_ptr<Loop> loop_;
  Recorder recorder_;
};

TEST_P(StreamTest, DeliversWhatThePeerSendsAndThenItsEnd) {
  Pair p = pair();
  p.stream->resume();
  ASSERT_EQ(::send(p.client, "hello", 5, 0), 5);
  ASSERT_TRUE(until([&] { return recorder_.text == "hello"; }));
  ::shutdown(p.client, SHUT_WR);
  ASSERT_TRUE(until([&] { return recorder_.ended; }));
  const std::string answer = "still here";
  const bool pending = p.stream->write(std::array{part(answer)}) == WriteResult::kPending;
  p.stream->shutdown();
  EXPECT_TRUE(until([&] { return !pending || recorder_.written == 1; }));
  std::string got(32, '\0');
  const auto size = ::recv(p.client, got.data(), got.size(), MSG_WAITALL);
  EXPECT_EQ(got.substr(0, static_cast<std::size_t>(size)), answer);
}

TEST_P(StreamTest, APausedStreamDeliversNothingAndLosesNothing) {
  Pair p = pair();
  ASSERT_EQ(::send(p.client, "early", 5, 0), 5);
  EXPECT_FALSE(run_until(*loop_, [&, n = 0]() mutable { return recorder_.deliveries > 0 || ++n > 20; }) &&
               recorder_.deliveries > 0);
  p.stream->resume();
  ASSERT_TRUE(until([&] { return recorder_.text == "early"; }));
  recorder_.then = [&] { p.stream->pause(); };
  ASSERT_EQ(::send(p.client, "one", 3, 0), 3);
  ASSERT_TRUE(until([&] { return recorder_.text == "earlyone"; }));
  ASSERT_EQ(::send(p.client, "two", 3, 0), 3);
  for (int i = 0; i < 20; ++i) run_until(*loop_, [&, n = 0]() mutable { return ++n > 1; });
  EXPECT_EQ(recorder_.text, "earlyone");
  p.stream->resume();
  ASSERT_TRUE(until([&] { return recorder_.text == "earlyonetwo"; }));
}

TEST_P(StreamTest, WhatAStreamThatIsHeldBackWouldReceiveStaysInTheKernel) {
  // Once it is known that this one does not take what comes.
  const std::int64_t held = most_held(4 << 20, 8 << 20);
  EXPECT_GE(held, 0);
  EXPECT_LE(held, static_cast<std::int64_t>(2 * kBufferSize));
}

TEST_P(StreamTest, WhereManyBuffersAreLentNoStreamGetsMoreThanItTakes) {
  Recorder lender;
  lender.keep = true;
  Pair p = pair();
  p.stream->set_handler(lender);
  p.stream->resume();
  while (lender.kept.size() < 4200) {
    ASSERT_EQ(::send(p.client, "x", 1, 0), 1);
    run_once(*loop_);
  }
  const std::int64_t held = most_held(0, 1 << 20);
  EXPECT_GE(held, 0);
  EXPECT_LE(held, static_cast<std::int64_t>(2 * kBufferSize));
  p.stream->pause();
  lender.kept.clear();
}

TEST_P(StreamTest, GathersPartsInOrderThroughASlowReader) {
  Pair p = pair();
  p.stream->resume();
  std::string big(9 << 20, 'b');
  for (std::size_t i = 0; i < big.size(); ++i) big[i] = static_cast<char>('a' + i % 26);
  const std::string head = "head|";
  const std::string tail = "|tail";
  ASSERT_EQ(p.stream->write(std::array{part(head), part(""), part(big), part(tail)}), WriteResult::kPending);
  std::string got;
  std::jthread reader([&] {
    std::string block(65536, '\0');
    while (got.size() < head.size() + big.size() + tail.size()) {
      const auto n = ::recv(p.client, block.data(), block.size(), 0);
      if (n <= 0) break;
      got.append(block, 0, static_cast<std::size_t>(n));
    }
  });
  ASSERT_TRUE(until([&] { return recorder_.written == 1; }));
  reader.join();
  EXPECT_TRUE(got == head + big + tail);
}

TEST_P(StreamTest, ShutdownWaitsForThePendingWrite) {
  Pair p = pair();
  const std::string big(4 << 20, 'x');
  p.stream->write(std::array{part(big)});
  p.stream->shutdown();
  std::size_t got = 0;
  std::jthread reader([&] {
    std::string block(65536, '\0');
    for (ssize_t n = 0; (n = ::recv(p.client, block.data(), block.size(), 0)) > 0;) got += static_cast<std::size_t>(n);
  });
  ASSERT_TRUE(until([&] { return recorder_.written == 1; }));
  reader.join();
  EXPECT_EQ(got, big.size());
}

TEST_P(StreamTest, AbortIsARst) {
  Pair p = pair();
  p.stream->resume();
  p.stream->abort();
  p.stream.reset();
  run_until(*loop_, [n = 0]() mutable { return ++n > 2; });
  char byte = 0;
  EXPECT_EQ(::recv(p.client, &byte, 1, 0), -1);
  EXPECT_EQ(errno, ECONNRESET);
}

TEST_P(StreamTest, DroppingIsAFin) {
  Pair p = pair();
  p.stream->resume();
  p.stream.reset();
  run_until(*loop_, [n = 0]() mutable { return ++n > 2; });
  char byte = 0;
  EXPECT_EQ(::recv(p.client, &byte, 1, 0), 0);
}

TEST_P(StreamTest, APeersRstIsAnErrorOnce) {
  Pair p = pair();
  p.stream->resume();
  reset_connection(p.client);
  ASSERT_TRUE(until([&] { return recorder_.error != 0; }));
  EXPECT_EQ(recorder_.error, ECONNRESET);
  EXPECT_FALSE(recorder_.ended);
}

// Sends `text` and a RST: the socket is closed with octets in it that nobody has read.
void answer_and_reset(Fd& client, std::string_view text) {
  char byte = 0;
  ASSERT_EQ(::recv(client, &byte, 1, MSG_PEEK), 1);
  ASSERT_EQ(::send(client, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  client.close();
}

TEST_P(StreamTest, WhatCameBeforeAResetIsDeliveredBeforeTheError) {
  Pair p = pair();
  EXPECT_EQ(p.stream->write(std::array{part("unread")}) == WriteResult::kPending,
            GetParam().backend == IoBackend::kIoUring);
  ASSERT_TRUE(until([&] { return GetParam().backend == IoBackend::kEpoll || recorder_.written == 1; }));
  p.stream->resume();
  run_once(*loop_);
  answer_and_reset(p.client, "answer");  // both are there before the loop's next turn
  ASSERT_TRUE(until([&] { return recorder_.error != 0; }));
  EXPECT_EQ(recorder_.text, "answer");
  EXPECT_EQ(recorder_.error, ECONNRESET);
  EXPECT_FALSE(recorder_.ended);
}

TEST_P(StreamTest, AWriteThatFindsTheResetLeavesTheAnswerToBeRead) {
  Pair p = pair();
  p.stream->resume();
  const std::string more(8 << 20, 'x');
  p.stream->write(std::array{part(more)});
  ASSERT_TRUE(until([&] { return ::recv(p.client, std::string(1, ' ').data(), 1, MSG_PEEK | MSG_DONTWAIT) == 1; }));
  answer_and_reset(p.client, "answer");
  ASSERT_TRUE(until([&] { return recorder_.error != 0; }));
  EXPECT_EQ(recorder_.text, "answer");
  EXPECT_EQ(recorder_.written, 0);
  EXPECT_FALSE(recorder_.ended);
}

TEST_P(StreamTest, APausedStreamHearsOfAResetAtOnceUnlessItWantsTheRest) {
  for (const bool wants : {false, true}) {
    Recorder recorder;
    recorder.wants = wants;
    Pair p = pair();
    p.stream->set_handler(recorder);
    const std::string more(8 << 20, 'x');
    p.stream->write(std::array{part(more)});
    ASSERT_TRUE(until([&] { return ::recv(p.client, std::string(1, ' ').data(), 1, MSG_PEEK | MSG_DONTWAIT) == 1; }));
    answer_and_reset(p.client, "answer");
    run_until(*loop_, [&, n = 0]() mutable { return recorder.error != 0 || ++n > 50; });
    EXPECT_EQ(recorder.error != 0, !wants);
    if (!wants) continue;
    p.stream->resume();
    ASSERT_TRUE(until([&] { return recorder.error != 0; }));
    EXPECT_EQ(recorder.text, "answer");
  }
}

TEST_P(StreamTest, AStreamThatIsHeldBackHearsOfAReset) {
  Pair p = pair();
  recorder_.then = [&] { p.stream->pause(); };
  const std::string block(1 << 16, 'x');
  for (int i = 0; i < 3; ++i) {  // the last time round nothing is being received
    while (::send(p.client, block.data(), block.size(), MSG_DONTWAIT) > 0) {
    }
    p.stream->resume();
    ASSERT_TRUE(until([&, before = recorder_.deliveries] { return recorder_.deliveries > before; }));
  }
  run_until(*loop_, [n = 0]() mutable { return ++n > 20; });
  EXPECT_EQ(recorder_.error, 0);
  reset_connection(p.client);
  p.client.close();
  EXPECT_TRUE(until([&] { return recorder_.error != 0; }));
  EXPECT_EQ(recorder_.error, ECONNRESET);
}

TEST_P(StreamTest, AStreamThatPausesInFrontOfAResetHearsOfIt) {
  Pair p = pair();
  recorder_.then = [&] { p.stream->pause(); };
  p.stream->resume();
  const std::string more(8 << 20, 'x');
  p.stream->write(std::array{part(more)});
  ASSERT_TRUE(until([&] { return ::recv(p.client, std::string(1, ' ').data(), 1, MSG_PEEK | MSG_DONTWAIT) == 1; }));
  answer_and_reset(p.client, std::string(100'000, 'a'));
  EXPECT_TRUE(until([&] { return recorder_.error != 0; }));
  EXPECT_GT(recorder_.text.size(), 0U);
}

TEST_P(StreamTest, IsQuietUntilThePeerSendsOrEnds) {
  Pair p = pair();
  EXPECT_TRUE(p.stream->is_quiet());
  ASSERT_EQ(::send(p.client, "x", 1, 0), 1);
  EXPECT_FALSE(p.stream->is_quiet());
  p.stream->resume();
  ASSERT_TRUE(until([&] { return recorder_.text == "x"; }));
  EXPECT_TRUE(p.stream->is_quiet());
  ::shutdown(p.client, SHUT_WR);
  EXPECT_FALSE(p.stream->is_quiet());
  ASSERT_TRUE(until([&] { return recorder_.ended; }));
  EXPECT_FALSE(p.stream->is_quiet());
}

TEST_P(StreamTest, AStreamMayBeDroppedInItsOwnCallback) {
  Pair p = pair();
  recorder_.then = [&] { p.stream.reset(); };
  p.stream->resume();
  ASSERT_EQ(::send(p.client, "bye", 3, 0), 3);
  ASSERT_TRUE(until([&] { return p.stream == nullptr; }));
  char byte = 0;
  EXPECT_EQ(::recv(p.client, &byte, 1, 0), 0);
}

TEST_P(StreamTest, KeptSlicesStayAsTheyAreWhileMoreArrives) {
  Pair p = pair();
  recorder_.keep = true;
  p.stream->resume();
  std::string sent;
  for (int i = 0; i < 300; ++i) {
    const std::string line = "line " + std::to_string(i) + "\n";
    sent += line;
    ASSERT_EQ(::send(p.client, line.data(), line.size(), 0), static_cast<ssize_t>(line.size()));
    ASSERT_TRUE(until([&] { return recorder_.text.size() == sent.size(); }));
  }
  std::string kept;
  for (const Slice& slice : recorder_.kept) kept += slice.view();
  EXPECT_EQ(kept, sent);
  recorder_.kept.clear();
}

TEST_P(StreamTest, KnowsBothAddresses) {
  Pair p = pair();
  EXPECT_EQ(p.stream->local(), Address::of_peer(p.client));
  EXPECT_EQ(p.stream->peer(), Address::of_local(p.client));
}

TEST_P(StreamTest, ConnectsOrSaysWhyNot) {
  Fd listener(listen_on(Address::loopback(GetParam().family, 0)).value());
  const Address there = Address::of_local(listener);
  StreamPtr stream = loop_->connect(there, recorder_, std::chrono::seconds(1));
  ASSERT_TRUE(until([&] { return recorder_.connected; }));
  EXPECT_EQ(stream->peer(), there);
  listener.close();
  Recorder refused;
  StreamPtr none = loop_->connect(there, refused, std::chrono::seconds(1));
  ASSERT_TRUE(until([&] { return refused.error != 0; }));
  EXPECT_EQ(refused.error, ECONNREFUSED);
}

TEST_P(StreamTest, ConnectGivesUpAfterItsTimeout) {
  // A listener whose backlog is full drops SYNs.
  Fd listener(::socket(GetParam().family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const Address any = Address::loopback(GetParam().family, 0);
  ASSERT_EQ(::bind(listener, any.raw(), any.raw_size()), 0);
  ASSERT_EQ(::listen(listener, 0), 0);
  const Address there = Address::of_local(listener);
  Fd fill(::socket(GetParam().family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::connect(fill, there.raw(), there.raw_size()), 0);
  StreamPtr stream = loop_->connect(there, recorder_, std::chrono::milliseconds(100));
  ASSERT_TRUE(until([&] { return recorder_.error != 0; }));
  EXPECT_EQ(recorder_.error, ETIMEDOUT);
}

TEST_P(StreamTest, ManyStreamsEchoAtOnce) {
  struct Echo final : StreamHandler {
    void on_data(Slice data) override {
      held = std::move(data);
      stream->pause();
      if (stream->write(std::array{part(held.view())}) == WriteResult::kDone) on_written();
    }
    void on_end() override { stream.reset(); }
    void on_written() override {
      held.reset();
      stream->resume();
    }
    void on_error(int) override { stream.reset(); }
    StreamPtr stream;
    Slice held;
  };
  struct Door final : AcceptHandler {
    explicit Door(Loop& l) : loop(l) {}
    void on_accept(int fd) override {
      echoes.push_back(std::make_unique<Echo>());
      echoes.back()->stream = loop.adopt(fd);
      echoes.back()->stream->set_handler(*echoes.back());
      echoes.back()->stream->resume();
    }
    Loop& loop;
    std::vector<std::unique_ptr<Echo>> echoes;
  } door(*loop_);
  Fd listener(listen_on(Address::loopback(GetParam().family, 0)).value());
  HandlePtr accepting = loop_->accept(listener, door);
  std::atomic<int> right = 0;
  std::atomic<int> finished = 0;
  std::jthread clients([&, there = Address::of_local(listener)] {
    std::vector<Fd> fds;
    for (int i = 0; i < 100; ++i) fds.push_back(connected_client(there));
    for (int round = 0; round < 20; ++round) {
      for (std::size_t i = 0; i < fds.size(); ++i) {
        const std::string text = "message " + std::to_string(i) + "/" + std::to_string(round);
        ::send(fds[i], text.data(), text.size(), 0);
        std::string got(text.size(), '\0');
        if (::recv(fds[i], got.data(), got.size(), MSG_WAITALL) == static_cast<ssize_t>(text.size()) && got == text)
          ++right;
      }
    }
    fds.clear();
    finished = 1;
  });
  EXPECT_TRUE(until([&] { return finished == 1; }));
  clients.join();
  EXPECT_EQ(right, 2000);
}

TEST_P(StreamTest, PostedTasksRunOnTheLoopsThread) {
  std::thread::id ran;
  std::jthread other([&] { loop_->post([&] { ran = std::this_thread::get_id(); }); });
  ASSERT_TRUE(until([&] { return ran != std::thread::id{}; }));
  EXPECT_EQ(ran, std::this_thread::get_id());
}

std::string case_name(const testing::TestParamInfo<Case>& info) {
  return std::string(name(info.param.backend)) + (info.param.family == AF_INET ? "_v4" : "_v6");
}
INSTANTIATE_TEST_SUITE_P(Both, StreamTest,
                         testing::Values(Case{IoBackend::kEpoll, AF_INET}, Case{IoBackend::kEpoll, AF_INET6},
                                         Case{IoBackend::kIoUring, AF_INET}, Case{IoBackend::kIoUring, AF_INET6}),
                         case_name);

}  // namespace
}  // namespace sluice::transport
