// What is asked of whatever moves the bytes (docs/adr/0003): half-close both ways, a slow reader with bounded memory,
// RST passed on, data queued at the hand-over. And how a backend is found, and what a refused connection sees.
#include "userspace/passthrough/relay.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>

#include <future>
#include <thread>

#include "tests/unit/lacking.h"
#include "tests/unit/userspace/transport/harness.h"
#include "userspace/passthrough/passthrough.h"

namespace sluice::passthrough {
namespace {

using namespace std::chrono_literals;
using transport::Address;
using transport::Fd;
using transport::IoBackend;
using transport::Loop;

struct Case {
  IoBackend io;
  int family;
};

void set_receive_limit(int fd) {
  const timeval limit{.tv_sec = 5, .tv_usec = 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
}

// The loop runs on a thread of its own; the test plays client and backend with blocking sockets.
class RelayTest : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    if (const auto io = transport::choose_io(transport::name(GetParam().io)); !io) return lacking(io.error());
    backend_listener_ = listen();
    door_ = listen();
    std::promise<void> ready;
    thread_ = std::thread([&] {
      sigset_t pipe;
      sigemptyset(&pipe);
      sigaddset(&pipe, SIGPIPE);
      pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
      auto loop = Loop::make(GetParam().io).value();
      Passthrough passthrough(*loop, {.connect = 100ms, .idle = 10s});
      loop_ = loop.get();
      passthrough_ = &passthrough;
      ready.set_value();
      loop->run();
    });
    ready.get_future().wait();
  }
  void TearDown() override {
    if (loop_ == nullptr) return;
    loop_->stop();
    thread_.join();
  }
  static Fd listen() { return Fd(transport::listen_on(Address::loopback(GetParam().family, 0)).value()); }
  static Fd accept(int listener) {
    pollfd wait{.fd = listener, .events = POLLIN, .revents = 0};
    ::poll(&wait, 1, 3000);
    Fd fd(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
    set_receive_limit(fd);
    return fd;
  }
  static std::string read(int fd, std::size_t size) {
    std::string out(size, '\0');
    std::size_t have = 0;
    for (ssize_t got = 1; have < size && (got = ::recv(fd, out.data() + have, size - have, 0)) > 0;)
      have += static_cast<std::size_t>(got);
    out.resize(have);
    return out;
  }
  static void send(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      ASSERT_GT(sent, 0);
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  static int end_of(int fd) {
    char byte = 0;
    const auto got = ::recv(fd, &byte, 1, 0);
    return got == 0 ? 0 : got < 0 ? errno : -1;
  }
  template <class Task>
  auto on_loop(Task task) {
    std::promise<decltype(task())> answer;
    loop_->post([&] { answer.set_value(task()); });
    return answer.get_future().get();
  }

  static std::shared_ptr<Backend> to(std::vector<Address> ready) {
    auto backend = std::make_shared<Backend>();
    backend->ready = std::move(ready);
    return backend;
  }
  [[nodiscard]] Address backend_address() const { return Address::of_local(backend_listener_); }

  /// A client whose connection the relay has; what it sent before `hello` was "read" is still queued.
  Fd client_of(const std::shared_ptr<Backend>& backend, const std::string& hello = "hello",
               std::string_view queued = "") {
    Fd client = transport::connected_client(Address::of_local(door_));
    set_receive_limit(client);
    if (!queued.empty()) send(client, queued);
    pollfd wait{.fd = door_, .events = POLLIN, .revents = 0};
    ::poll(&wait, 1, 3000);
    const int fd = ::accept4(door_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    loop_->post([this, fd, backend, hello] {
      passthrough_->relay(fd, hello, {.entry = nullptr, .backend = backend, .refusal = Reason::kForwarded});
    });
    return client;
  }
  struct Ends {
    Fd client;
    Fd server;
  };
  Ends connected() {
    Ends ends{.client = client_of(to({backend_address()})), .server = Fd()};
    ends.server = accept(backend_listener_);
    EXPECT_EQ(read(ends.server, 5), "hello");
    return ends;
  }
  std::uint64_t ended(Reason reason) {
    return on_loop([&] { return passthrough_->counters().connections[static_cast<std::size_t>(reason)].value(); });
  }
  bool until_none_is_left() {
    for (int i = 0; i < 3000; ++i) {
      if (on_loop([&] { return passthrough_->connections(); }) == 0) return true;
      std::this_thread::sleep_for(1ms);
    }
    return false;
  }

  Fd backend_listener_;
  Fd door_;
  std::thread thread_;
  Loop* loop_ = nullptr;
  Passthrough* passthrough_ = nullptr;
};

TEST_P(RelayTest, MovesBytesBothWaysAndCountsThem) {
  Ends ends = connected();
  send(ends.server, "from server");
  EXPECT_EQ(read(ends.client, 11), "from server");
  send(ends.client, "from client");
  EXPECT_EQ(read(ends.server, 11), "from client");
  ends.client.close();
  EXPECT_EQ(end_of(ends.server), 0);
  ends.server.close();
  ASSERT_TRUE(until_none_is_left());
  EXPECT_EQ(on_loop([&] { return passthrough_->counters().to_backend.value(); }), 16);
  EXPECT_EQ(on_loop([&] { return passthrough_->counters().to_client.value(); }), 11);
  EXPECT_EQ(ended(Reason::kForwarded), 1);
}

TEST_P(RelayTest, AClientThatHasSentItsLastByteStillReceives) {
  Ends ends = connected();
  send(ends.client, "question");
  ::shutdown(ends.client, SHUT_WR);
  EXPECT_EQ(read(ends.server, 100), "question");
  const std::string answer(3 << 20, 'a');
  std::jthread server([&] {
    send(ends.server, answer);
    ends.server.close();
  });
  EXPECT_TRUE(read(ends.client, answer.size()) == answer);
  EXPECT_EQ(end_of(ends.client), 0);
  EXPECT_TRUE(until_none_is_left());
}

TEST_P(RelayTest, AServerThatHasSentItsLastByteStillReceives) {
  Ends ends = connected();
  send(ends.server, "greeting");
  ::shutdown(ends.server, SHUT_WR);
  EXPECT_EQ(read(ends.client, 100), "greeting");
  const std::string upload(3 << 20, 'u');
  std::jthread client([&] {
    send(ends.client, upload);
    ends.client.close();
  });
  EXPECT_TRUE(read(ends.server, upload.size()) == upload);
  EXPECT_EQ(end_of(ends.server), 0);
}

TEST_P(RelayTest, AClientsResetReachesTheServer) {
  Ends ends = connected();
  transport::reset_connection(ends.client);
  EXPECT_EQ(end_of(ends.server), ECONNRESET);
  EXPECT_TRUE(until_none_is_left());
}

TEST_P(RelayTest, AServersResetReachesTheClient) {
  Ends ends = connected();
  transport::reset_connection(ends.server);
  EXPECT_EQ(end_of(ends.client), ECONNRESET);
  EXPECT_TRUE(until_none_is_left());
}

TEST_P(RelayTest, WhatWasSentBeforeAResetArrivesBeforeIt) {
  for (const bool server_ends : {true, false}) {
    Ends ends = connected();
    Fd& from = server_ends ? ends.server : ends.client;
    Fd& to = server_ends ? ends.client : ends.server;
    // The loop sees both at once.
    on_loop([&] {
      send(from, "answer");
      transport::reset_connection(from);
      return 0;
    });
    EXPECT_EQ(read(to, 6), "answer");
    EXPECT_EQ(end_of(to), ECONNRESET);
  }
  EXPECT_TRUE(until_none_is_left());
}

TEST_P(RelayTest, AResetIsPassedOnWhileBytesWaitForASlowReader) {
  Ends ends = connected();
  ::fcntl(ends.client, F_SETFL, O_NONBLOCK);
  const std::string block(1 << 20, 'b');
  for (int quiet = 0; quiet < 50;) {
    if (::send(ends.client, block.data(), block.size(), MSG_NOSIGNAL) > 0) continue;
    std::this_thread::sleep_for(1ms);
    ++quiet;
  }
  transport::reset_connection(ends.server);
  pollfd wait{.fd = ends.client, .events = 0, .revents = 0};
  ASSERT_EQ(::poll(&wait, 1, 5000), 1);
  EXPECT_EQ(transport::take_socket_error(ends.client), ECONNRESET);
}

TEST_P(RelayTest, ASlowReaderHoldsTheSenderBackAndGetsEverything) {
  // Receive buffers of a fixed size, as the kernel lets its own grow to 32 MiB; accepted sockets have their listener's.
  const int receive = 256 << 10;
  for (const int fd : {static_cast<int>(door_), static_cast<int>(backend_listener_)})
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive, sizeof receive);
  Ends ends = connected();
  // Two such buffers, which the kernel doubles; a pipe of 64 slots, each with a page fragment of a socket's (32 KiB);
  // and two send buffers of up to 4 MiB (tcp_wmem).
  constexpr std::size_t kBound = (2 * 512 + 64 * 32 + 2 * 4096) << 10;
  const std::string block(1 << 20, 's');
  ::fcntl(ends.client, F_SETFL, O_NONBLOCK);
  std::size_t taken = 0;
  for (int quiet = 0; quiet < 100 && taken < kBound;) {
    const auto sent = ::send(ends.client, block.data(), block.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      taken += static_cast<std::size_t>(sent);
      quiet = 0;
    } else {
      std::this_thread::sleep_for(1ms);
      ++quiet;
    }
  }
  EXPECT_LT(taken, kBound);
  ends.client.close();
  EXPECT_EQ(read(ends.server, taken).size(), taken);
  EXPECT_EQ(end_of(ends.server), 0);
}

TEST_P(RelayTest, DataQueuedAtTheHandOverFollowsTheHello) {
  const Fd client = client_of(to({backend_address()}), "hello", "queued before the relay");
  const Fd server = accept(backend_listener_);
  EXPECT_EQ(read(server, 28), "helloqueued before the relay");
}

TEST_P(RelayTest, AHelloLargerThanTheServersWindowArrivesWhole) {
  std::string hello(6 << 20, 'h');
  hello.back() = '.';
  const Fd client = client_of(to({backend_address()}), hello);
  const Fd server = accept(backend_listener_);
  std::this_thread::sleep_for(20ms);
  EXPECT_TRUE(read(server, hello.size()) == hello);
  send(client, "next");
  EXPECT_EQ(read(server, 4), "next");
}

TEST_P(RelayTest, TheNextEndpointIsTriedWhenOneRefuses) {
  Fd closed = listen();
  const Address nobody = Address::of_local(closed);
  closed.close();
  for (int i = 0; i < 4; ++i) {  // whichever of them is first
    const Fd client = client_of(to({nobody, backend_address(), nobody}));
    const Fd server = accept(backend_listener_);
    EXPECT_EQ(read(server, 5), "hello");
  }
}

TEST_P(RelayTest, AClientWhoseEndpointsAllRefuseIsReset) {
  Fd closed = listen();
  const Address nobody = Address::of_local(closed);
  closed.close();
  const Fd client = client_of(to({nobody, nobody}));
  EXPECT_EQ(end_of(client), ECONNRESET);
  EXPECT_EQ(ended(Reason::kConnectFailed), 1);
}

TEST_P(RelayTest, AnEndpointThatDoesNotAnswerIsGivenUp) {
  Fd full(::socket(GetParam().family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const Address any = Address::loopback(GetParam().family, 0);
  ASSERT_EQ(::bind(full, any.raw(), any.raw_size()), 0);
  ASSERT_EQ(::listen(full, 0), 0);
  const Fd fill = transport::connected_client(Address::of_local(full));
  const Fd client = client_of(to({Address::of_local(full)}));
  EXPECT_EQ(end_of(client), ECONNRESET);
  EXPECT_EQ(ended(Reason::kConnectTimeout), 1);
}

TEST_P(RelayTest, RefusedChoicesAreResetByReason) {
  Fd client = transport::connected_client(Address::of_local(door_));
  set_receive_limit(client);
  pollfd wait{.fd = door_, .events = POLLIN, .revents = 0};
  ::poll(&wait, 1, 3000);
  const int fd = ::accept4(door_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  loop_->post([this, fd] { passthrough_->relay(fd, "hello", {.refusal = Reason::kNoEndpoints}); });
  EXPECT_EQ(end_of(client), ECONNRESET);
  EXPECT_EQ(ended(Reason::kNoEndpoints), 1);
}

std::size_t open_pipes() {
  std::size_t pipes = 0;
  DIR* all = ::opendir("/proc/self/fd");
  while (const dirent* entry = ::readdir(all)) {
    std::string target(64, '\0');
    const auto size = ::readlinkat(::dirfd(all), entry->d_name, target.data(), target.size());
    if (size > 0 && target.starts_with("pipe:")) ++pipes;
  }
  ::closedir(all);
  return pipes;
}

TEST_P(RelayTest, IdleConnectionsHoldNoPipes) {
  const std::size_t before = open_pipes();
  std::vector<Ends> all;
  for (int i = 0; i < 20; ++i) {
    all.push_back(connected());
    send(all.back().client, "x");
    EXPECT_EQ(read(all.back().server, 1), "x");
  }
  EXPECT_LE(open_pipes(), before + 4);  // one pipe at a time, both directions at once in between
}

TEST_P(RelayTest, StopResetsBothEnds) {
  Ends ends = connected();
  on_loop([&] {
    passthrough_->stop();
    return 0;
  });
  EXPECT_EQ(end_of(ends.client), ECONNRESET);
  EXPECT_EQ(end_of(ends.server), ECONNRESET);
  EXPECT_EQ(on_loop([&] { return passthrough_->counters().active.value(); }), 0);
}

TEST_P(RelayTest, ManyConnectionsAtOnceEachGetTheirOwnBytes) {
  constexpr int kConnections = 50;
  std::vector<Ends> all;
  for (int i = 0; i < kConnections; ++i) all.push_back(connected());
  for (int i = 0; i < kConnections; ++i) send(all[static_cast<std::size_t>(i)].client, std::to_string(1000 + i));
  for (int i = 0; i < kConnections; ++i) {
    EXPECT_EQ(read(all[static_cast<std::size_t>(i)].server, 4), std::to_string(1000 + i));
    send(all[static_cast<std::size_t>(i)].server, std::to_string(2000 + i));
  }
  for (int i = 0; i < kConnections; ++i)
    EXPECT_EQ(read(all[static_cast<std::size_t>(i)].client, 4), std::to_string(2000 + i));
}

INSTANTIATE_TEST_SUITE_P(Io, RelayTest,
                         testing::Values(Case{IoBackend::kEpoll, AF_INET}, Case{IoBackend::kEpoll, AF_INET6},
                                         Case{IoBackend::kIoUring, AF_INET}),
                         [](const auto& tested) {
                           return std::string(transport::name(tested.param.io)) +
                                  (tested.param.family == AF_INET ? "_v4" : "_v6");
                         });

}  // namespace
}  // namespace sluice::passthrough
