// TLS passthrough through the engine: real TLS servers behind it, passthrough and termination on one port.
#include <openssl/pem.h>
#include <signal.h>

#include <map>
#include <thread>

#include "tests/unit/lacking.h"
#include "tests/unit/userspace/l7/frontend_model.h"
#include "tests/unit/userspace/l7/tls_client.h"
#include "userspace/transport/socket.h"

namespace sluice::l7 {
namespace {

using test::FrontendModel;
using test::TlsClient;

/// A TLS server on loopback, one connection at a time, that says its name and closes.
class TlsServer {
 public:
  explicit TlsServer(const std::string& name, int family = AF_INET)
      : name_(name), fd_(transport::listen_on(transport::Address::loopback(family, 0)).value()) {
    ::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to sockets as to files
    const test::PemPair pair = test::make_certificate({name});
    context_.reset(SSL_CTX_new(TLS_server_method()));
    BIO* certificate = BIO_new_mem_buf(pair.certificate.data(), -1);
    X509* x509 = PEM_read_bio_X509(certificate, nullptr, nullptr, nullptr);
    SSL_CTX_use_certificate(context_.get(), x509);
    X509_free(x509);
    BIO_free(certificate);
    BIO* key = BIO_new_mem_buf(pair.key.data(), -1);
    EVP_PKEY* pkey = PEM_read_bio_PrivateKey(key, nullptr, nullptr, nullptr);
    SSL_CTX_use_PrivateKey(context_.get(), pkey);
    EVP_PKEY_free(pkey);
    BIO_free(key);
    thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
  }
  ~TlsServer() {
    thread_.request_stop();
    thread_.join();
    ::close(fd_);
  }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  [[nodiscard]] transport::Address address() const { return transport::Address::of_local(fd_); }

 private:
  void serve(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      pollfd wait{.fd = fd_, .events = POLLIN, .revents = 0};
      if (::poll(&wait, 1, 5) != 1) continue;
      const int fd = ::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC);
      const std::unique_ptr<SSL, test::FreeSsl> ssl(SSL_new(context_.get()));
      SSL_set_fd(ssl.get(), fd);
      const std::string text = name_ + "\n";
      if (SSL_accept(ssl.get()) == 1) {
        SSL_write(ssl.get(), text.data(), static_cast<int>(text.size()));
        SSL_shutdown(ssl.get());
      }
      ::close(fd);
    }
  }
  std::string name_;
  int fd_;
  std::unique_ptr<SSL_CTX, test::FreeSsl> context_;
  std::jthread thread_;
};

struct Case {
  const char* io;
  int family;
};

class PassthroughEngineTest : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    if (const auto io = transport::choose_io(GetParam().io); !io) return lacking(io.error());
    auto started = Engine::start({.workers = 2,
                                  .io = GetParam().io,
                                  .bind = {transport::Address::loopback(GetParam().family, 0)},
                                  .rules = nullptr,
                                  .http = test::echo_service()});
    ASSERT_TRUE(started) << started.error();
    engine_ = std::move(*started);
    address_ = engine_->listening_address(GetParam().family);
  }
  std::string served_by(const std::string& server_name) {
    TlsClient client(address_, {.server_name = server_name});
    return client.connected() ? client.certificate_name() : "reset";
  }
  std::uint64_t counted(const std::string& reason) {
    const std::string series = "sluice_passthrough_connections_total{reason=\"" + reason + "\"} ";
    const std::string metrics = engine_->metrics();
    return std::stoull(metrics.substr(metrics.find(series) + series.size()));
  }

  std::unique_ptr<Engine> engine_;
  transport::Address address_;
  FrontendModel model_;
};

TEST_P(PassthroughEngineTest, TwoNamesGoToTwoBackendsWhoseCertificatesTheClientSees) {
  const TlsServer one("one.example", GetParam().family);
  const TlsServer two("two.example", GetParam().family);
  model_.passthrough("tls", address_, "");
  model_.sni_entry("tls", "one.example", {{"one", 1}});
  model_.sni_entry("tls", "*.two.example", {{"two", 1}});
  model_.backend("one", {one.address()});
  model_.backend("two", {two.address()});
  ASSERT_TRUE(engine_->apply(model_.store(), {}).empty());
  EXPECT_EQ(served_by("one.example"), "one.example");
  EXPECT_EQ(served_by("a.two.example"), "two.example");
  EXPECT_EQ(served_by("b.a.two.example"), "two.example");
  EXPECT_EQ(served_by("three.example"), "reset");
  EXPECT_EQ(served_by(""), "reset");
  EXPECT_EQ(counted("unknown_name"), 1);
  EXPECT_EQ(counted("no_sni"), 1);
}

TEST_P(PassthroughEngineTest, OnePortPassesThroughAndTerminates) {
  const TlsServer backend("backend.example", GetParam().family);
  const test::PemPair pair = test::make_certificate({"terminated.example"});
  model_.passthrough("tls", address_, "*.through.example");
  model_.sni_entry("tls", "*.through.example", {{"b", 1}});
  model_.backend("b", {backend.address()});
  model_.https("web", address_, "*.example", {"key/t"});
  model_.key("key/t", pair.certificate, pair.key);
  ASSERT_TRUE(engine_->apply(model_.store(), {}).empty());
  EXPECT_EQ(served_by("a.through.example"), "backend.example");
  EXPECT_EQ(served_by("other.example"), "terminated.example");
  EXPECT_EQ(served_by("elsewhere.org"), "reset");
}

TEST_P(PassthroughEngineTest, AHelloWithoutNameGoesToTheListenerAndRouteWithoutHostname) {
  const TlsServer any("any.example", GetParam().family);
  const TlsServer named("named.example", GetParam().family);
  model_.passthrough("named", address_, "named.example");
  model_.sni_entry("named", "named.example", {{"named", 1}});
  model_.passthrough("any", address_, "");
  model_.sni_entry("any", "", {{"any", 1}});
  model_.backend("any", {any.address()});
  model_.backend("named", {named.address()});
  ASSERT_TRUE(engine_->apply(model_.store(), {}).empty());
  EXPECT_EQ(served_by(""), "any.example");
  EXPECT_EQ(served_by("whatever.org"), "any.example");
  EXPECT_EQ(served_by("named.example"), "named.example");
}

TEST_P(PassthroughEngineTest, WeightsAreSharesAndRejectedSharesAreReset) {
  const TlsServer good("good.example", GetParam().family);
  model_.passthrough("tls", address_, "");
  model_.sni_entry("tls", "", {{"good", 3}, {"bad", 1}});
  model_.backend("good", {good.address()});
  model_.invalid_backend("bad");
  ASSERT_TRUE(engine_->apply(model_.store(), {}).empty());
  std::map<std::string, int> seen;
  for (int i = 0; i < 80; ++i) ++seen[served_by("x.example")];
  EXPECT_NEAR(seen["good.example"], 60, 2);
  EXPECT_NEAR(seen["reset"], 20, 2);
  EXPECT_EQ(counted("invalid_backend"), static_cast<std::uint64_t>(seen["reset"]));
}

TEST_P(PassthroughEngineTest, NewEndpointsServeTheNextConnection) {
  const TlsServer one("one.example", GetParam().family);
  const TlsServer two("two.example", GetParam().family);
  model_.passthrough("tls", address_, "");
  model_.sni_entry("tls", "", {{"b", 1}});
  model_.backend("b", {one.address()});
  model::Store store = model_.store();
  engine_->apply(store, {});
  EXPECT_EQ(served_by("x"), "one.example");
  FrontendModel next;
  next.backend("b", {two.address()});
  model::v1::Delta delta;
  delta.set_base_generation(1);
  delta.set_generation(2);
  const model::v1::Model built = next.build();
  for (const auto& resource : built.resources()) *delta.add_changed() = resource;
  ASSERT_TRUE(store.apply(delta));
  engine_->apply(store, {"backend/b", "endpoints/b"});
  EXPECT_EQ(served_by("x"), "two.example");
}

INSTANTIATE_TEST_SUITE_P(Io, PassthroughEngineTest,
                         testing::Values(Case{"epoll", AF_INET}, Case{"io_uring", AF_INET}, Case{"io_uring", AF_INET6}),
                         [](const auto& tested) {
                           return std::string(tested.param.io) + (tested.param.family == AF_INET ? "_v4" : "_v6");
                         });

}  // namespace
}  // namespace sluice::l7
