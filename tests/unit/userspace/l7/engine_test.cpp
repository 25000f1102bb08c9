// The engine as its owner sees it: real sockets on loopback, both families, all workers.
#include "userspace/l7/engine.h"

#include <chrono>
#include <future>
#include <thread>
#include <vector>

#include "tests/unit/lacking.h"
#include "tests/unit/userspace/l7/engine_harness.h"
#include "tests/unit/userspace/l7/frontend_model.h"

namespace sluice::l7 {
namespace {

using namespace std::chrono_literals;
using test::Client;
using test::FrontendModel;

struct Case {
  const char* io;
  int family;
};

class EngineTest : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override { start(2, test::echo_service()); }

  void start(unsigned workers, MakeHttpService http) {
    if (const auto io = transport::choose_io(GetParam().io); !io) return lacking(io.error());
    auto started = Engine::start({.workers = workers,
                                  .io = GetParam().io,
                                  .bind = {transport::Address::loopback(GetParam().family, 0)},
                                  .rules = nullptr,
                                  .http = std::move(http)});
    ASSERT_TRUE(started) << started.error();
    engine_ = std::move(*started);
    address_ = engine_->listening_address(GetParam().family);
  }
  std::map<std::string, std::string> apply(FrontendModel& model) { return engine_->apply(model.store(), {}); }

  std::unique_ptr<Engine> engine_;
  transport::Address address_;
};

TEST_P(EngineTest, ServesHttpWhereAFrontendListens) {
  FrontendModel model;
  model.http("web", address_);
  EXPECT_TRUE(apply(model).empty());
  Client client(address_);
  EXPECT_EQ(client.line(), "local=" + address_.to_text() + " tls=0 sni= generation=1\n");
  client.send("hello");
  EXPECT_EQ(client.bytes(5), "hello");
  client.shutdown();
  EXPECT_EQ(client.rest(), "");
  EXPECT_EQ(client.error(), 0);
}

TEST_P(EngineTest, ResetsConnectionsBeforeTheFirstModel) {
  Client client(address_);
  EXPECT_EQ(client.rest(), "");
  EXPECT_EQ(client.error(), ECONNRESET);
  EXPECT_NE(engine_->metrics().find("sluice_engine_refused_total{reason=\"no_listener\"} 1\n"), std::string::npos);
}

TEST_P(EngineTest, ResetsConnectionsToAnotherPortThanTheFrontends) {
  FrontendModel model;
  model.http("web", transport::Address::make(address_.ip(), static_cast<std::uint16_t>(address_.port() ^ 1)));
  apply(model);
  Client client(address_);
  client.rest();
  EXPECT_EQ(client.error(), ECONNRESET);
}

TEST_P(EngineTest, AFrontendWithoutAddressesIsReachedNowhere) {
  FrontendModel model;
  model.http("web", address_).clear_addresses();
  apply(model);
  Client client(address_);
  client.rest();
  EXPECT_EQ(client.error(), ECONNRESET);
}

TEST_P(EngineTest, EveryWorkerServesTheTablesOnceApplyReturns) {
  FrontendModel model;
  model.http("web", address_);
  model::Store store = model.store();
  engine_->apply(store, {});
  for (std::uint64_t generation = 2; generation < 6; ++generation) {
    model::v1::Delta delta;
    delta.set_base_generation(generation - 1);
    delta.set_generation(generation);
    ASSERT_TRUE(store.apply(delta));
    engine_->apply(store, {});
    EXPECT_EQ(engine_->tables()->generation(), generation);
    for (int i = 0; i < 12; ++i) {  // more than enough to meet both workers
      Client client(address_);
      EXPECT_TRUE(client.line().ends_with("generation=" + std::to_string(generation) + "\n"));
    }
  }
}

TEST_P(EngineTest, ARemovedFrontendTakesNoNewConnectionsAndKeepsItsOld) {
  FrontendModel model;
  model.http("web", address_);
  model::Store store = model.store();
  engine_->apply(store, {});
  Client old(address_);
  old.line();
  model::v1::Delta delta;
  delta.set_base_generation(1);
  delta.set_generation(2);
  delta.add_removed("frontend/web");
  ASSERT_TRUE(store.apply(delta));
  engine_->apply(store, {"frontend/web"});
  Client fresh(address_);
  fresh.rest();
  EXPECT_EQ(fresh.error(), ECONNRESET);
  old.send("still");
  EXPECT_EQ(old.bytes(5), "still");
}

TEST_P(EngineTest, ResetsHttpWithoutAnHttpService) {
  start(1, nullptr);
  FrontendModel model;
  model.http("web", address_);
  apply(model);
  Client client(address_);
  client.rest();
  EXPECT_EQ(client.error(), ECONNRESET);
}

TEST_P(EngineTest, DrainTakesNoMoreConnectionsAndEndsWhenTheLastOneDoes) {
  FrontendModel model;
  model.http("web", address_);
  apply(model);
  Client open(address_);
  open.line();
  std::promise<void> done;
  auto drained = done.get_future();
  engine_->drain(10s, [&] { done.set_value(); });
  EXPECT_EQ(drained.wait_for(100ms), std::future_status::timeout);
  EXPECT_EQ(Client(address_).connect_error(), ECONNREFUSED);
  open.send("last words");
  EXPECT_EQ(open.bytes(10), "last words");
  open.close();
  EXPECT_EQ(drained.wait_for(5s), std::future_status::ready);
}

TEST_P(EngineTest, DrainResetsWhatIsLeftAfterItsTimeout) {
  FrontendModel model;
  model.http("web", address_);
  apply(model);
  Client open(address_);
  open.line();
  std::promise<void> done;
  engine_->drain(50ms, [&] { done.set_value(); });
  ASSERT_EQ(done.get_future().wait_for(5s), std::future_status::ready);
  open.rest();
  EXPECT_EQ(open.error(), ECONNRESET);
}

TEST_P(EngineTest, EndsAllConnectionsWithItself) {
  FrontendModel model;
  model.http("web", address_);
  apply(model);
  Client open(address_);
  open.line();
  engine_.reset();
  open.rest();
  EXPECT_EQ(open.error(), ECONNRESET);
}

TEST_P(EngineTest, SurvivesATableSwapAtEveryConnection) {
  FrontendModel model;
  model.http("web", address_);
  const model::Store store = model.store();
  engine_->apply(store, {});
  std::atomic<bool> stop = false;
  std::jthread swapper([&] {
    while (!stop) engine_->apply(store, {"frontend/web", "http/web"});
  });
  int served = 0;
  for (int i = 0; i < 100; ++i) served += Client(address_).line().starts_with("local=") ? 1 : 0;
  stop = true;
  EXPECT_EQ(served, 100);
}

INSTANTIATE_TEST_SUITE_P(Io, EngineTest,
                         testing::Values(Case{"epoll", AF_INET}, Case{"epoll", AF_INET6}, Case{"io_uring", AF_INET},
                                         Case{"io_uring", AF_INET6}),
                         [](const testing::TestParamInfo<Case>& tested) {
                           return std::string(tested.param.io) + (tested.param.family == AF_INET ? "_v4" : "_v6");
                         });

TEST(EngineSockets, AreOneAWorkerAndFamilyOnOneLoopbackPortEach) {
  auto engine = Engine::start({.workers = 3, .io = "epoll", .bind = {}, .rules = nullptr, .http = nullptr});
  ASSERT_TRUE(engine) << engine.error();
  for (const int family : {AF_INET, AF_INET6}) {
    const auto sockets = (*engine)->listening_sockets(family);
    ASSERT_EQ(sockets.size(), 3);
    for (const int fd : sockets) {
      EXPECT_EQ(transport::Address::of_local(fd), (*engine)->listening_address(family));
      int value = 0;
      socklen_t size = sizeof value;
      EXPECT_EQ(getsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &value, &size), 0);
      EXPECT_EQ(value, 1);
    }
  }
}

TEST(EngineSockets, AnAddressThatIsTakenIsAnErrorThatNamesIt) {
  const int other = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto any = transport::Address::loopback(AF_INET, 0);
  ASSERT_EQ(::bind(other, any.raw(), any.raw_size()), 0);
  ASSERT_EQ(::listen(other, 1), 0);
  const auto taken = transport::Address::of_local(other);
  const auto engine = Engine::start({.workers = 1, .io = "epoll", .bind = {taken}, .rules = nullptr, .http = nullptr});
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error(), "bind " + taken.to_text() + ": Address already in use");
  ::close(other);
}

TEST(EngineSockets, AnUnknownBackEndIsAnError) {
  const auto engine = Engine::start({.workers = 1, .io = "kqueue", .bind = {}, .rules = nullptr, .http = nullptr});
  ASSERT_FALSE(engine);
  EXPECT_EQ(engine.error(), "io back end \"kqueue\": must be auto, io_uring or epoll");
}

}  // namespace
}  // namespace sluice::l7
