// Filters, answers of the engine's own, and the log: as they are on the wire and in the file.
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "http_harness.h"

namespace sluice::l7::test {
namespace {

model::v1::Header& set(model::v1::HeaderModifier& modifier, const char* name, const char* value) {
  auto& header = *modifier.add_set();
  header.set_name(name);
  header.set_value(value);
  return header;
}

std::string body_of(const std::string& response) {
  return response.substr(response.find("\r\n\r\n") + 4);
}

TEST(HttpFilters, HeadersAreEditedInTheOrderOfTheFilters) {
  Origin origin(Origin::echo());
  Gateway gateway;
  auto& action = gateway.one_rule({origin.port()});
  auto& of_rule = *action.add_filters()->mutable_request_headers();
  set(of_rule, "X-Set", "rule");
  set(of_rule, "X-Forwarded-Host", "mine");
  auto& added = *of_rule.add_add();
  added.set_name("X-Add");
  added.set_value("2");
  of_rule.add_remove("x-gone");
  set(*action.add_filters()->mutable_response_headers(), "Date", "y");
  auto& of_backend = *action.mutable_backends(0)->add_filters()->mutable_request_headers();
  set(of_backend, "x-set", "backend");
  gateway.start();
  Socket client = gateway.client();
  client.send("GET / HTTP/1.1\r\nHost: a.test\r\nX-Set: client\r\nX-Add: 1\r\nX-Gone: 1\r\nKept: 1\r\n\r\n");
  const std::string response = client.read_message();
  EXPECT_EQ(body_of(response),
            "GET / HTTP/1.1\r\nHost: a.test\r\nX-Add: 1\r\nKept: 1\r\nX-Forwarded-For: 127.0.0.1\r\n"
            "X-Forwarded-Proto: http\r\nX-Forwarded-Host: mine\r\nX-Add: 2\r\nx-set: backend\r\n\r\n");
  EXPECT_NE(response.find("\r\nDate: y\r\n"), std::string::npos);
  EXPECT_EQ(response.find("Date: x"), std::string::npos);
}

TEST(HttpFilters, AHostAndAPrefixAreRewritten) {
  Origin origin(Origin::echo());
  Gateway gateway;
  auto& action = gateway.one_rule({origin.port()});
  gateway.host().entry().mutable_match()->mutable_path()->set_value("/old");
  auto& rewrite = *action.add_filters()->mutable_rewrite();
  rewrite.set_hostname("b.test");
  rewrite.mutable_path()->set_replace_prefix_match("/new");
  gateway.start();
  Socket client = gateway.client();
  client.send("GET http://a.test/%6fld/x%20y?q HTTP/1.1\r\nHost: a.test\r\n\r\n");
  EXPECT_EQ(body_of(client.read_message()),
            "GET /new/x%20y?q HTTP/1.1\r\nHost: b.test\r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\n"
            "X-Forwarded-Host: a.test\r\n\r\n");
}

TEST(HttpFilters, ARequestForTheServerAsAWholeHasNoPathToRewrite) {
  Origin origin(Origin::echo());
  Gateway gateway;
  auto& action = gateway.one_rule({origin.port()});
  auto& rewrite = *action.add_filters()->mutable_rewrite();
  rewrite.mutable_path()->set_replace_prefix_match("/new");
  gateway.start();
  Socket client = gateway.client();
  for (const auto* target : {"*", "http://a.test"}) {
    client.send(std::string("OPTIONS ") + target + " HTTP/1.1\r\nHost: a.test\r\n\r\n");
    EXPECT_TRUE(body_of(client.read_message()).starts_with("OPTIONS * HTTP/1.1\r\n")) << target;
  }
}

TEST(HttpFilters, ARedirectIsAnsweredHere) {
  Gateway gateway;
  auto& action = gateway.one_rule({1});
  auto& redirect = *action.add_filters()->mutable_redirect();
  redirect.set_scheme("https");
  redirect.set_status_code(301);
  gateway.start();
  Socket client = gateway.client();
  client.send("GET /x?y HTTP/1.1\r\nHost: a.test:99\r\n\r\n");
  const std::string response = client.read_message();
  EXPECT_TRUE(response.starts_with("HTTP/1.1 301 Moved Permanently\r\n"));
  EXPECT_NE(response.find("\r\nLocation: https://a.test/x?y\r\n"), std::string::npos) << response;
  EXPECT_TRUE(Gateway::eventually([&] { return gateway.ended(Reason::kRedirected) == 1; }));
}

TEST(HttpFilters, WhatIsNotUnderstoodFailsClosed) {
  Origin origin(Origin::always(kOk));
  Gateway gateway;
  gateway.one_rule({origin.port()}).set_unsupported("rules[0].retry");
  gateway.start();
  Socket client = gateway.client();
  client.send(kGet);
  EXPECT_TRUE(client.read_message().starts_with("HTTP/1.1 500 "));
  set(*gateway.one_rule({origin.port()}).add_filters()->mutable_request_headers(), "Content-Length", "9");
  gateway.start();
  client.send(kGet);
  EXPECT_TRUE(client.read_message().starts_with("HTTP/1.1 500 "));
  EXPECT_TRUE(Gateway::eventually([&] { return gateway.ended(Reason::kUnsupported) == 2; }));
  EXPECT_EQ(origin.connections(), 0);
}

struct Answer {
  const char* name;
  const char* request;
  const char* status;
  const char* reason;
};

class OwnAnswers : public testing::TestWithParam<Answer> {};

TEST_P(OwnAnswers, NameTheirReason) {
  Gateway gateway;
  gateway.one_rule({1});
  gateway.host().entry().mutable_match()->mutable_path()->set_value("/only");
  gateway.host().prefix("empty", "/empty");
  ModelBuilder model;
  model.listen("gw", gateway.port(), "*.test").host(gateway.host().build()).backend("b", {});
  gateway.serve(model);
  Socket client = gateway.client();
  client.send(GetParam().request);
  const std::string response = client.read_message();
  EXPECT_TRUE(response.starts_with(std::string("HTTP/1.1 ") + GetParam().status)) << response;
  EXPECT_TRUE(body_of(response).starts_with(std::string(GetParam().reason) + ": ")) << response;
}

INSTANTIATE_TEST_SUITE_P(
    Reasons, OwnAnswers,
    testing::Values(Answer{"NoListener", "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n", "404", "no_listener"},
                    Answer{"NoHost", "GET / HTTP/1.1\r\nHost: b.test\r\n\r\n", "404", "no_host"},
                    Answer{"NoRule", "GET /x HTTP/1.1\r\nHost: a.test\r\n\r\n", "404", "no_rule"},
                    Answer{"NoBackend", "GET /empty HTTP/1.1\r\nHost: a.test\r\n\r\n", "500", "no_backend"},
                    Answer{"NoEndpoints", "GET /only HTTP/1.1\r\nHost: a.test\r\n\r\n", "503", "no_endpoints"},
                    Answer{"HostInAnyCase", "GET /only HTTP/1.1\r\nHost: A.Test:80\r\n\r\n", "503", "no_endpoints"}),
    [](const testing::TestParamInfo<Answer>& row) { return std::string(row.param.name); });

TEST(AccessLog, ALineARequestWithRuleAndReason) {
  const std::string path = testing::TempDir() + "access-" + std::to_string(::getpid()) + ".log";
  std::uint16_t port = 0;
  {
    auto log = AccessLog::open(path).value();
    Origin origin(Origin::always(kOk));
    port = origin.port();
    Gateway gateway({}, default_io(), log.get());
    gateway.start({origin.port()});
    Socket client = gateway.client();
    client.send("POST /a?\"b\" HTTP/1.1\r\nHost: a.test\r\nContent-Length: 3\r\n\r\nabc");
    client.read_message();
    client.send("GET / HTTP/1.1\r\nHost: b.test\r\n\r\n");
    client.read_message();
  }
  std::ifstream file(path);
  std::string first;
  std::string second;
  std::getline(file, first);
  std::getline(file, second);
  ::unlink(path.c_str());
  const std::string middle =
      R"("listener":"gw","method":"POST","host":"a.test","target":"/a?\u0022b\u0022","protocol":"HTTP/1.1",)"
      R"("status":200,"reason":"forwarded","route":"HTTPRoute/default/r","rule":"0","backend":"b",)"
      R"("endpoint":"127.0.0.1:)" +
      std::to_string(port) + R"(","request_bytes":3,"response_bytes":2,"duration_ms":)";
  EXPECT_TRUE(first.starts_with(R"({"time":"20)")) << first;
  EXPECT_NE(first.find(middle), std::string::npos) << first;
  EXPECT_NE(second.find(R"("status":404,"reason":"no_host","request_bytes":0)"), std::string::npos) << second;
}

TEST(AccessLog, AReopenedLogGoesOnInANewFile) {
  const std::string path = testing::TempDir() + "rotate-" + std::to_string(::getpid()) + ".log";
  auto log = AccessLog::open(path).value();
  log->write("one\n");
  ASSERT_EQ(::rename(path.c_str(), (path + ".1").c_str()), 0);
  ASSERT_TRUE(log->reopen());
  log->write("two\n");
  std::stringstream now;
  now << std::ifstream(path).rdbuf();
  EXPECT_EQ(now.str(), "two\n");
  ::unlink(path.c_str());
  ::unlink((path + ".1").c_str());
  EXPECT_FALSE(AccessLog::open("/nowhere/at/all"));
}

// Standard output, a pipe whose reader is slow: sluiced under a log collector.
TEST(AccessLog, AFullPipeCostsLinesAndNoTime) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const int out = ::dup(STDOUT_FILENO);
  ::dup2(ends[1], STDOUT_FILENO);
  auto log = AccessLog::open("-").value();
  ::dup2(out, STDOUT_FILENO);
  ::close(out);
  ::close(ends[1]);
  const auto read_all = [&] {
    std::string text(1 << 20, '\0');
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(0, ::read(ends[0], text.data(), text.size()))));
    return text;
  };
  std::string lines;
  for (int i = 0; i < 300; ++i) lines += std::string(99, 'a') + "\n";
  std::size_t written = 0;
  while (log->lost_bytes() == 0 && written < (1U << 20)) {
    log->write(lines);
    written += lines.size();
  }
  ASSERT_GT(log->lost_bytes(), 0U);
  const std::string taken = read_all();
  EXPECT_EQ(taken.size() + log->lost_bytes(), written);
  EXPECT_EQ(taken.size() % 100, 0U) << "a line was cut";
  // A line that a pipe does not take as one may be cut; the next one then begins anew.
  log->write(std::string(100'000, 'b') + "\n");
  EXPECT_EQ(read_all().find_first_not_of('b'), std::string::npos);
  log->write("c\n");
  EXPECT_EQ(read_all(), "\nc\n");
  log->write("d\n");
  EXPECT_EQ(read_all(), "d\n");
  ::close(ends[0]);
}

TEST(AccessLog, ANamedPipeThatNobodyReadsIsAnError) {
  const std::string path = testing::TempDir() + "pipe-" + std::to_string(::getpid()) + ".log";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_FALSE(AccessLog::open(path));
  ::unlink(path.c_str());
}

TEST(HttpMetrics, CountByRuleAndByReason) {
  Origin origin(Origin::always(kOk));
  Gateway gateway;
  gateway.start({origin.port()});
  Socket client = gateway.client();
  client.send(kGet);
  client.read_message();
  client.send("GET / HTTP/1.1\r\nHost: b.test\r\n\r\n");
  client.read_message();
  ASSERT_TRUE(Gateway::eventually([&] { return gateway.ended(Reason::kNoHost) == 1; }));
  const std::string text = gateway.metrics();
  for (const char* line :
       {"sluice_http_requests_total{route=\"HTTPRoute/default/r\",rule=\"0\",code_class=\"2xx\",method=\"GET\"} 1\n",
        "sluice_http_request_duration_seconds_count{route=\"HTTPRoute/default/r\",rule=\"0\"} 1\n",
        "sluice_http_request_duration_seconds_bucket{route=\"HTTPRoute/default/r\",rule=\"0\",le=\"0.00025\"} ",
        "sluice_l7_requests_ended_total{reason=\"no_host\"} 1\n", "sluice_l7_client_connections_active 1\n",
        "sluice_l7_upstream_connections_idle 1\n", "sluice_l7_upstream_connect_duration_seconds_count 1\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
  }
}

TEST(HttpMetrics, AStatusOfNoKnownClassCountsAsAServersError) {
  Origin origin(Origin::always("HTTP/1.1 999 Odd\r\nDate: x\r\nContent-Length: 0\r\n\r\n"));
  Gateway gateway;
  gateway.start({origin.port()});
  Socket client = gateway.client();
  client.send(kGet);
  EXPECT_TRUE(client.read_message().starts_with("HTTP/1.1 999 Odd\r\n"));
  ASSERT_TRUE(Gateway::eventually([&] { return gateway.ended(Reason::kForwarded) == 1; }));
  EXPECT_NE(gateway.metrics().find("code_class=\"5xx\",method=\"GET\"} 1\n"), std::string::npos);
}

}  // namespace
}  // namespace sluice::l7::test
