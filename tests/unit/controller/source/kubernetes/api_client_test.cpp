// Requests to an API server that misbehaves: who we are, whom we trust, when to ask again, and what an error says.
#include "controller/source/kubernetes/api_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "tests/unit/controller/source/folder.h"
#include "tests/unit/controller/source/kubernetes/fake_api_server.h"

namespace sluice::kubernetes {
namespace {

namespace asio = boost::asio;
using ::testing::HasSubstr;
using ::testing::SizeIs;

using Answer = std::expected<std::string, ApiError>;

HttpRequest get(const std::string& target) {
  HttpRequest out;
  out.target = target;
  return out;
}

class Client {
 public:
  explicit Client(const Cluster& cluster, ClientLimits limits = {})
      : client_(context_.get_executor(), cluster, limits, 2) {}

  Answer call(HttpRequest request, std::chrono::milliseconds timeout = std::chrono::seconds(5)) {
    Answer out;
    asio::co_spawn(context_, client_.call(std::move(request), timeout),
                   [&](const std::exception_ptr&, Answer answer) { out = std::move(answer); });
    context_.restart();
    context_.run();
    return out;
  }
  /// Several at one time.
  std::vector<Answer> call_all(const std::vector<HttpRequest>& requests) {
    std::vector<Answer> out(requests.size());
    for (std::size_t i = 0; i < requests.size(); ++i) {
      asio::co_spawn(context_, client_.call(requests[i], std::chrono::seconds(5)),
                     [&out, i](const std::exception_ptr&, Answer answer) { out[i] = std::move(answer); });
    }
    context_.restart();
    context_.run();
    return out;
  }

 private:
  asio::io_context context_;
  ApiClient client_;
};

std::string words(const Answer& answer) {
  return answer ? "answered" : to_string(answer.error());
}

class ApiClientTest : public ::testing::Test {
 protected:
  ApiClientTest() {
    server.world().serve(services, "Service");
    server.world().put(services, R"({"metadata":{"namespace":"n","name":"a"}})");
  }
  const Resource services{"", "v1", "services"};
  const std::string path = "/api/v1/namespaces/n/services/a";
  FakeApiServer server;
};

TEST_F(ApiClientTest, AnswersAreReadAndConnectionsKept) {
  Client client(server.cluster());
  for (int i = 0; i < 3; ++i) EXPECT_THAT(client.call(get(path)).value(), HasSubstr(R"("name":"a")"));
  EXPECT_THAT(server.seen(path), SizeIs(3));
  EXPECT_EQ(server.seen(path).front().authorization, "");
}

TEST_F(ApiClientTest, AKeptConnectionThatTheServerClosedIsReplacedUnseen) {
  Client client(server.cluster());
  EXPECT_TRUE(client.call(get(path)).has_value());
  server.stop();
  server.start();
  EXPECT_TRUE(client.call(get(path)).has_value());
}

TEST_F(ApiClientTest, OneThatIsClosedInsteadOfAnAnswerIsReplacedOnceButNotForAPost) {
  Client client(server.cluster());
  EXPECT_TRUE(client.call(get(path)).has_value());
  server.fault({.request = "GET", .closes = true});
  EXPECT_TRUE(client.call(get(path)).has_value());
  EXPECT_THAT(server.seen("GET"), SizeIs(3));
  HttpRequest post = get("/api/v1/events");
  post.method = HttpMethod::kPost;
  server.fault({.request = "POST", .closes = true});
  EXPECT_EQ(client.call(post).error().kind, ApiErrorKind::kUnreachable) << "it may have been carried out";
  EXPECT_THAT(server.seen("POST"), SizeIs(1));
}

TEST_F(ApiClientTest, AnAnswerThatIsCutOffIsNone) {
  Client client(server.cluster());
  server.fault({.request = "GET", .cut = 3});
  EXPECT_THAT(words(client.call(get(path))), HasSubstr("response: partial message"));
}

TEST_F(ApiClientTest, MoreRequestsThanConnectionsWaitForTheirTurn) {
  Client client(server.cluster());
  for (int i = 0; i < 2; ++i) server.fault({.request = path, .delay = std::chrono::milliseconds(50)});
  for (const auto& answer : client.call_all(std::vector(9, get(path))))
    EXPECT_TRUE(answer.has_value()) << words(answer);
}

TEST_F(ApiClientTest, ASlowServerIsGivenUp) {
  Client client(server.cluster());
  server.fault({.request = path, .delay = std::chrono::seconds(60)});
  const auto answer = client.call(get(path), std::chrono::milliseconds(50));
  EXPECT_EQ(answer.error().kind, ApiErrorKind::kUnreachable);
  EXPECT_THAT(words(answer), HasSubstr("request: no answer in time"));
}

TEST_F(ApiClientTest, AServerThatIsNotThereIsNamed) {
  server.stop();
  const auto answer = Client(server.cluster()).call(get(path));
  EXPECT_EQ(answer.error().kind, ApiErrorKind::kUnreachable);
  EXPECT_EQ(words(answer), to_string(server.cluster().server) + ": connect: Connection refused");
}

TEST_F(ApiClientTest, A401ReadsTheTokenAgainAndAsksOnceMore) {
  source::Folder folder;
  folder.write("token", "old");
  Cluster cluster = server.cluster();
  cluster.token_file = folder / "token";
  Client client(cluster);
  EXPECT_TRUE(client.call(get(path)).has_value());
  folder.replace("token", "new");
  server.fault({.request = path, .status = 401});
  EXPECT_TRUE(client.call(get(path)).has_value());
  const auto seen = server.seen(path);
  ASSERT_THAT(seen, SizeIs(3));
  EXPECT_EQ(seen[0].authorization, "Bearer old");
  EXPECT_EQ(seen[1].authorization, "Bearer old");
  EXPECT_EQ(seen[2].authorization, "Bearer new");
  for (int i = 0; i < 2; ++i) server.fault({.request = path, .status = 401, .body = "Unauthorized"});
  const auto refused = client.call(get(path));
  EXPECT_EQ(refused.error().kind, ApiErrorKind::kUnauthorized);
  EXPECT_THAT(server.seen(path), SizeIs(5)) << "once more, not for ever";
}

TEST_F(ApiClientTest, AFixedTokenIsNotAskedTwice) {
  Cluster cluster = server.cluster();
  cluster.token = "fixed";
  server.fault({.request = path, .status = 401});
  EXPECT_EQ(Client(cluster).call(get(path)).error().status, 401U);
  ASSERT_THAT(server.seen(path), SizeIs(1));
  EXPECT_EQ(server.seen(path).front().authorization, "Bearer fixed");
}

TEST_F(ApiClientTest, ABusyServerIsAskedAgainWhenItSaysAndNotBefore) {
  Client client(server.cluster());
  server.fault({.request = path, .status = 429, .header = "Retry-After: 1"});
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(client.call(get(path)).has_value());
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
  server.fault({.request = path, .status = 503, .header = "Retry-After: 60"});
  const auto late = client.call(get(path), std::chrono::seconds(5));
  EXPECT_EQ(late.error().retry_after, std::chrono::seconds(60)) << "beyond the time: the caller's business";
  server.fault({.request = path, .status = 500});
  EXPECT_EQ(client.call(get(path)).error().status, 500U) << "without Retry-After: the caller's business";
}

TEST_F(ApiClientTest, ATooLongAnswerIsNotRead) {
  ClientLimits limits;
  limits.response_bytes = 100;
  Client client(server.cluster(), limits);
  server.fault({.request = path, .status = 200, .body = std::string(100, 'x')});
  EXPECT_TRUE(client.call(get(path)).has_value());
  server.fault({.request = path, .status = 200, .body = std::string(101, 'x')});
  EXPECT_EQ(client.call(get(path)).error().kind, ApiErrorKind::kTooLarge);
  EXPECT_TRUE(client.call(get(path)).has_value());
}

TEST_F(ApiClientTest, AnAnswerThatIsNoHttpIsAnError) {
  Client client(server.cluster());
  server.fault({.request = path, .status = 200, .header = "no field at all"});
  EXPECT_EQ(client.call(get(path)).error().kind, ApiErrorKind::kUnreachable);
}

TEST_F(ApiClientTest, ABodyGoesWithItsTypeAndAPrefixBeforeThePath) {
  Cluster cluster = server.cluster();
  cluster.server.prefix = "/k8s";
  HttpRequest request = get("/apis");
  request.method = HttpMethod::kPatch;
  request.content_type = "application/json-patch+json";
  request.body = "[]";
  server.fault({.request = "PATCH", .status = 200, .body = "{}"});
  EXPECT_EQ(Client(cluster).call(request).value(), "{}");
  const auto seen = server.seen("PATCH /k8s/apis");
  ASSERT_THAT(seen, SizeIs(1));
  EXPECT_EQ(seen.front().content_type, "application/json-patch+json");
  EXPECT_EQ(seen.front().body, "[]");
}

class ApiClientTls : public ::testing::Test {
 protected:
  /// What comes of a request to a server with a certificate of these names.
  std::string words_with(const std::string& names, const std::function<void(Cluster&)>& change,
                         const std::string& clients = "") {
    FakeApiServer server(authority.issue("server", names), clients);
    server.world().serve({"", "v1", "services"}, "Service");
    Cluster cluster = server.cluster();
    cluster.certificate_authority.text = authority.certificate();
    change(cluster);
    return words(Client(cluster).call(get("/api/v1")));
  }
  Authority authority{"ca"};
  Authority other{"other"};
};

TEST_F(ApiClientTls, TheCertificateMustBeOfTheAuthorityAndNameTheServer) {
  const auto nothing = [](Cluster&) {};
  EXPECT_EQ(words_with("IP:127.0.0.1", nothing), "answered");
  EXPECT_EQ(words_with("DNS:kubernetes", [](Cluster& cluster) { cluster.tls_server_name = "kubernetes"; }), "answered");
  EXPECT_THAT(words_with("IP:127.0.0.2", nothing),
              HasSubstr("TLS: the server's certificate is not trusted: IP address mismatch"));
  EXPECT_THAT(words_with("DNS:a", [](Cluster& cluster) { cluster.tls_server_name = "b"; }),
              HasSubstr("the server's certificate is not trusted: hostname mismatch"));
  EXPECT_THAT(
      words_with("IP:127.0.0.1", [&](Cluster& cluster) { cluster.certificate_authority.text = other.certificate(); }),
      HasSubstr("the server's certificate is not trusted: unable to get local issuer certificate"));
  EXPECT_THAT(words_with("IP:127.0.0.1", [](Cluster& cluster) { cluster.certificate_authority.text = ""; }),
              HasSubstr("the server's certificate is not trusted"));
}

TEST_F(ApiClientTls, WhoAsksForNoTrustGetsNone) {
  EXPECT_EQ(words_with("IP:127.0.0.2",
                       [](Cluster& cluster) {
                         cluster.certificate_authority.text = "";
                         cluster.insecure_skip_tls_verify = true;
                       }),
            "answered");
}

TEST_F(ApiClientTls, AClientCertificateIsShown) {
  const KeyPair me = authority.issue("me", "");
  const auto show = [](const KeyPair& pair) {
    return [pair](Cluster& cluster) {
      cluster.client_certificate.text = pair.certificate;
      cluster.client_key.text = pair.key;
    };
  };
  EXPECT_EQ(words_with("IP:127.0.0.1", show(me), authority.certificate()), "answered");
  EXPECT_NE(words_with("IP:127.0.0.1", show(other.issue("me", "")), authority.certificate()), "answered");
  EXPECT_NE(words_with("IP:127.0.0.1", [](Cluster&) {}, authority.certificate()), "answered");
}

TEST_F(ApiClientTls, ARotatedAuthorityNeedsNoRestart) {
  source::Folder folder;
  folder.write("ca.crt", other.certificate());
  FakeApiServer server(authority.issue("server", "IP:127.0.0.1"), "");
  server.world().serve({"", "v1", "services"}, "Service");
  Cluster cluster = server.cluster();
  cluster.certificate_authority.file = folder / "ca.crt";
  Client client(cluster);
  EXPECT_THAT(words(client.call(get("/api/v1"))), HasSubstr("is not trusted"));
  folder.replace("ca.crt", authority.certificate());
  EXPECT_EQ(words(client.call(get("/api/v1"))), "answered");
  folder.remove("ca.crt");
  EXPECT_EQ(words(client.call(get("/api/v1"))), "answered") << "over the kept connection";
}

TEST_F(ApiClientTls, AServerThatSpeaksNoTlsIsNamed) {
  FakeApiServer server;
  Cluster cluster = server.cluster();
  cluster.server.tls = true;
  EXPECT_THAT(words(Client(cluster).call(get("/api/v1"))), HasSubstr("TLS: "));
}

}  // namespace
}  // namespace sluice::kubernetes
