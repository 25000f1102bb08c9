// Handshakes are bounded: one that does not go on is reset, one that is refused gets its alert.
#include "userspace/l7/tls_acceptor.h"

#include "tests/unit/lacking.h"
#include "tests/unit/userspace/l7/frontend_model.h"
#include "tests/unit/userspace/l7/tls_client.h"
#include "tests/unit/userspace/passthrough/hellos.h"
#include "tests/unit/userspace/transport/harness.h"

namespace sluice::l7 {
namespace {

using namespace std::chrono_literals;

class TlsAcceptorTest : public testing::TestWithParam<transport::IoBackend>, private TlsAcceptSink {
 protected:
  void SetUp() override {
    auto made = transport::Loop::make(GetParam());
    if (!made) return lacking(made.error());
    loop_ = std::move(*made);
    const auto pair = test::make_certificate({"a.example"});
    model_.key("key/a", pair.certificate, pair.key);
    model::v1::Tls tls;
    tls.add_keys("key/a");
    keys_ = builder_.build(model_.store(), tls);
    acceptor_ = std::make_unique<TlsAcceptor>(*loop_, static_cast<TlsAcceptSink&>(*this), 40ms);
  }
  void TearDown() override {
    accepted_.clear();
    acceptor_.reset();
  }
  void accept(const std::string& hello) {
    auto pair = transport::connected_pair(*loop_);
    client_ = std::move(pair.client);
    acceptor_->accept(std::move(pair.stream), hello, "a.example", *keys_);
  }
  std::uint64_t counted(TlsResult result) {
    return acceptor_->counters().handshakes[static_cast<std::size_t>(result)].value();
  }
  bool until_none_is_left() {
    return transport::run_until(*loop_, [&] { return acceptor_->handshakes() == 0; });
  }
  std::string answer() {
    std::string bytes(65536, '\0');
    const auto got = ::recv(client_, bytes.data(), bytes.size(), 0);
    error_ = got < 0 ? errno : 0;
    bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    return bytes;
  }

  std::unique_ptr<transport::Loop> loop_;
  test::FrontendModel model_;
  TlsKeysBuilder builder_;
  std::shared_ptr<const TlsKeys> keys_;
  std::unique_ptr<TlsAcceptor> acceptor_;
  std::vector<Accepted> accepted_;
  transport::Fd client_;
  int error_ = 0;

 private:
  void on_accepted(Accepted accepted) override { accepted_.push_back(std::move(accepted)); }
};

TEST_P(TlsAcceptorTest, AHandshakeThatDoesNotGoOnIsReset) {
  accept(passthrough::test::captured("chrome131"));
  ASSERT_TRUE(until_none_is_left());
  EXPECT_EQ(counted(TlsResult::kTimeout), 1);
  EXPECT_TRUE(accepted_.empty());
  while (!answer().empty()) continue;  // what was sent before
  EXPECT_EQ(error_, ECONNRESET);
}

TEST_P(TlsAcceptorTest, AHelloThatIsRefusedGetsItsAlert) {
  std::string hello = passthrough::test::captured("openssl-3.0-tls12");
  const auto suites = static_cast<std::size_t>(5 + 4 + 34 + 1 + hello[5 + 4 + 34]);
  for (int i = 2; i < 2 + hello[suites + 1]; ++i) hello[suites + static_cast<std::size_t>(i)] = 0;  // TLS_NULL_...
  accept(hello);
  ASSERT_TRUE(until_none_is_left());
  EXPECT_EQ(counted(TlsResult::kRefused), 1);
  const std::string alert = answer();
  ASSERT_EQ(alert.size(), 7);
  EXPECT_EQ(alert[0], 21);
  EXPECT_EQ(alert[6], 40);  // handshake_failure
  EXPECT_EQ(answer(), "");
}

TEST_P(TlsAcceptorTest, AClientThatLeavesIsCounted) {
  accept(passthrough::test::captured("chrome131"));
  client_.close();
  ASSERT_TRUE(until_none_is_left());
  EXPECT_EQ(counted(TlsResult::kClientGone), 1);
}

TEST_P(TlsAcceptorTest, StopResetsHandshakesUnderWay) {
  accept(passthrough::test::captured("chrome131"));
  transport::run_once(*loop_);
  acceptor_->stop();
  for (int i = 0; i < 3; ++i) transport::run_once(*loop_);
  EXPECT_EQ(acceptor_->handshakes(), 0);
  while (!answer().empty()) continue;
  EXPECT_EQ(error_, ECONNRESET);
}

INSTANTIATE_TEST_SUITE_P(Io, TlsAcceptorTest,
                         testing::Values(transport::IoBackend::kEpoll, transport::IoBackend::kIoUring),
                         [](const auto& tested) { return std::string(transport::name(tested.param)); });

}  // namespace
}  // namespace sluice::l7
