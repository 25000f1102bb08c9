// Terminated TLS through the engine, with OpenSSL as the client: names, versions, certificates, tickets, ends.
#include <thread>

#include "tests/unit/lacking.h"
#include "tests/unit/userspace/l7/frontend_model.h"
#include "tests/unit/userspace/l7/tls_client.h"
#include "userspace/transport/socket.h"

namespace sluice::l7 {
namespace {

using test::FrontendModel;
using test::make_certificate;
using test::PemPair;
using test::TlsClient;

class TlsEngineTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (const auto io = transport::choose_io(GetParam()); !io) return lacking(io.error());
    auto started = Engine::start({.workers = 2,
                                  .io = GetParam(),
                                  .bind = {transport::Address::loopback(AF_INET, 0)},
                                  .rules = nullptr,
                                  .http = test::echo_service()});
    ASSERT_TRUE(started) << started.error();
    engine_ = std::move(*started);
    address_ = engine_->listening_address(AF_INET);
  }
  void key(const std::string& name, const PemPair& pair) { model_.key(name, pair.certificate, pair.key); }
  std::map<std::string, std::string> apply() { return engine_->apply(store_ = model_.store(), {}); }
  TlsClient client(const std::string& server_name) { return {address_, {.server_name = server_name}}; }
  void serve_example() {
    key("key/a", make_certificate({"a.example"}));
    model_.https("web", address_, "", {"key/a"});
    ASSERT_TRUE(apply().empty());
  }

  std::unique_ptr<Engine> engine_;
  transport::Address address_;
  FrontendModel model_;
  model::Store store_;
};

TEST_P(TlsEngineTest, TheServiceGetsTheNameAndTheBytesInClear) {
  serve_example();
  TlsClient tls = client("A.Example");
  ASSERT_TRUE(tls.connected()) << tls.error();
  EXPECT_EQ(tls.line(), "local=" + address_.to_text() + " tls=1 sni=a.example generation=1\n");
  tls.send("secret");
  EXPECT_EQ(tls.bytes(6), "secret");
}

TEST_P(TlsEngineTest, SpeaksTls12AndTls13AndNothingOlder) {
  serve_example();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient tls(address_, {.server_name = "a.example", .version = version});
    ASSERT_TRUE(tls.connected()) << tls.error();
    EXPECT_EQ(tls.version(), version);
  }
  EXPECT_FALSE(TlsClient(address_, {.server_name = "a.example", .version = TLS1_1_VERSION}).connected());
}

TEST_P(TlsEngineTest, TheCertificateIsTheNamesElseTheFirst) {
  key("key/default", make_certificate({"default.example"}));
  key("key/wild", make_certificate({"*.wild.example"}));
  key("key/exact", make_certificate({"x.wild.example", "other.example"}));
  model_.https("web", address_, "", {"key/default", "key/wild", "key/exact"});
  ASSERT_TRUE(apply().empty());
  EXPECT_EQ(client("x.wild.example").certificate_name(), "x.wild.example");
  EXPECT_EQ(client("other.example").certificate_name(), "x.wild.example");
  EXPECT_EQ(client("y.wild.example").certificate_name(), "*.wild.example");
  EXPECT_EQ(client("z.y.wild.example").certificate_name(), "default.example");  // a wildcard is one label
  EXPECT_EQ(client("unknown.example").certificate_name(), "default.example");
  EXPECT_EQ(client("").certificate_name(), "default.example");
}

TEST_P(TlsEngineTest, TheListenerIsTheNamesWithItsOwnCertificate) {
  key("key/a", make_certificate({"a.example"}));
  key("key/b", make_certificate({"b.example"}));
  model_.https("a", address_, "*.a.example", {"key/a"});
  model_.https("b", address_, "b.example", {"key/b"});
  ASSERT_TRUE(apply().empty());
  EXPECT_EQ(client("x.a.example").certificate_name(), "a.example");
  EXPECT_EQ(client("b.example").certificate_name(), "b.example");
  EXPECT_FALSE(client("c.example").connected());
  EXPECT_FALSE(client("").connected());
  const std::string metrics = engine_->metrics();
  EXPECT_NE(metrics.find("sluice_passthrough_connections_total{reason=\"unknown_name\"} 1\n"), std::string::npos);
  EXPECT_NE(metrics.find("sluice_passthrough_connections_total{reason=\"no_sni\"} 1\n"), std::string::npos);
}

TEST_P(TlsEngineTest, AnEcdsaAndAnRsaCertificateOfOneNameServeItTogether) {
  key("key/ec", make_certificate({"a.example"}, "EC"));
  key("key/rsa", make_certificate({"a.example"}, "RSA"));
  model_.https("web", address_, "", {"key/ec", "key/rsa"});
  ASSERT_TRUE(apply().empty());
  for (const char* name : {"a.example", "other.example"}) {
    EXPECT_EQ(TlsClient(address_, {.server_name = name, .signature_algorithms = "ECDSA+SHA256"}).certificate_type(),
              "EC");
    EXPECT_EQ(TlsClient(address_, {.server_name = name, .signature_algorithms = "RSA-PSS+SHA256"}).certificate_type(),
              "RSA");
  }
}

TEST_P(TlsEngineTest, AlpnChoosesHttp2BeforeHttp11OrRefuses) {
  serve_example();
  for (const auto& [offered, chosen] :
       {std::pair{"\x08http/1.1\x02h2", "h2"}, {"\x02h2", "h2"}, {"\x08http/1.1", "http/1.1"}}) {
    TlsClient client(address_, {.server_name = "a.example", .alpn = offered});
    ASSERT_TRUE(client.connected()) << offered;
    EXPECT_EQ(client.alpn(), chosen);
  }
  EXPECT_EQ(client("a.example").alpn(), "");
  const TlsClient none(address_, {.server_name = "a.example", .alpn = "\x02h3"});
  EXPECT_FALSE(none.connected());
  EXPECT_EQ(none.error(), "tlsv1 alert no application protocol");
}

TEST_P(TlsEngineTest, ATicketIsGoodAtEveryWorker) {
  serve_example();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient first(address_, {.server_name = "a.example", .version = version});
    first.line();  // TLS 1.3 sends tickets after the handshake
    const auto session = first.session();
    for (int i = 0; i < 12; ++i) {
      TlsClient next(address_, {.server_name = "a.example", .version = version, .session = session.get()});
      ASSERT_TRUE(next.connected());
      EXPECT_TRUE(next.resumed());
      next.line();
      next.close_notify();  // else OpenSSL does not use the session again
    }
  }
  EXPECT_NE(engine_->metrics().find("sluice_tls_handshakes_total{result=\"resumed\"} 24\n"), std::string::npos);
}

TEST_P(TlsEngineTest, ATicketOfOneListenersCertificateIsNotTakenByAnother) {
  key("key/a", make_certificate({"a.example"}));
  key("key/b", make_certificate({"b.example"}));
  model_.https("a", address_, "a.example", {"key/a"});
  model_.https("b", address_, "b.example", {"key/b"});
  ASSERT_TRUE(apply().empty());
  TlsClient first = client("a.example");
  first.line();
  const auto session = first.session();
  TlsClient other(address_, {.server_name = "b.example", .session = session.get()});
  ASSERT_TRUE(other.connected()) << other.error();
  EXPECT_FALSE(other.resumed());
  EXPECT_EQ(other.certificate_name(), "b.example");
}

TEST_P(TlsEngineTest, MuchGoesBothWaysThroughASlowReader) {
  serve_example();
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient tls(address_, {.server_name = "a.example", .version = version});
    tls.line();
    std::string sent(12 << 20, '\0');
    for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * 31 + (i >> 11));
    // One thread on the SSL object: the first part fills every buffer on the way, unread.
    const std::string_view all = sent;
    std::string got;
    for (std::size_t at = 0; at < all.size(); at += 1 << 20) {
      tls.send(all.substr(at, 1 << 20));
      got += tls.bytes(1 << 20);
    }
    EXPECT_TRUE(got == sent);
  }
}

TEST_P(TlsEngineTest, CloseNotifyEndsOneWayOnly) {
  serve_example();
  TlsClient tls = client("a.example");
  tls.line();
  tls.send("last words");
  tls.close_notify();
  EXPECT_EQ(tls.rest(), "last words");
  EXPECT_TRUE(tls.closed());
}

TEST_P(TlsEngineTest, ABareFinIsNoEnd) {
  serve_example();
  TlsClient tls = client("a.example");
  tls.line();
  tls.socket().shutdown();
  EXPECT_EQ(tls.rest(), "");
  EXPECT_TRUE(tls.closed());  // ours is in order all the same: the service drops the stream
}

TEST_P(TlsEngineTest, AHelloInSingleBytesIsServed) {
  serve_example();
  test::Client raw(address_);
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  // What the client writes goes on byte by byte, what the server answers goes back as it is.
  std::jthread slow([&] {
    transport::set_no_delay(raw.fd());
    pollfd ends[2] = {{.fd = pair[1], .events = POLLIN, .revents = 0},
                      {.fd = raw.fd(), .events = POLLIN, .revents = 0}};
    std::array<char, 16384> block{};
    while (::poll(ends, 2, 5000) > 0) {
      if (ends[0].revents != 0) {
        const auto got = ::read(pair[1], block.data(), block.size());
        if (got <= 0) break;
        for (ssize_t i = 0; i < got; ++i) raw.send({block.data() + i, 1});
      }
      if (ends[1].revents != 0) {
        const auto got = ::read(raw.fd(), block.data(), block.size());
        if (got <= 0) break;
        if (::write(pair[1], block.data(), static_cast<std::size_t>(got)) <= 0) break;
      }
    }
    ::close(pair[1]);
  });
  const std::unique_ptr<SSL_CTX, test::FreeSsl> context(SSL_CTX_new(TLS_client_method()));
  const std::unique_ptr<SSL, test::FreeSsl> ssl(SSL_new(context.get()));
  SSL_set_tlsext_host_name(ssl.get(), "a.example");
  SSL_set_fd(ssl.get(), pair[0]);
  EXPECT_EQ(SSL_connect(ssl.get()), 1);
  std::string text(5, '\0');
  std::size_t got = 0;
  EXPECT_EQ(SSL_read_ex(ssl.get(), text.data(), text.size(), &got), 1);
  EXPECT_EQ(text, "local");
  ::close(pair[0]);
}

TEST_P(TlsEngineTest, ANewCertificateServesNewConnectionsAndEndsNoOldOne) {
  serve_example();
  TlsClient old = client("a.example");
  old.line();
  model::v1::Delta delta;
  delta.set_base_generation(1);
  delta.set_generation(2);
  FrontendModel next;
  const PemPair renewed = make_certificate({"renewed.example"});
  next.key("key/renewed", renewed.certificate, renewed.key);
  next.https("web", address_, "", {"key/renewed"});
  const model::v1::Model built = next.build();
  for (const auto& resource : built.resources()) *delta.add_changed() = resource;
  delta.add_removed("key/a");
  ASSERT_TRUE(store_.apply(delta));
  EXPECT_TRUE(engine_->apply(store_, {"frontend/web", "key/renewed", "key/a"}).empty());
  EXPECT_EQ(client("a.example").certificate_name(), "renewed.example");
  old.send("still here");
  EXPECT_EQ(old.bytes(10), "still here");
}

TEST_P(TlsEngineTest, AKeyThatIsNoneClosesItsListenerAndNoOther) {
  key("key/good", make_certificate({"good.example"}));
  model_.key("key/bad", "no certificate", "no key");
  const PemPair one = make_certificate({"mixed.example"});
  model_.key("key/mixed", one.certificate, make_certificate({"mixed.example"}).key);
  model_.https("good", address_, "good.example", {"key/bad", "key/good"});
  model_.https("bad", address_, "bad.example", {"key/bad", "key/mixed", "key/missing"});
  const auto errors = apply();
  EXPECT_EQ(errors.at("frontend/bad"), "no usable certificate: connections are refused");
  EXPECT_EQ(errors.at("key/bad"), "tls.crt: no start line");
  EXPECT_EQ(errors.at("key/mixed"), "tls.key is not tls.crt's: key values mismatch");
  EXPECT_EQ(errors.at("key/missing"), "the model does not have it");
  EXPECT_FALSE(errors.contains("frontend/good"));
  EXPECT_TRUE(client("good.example").connected());
  EXPECT_FALSE(client("bad.example").connected());
  EXPECT_NE(engine_->metrics().find("sluice_engine_refused_total{reason=\"no_certificate\"} 1\n"), std::string::npos);
}

TEST_P(TlsEngineTest, ClearTextOnATlsPortIsReset) {
  serve_example();
  test::Client raw(address_);
  raw.send("GET / HTTP/1.1\r\n\r\n");
  raw.rest();
  EXPECT_EQ(raw.error(), ECONNRESET);
}

TEST_P(TlsEngineTest, CertificatesSayWhenTheyEnd) {
  serve_example();
  EXPECT_NE(engine_->metrics().find("sluice_certificate_expiry_timestamp_seconds{secret=\"default/key/a\"} "),
            std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Io, TlsEngineTest, testing::Values("epoll", "io_uring"),
                         [](const auto& tested) { return std::string(tested.param); });

}  // namespace
}  // namespace sluice::l7
