// Calls of gRPC: which rule takes one, by HTTP/2 to the backend, and what the engine answers itself.
#include <chrono>

#include "http2_peer.h"

namespace sluice::l7::test {
namespace {

using std::chrono::milliseconds;

model::v1::GrpcMethodMatch method(const std::string& service, const std::string& name, bool regex = false) {
  model::v1::GrpcMethodMatch match;
  match.set_type(regex ? model::v1::GrpcMethodMatch::REGULAR_EXPRESSION : model::v1::GrpcMethodMatch::EXACT);
  match.set_service(service);
  match.set_method(name);
  return match;
}

bool takes(const model::v1::GrpcMethodMatch& match, const std::string& path, bool grpc = true) {
  HostBuilder host("");
  *host.rule("r").mutable_grpc() = match;
  const auto slot = [](const std::string&) { return std::shared_ptr<const BackendSlot>(); };
  const auto table = HostTable::make(host.build(), slot, [](const auto&) { return nullptr; });
  return table->find({.method = "POST", .host = "", .path = path, .query = "", .headers = {}, .grpc = grpc}) != nullptr;
}

TEST(GrpcMatch, IsByServiceAndMethod) {
  EXPECT_TRUE(takes(method("a.B", "Get"), "/a.B/Get"));
  EXPECT_FALSE(takes(method("a.B", "Get"), "/a.B/get"));
  EXPECT_FALSE(takes(method("a.B", "Get"), "/a.C/Get"));
  EXPECT_TRUE(takes(method("a.B", ""), "/a.B/Any"));
  EXPECT_FALSE(takes(method("a.B", ""), "/a.Bc/Any"));
  EXPECT_TRUE(takes(method("", "Get"), "/x.Y/Get"));
  EXPECT_FALSE(takes(method("", "Get"), "/x.Y/GetAll"));
  EXPECT_TRUE(takes(method("", ""), "/x.Y/Any"));
}

TEST(GrpcMatch, ExpressionsMatchTheWhole) {
  EXPECT_TRUE(takes(method("a\\.[A-Z]", "Get.*", true), "/a.B/GetAll"));
  EXPECT_FALSE(takes(method("a\\.[A-Z]", "Get.*", true), "/a.BB/GetAll"));
  EXPECT_TRUE(takes(method("", "Get|Put", true), "/a.B/Put"));
  EXPECT_FALSE(takes(method("", "Get|Put", true), "/a.B/Putt"));
}

TEST(GrpcMatch, TakesNothingButCalls) {
  EXPECT_FALSE(takes(method("a.B", "Get"), "/a.B/Get", false));
  EXPECT_FALSE(takes(method("", ""), "/x.Y/Any", false));
}

TEST(GrpcMatch, ContentTypesOfCalls) {
  for (const auto* type : {"application/grpc", "application/grpc+proto", "application/grpc;x=y", "Application/gRPC"}) {
    EXPECT_TRUE(is_grpc_type(type)) << type;
  }
  for (const auto* type :
       {"application/grpc-web", "application/grpc-web+proto", "application/grp", "application/json", ""}) {
    EXPECT_FALSE(is_grpc_type(type)) << type;
  }
}

/// One rule for a.B/Get, and a client. The Service says nothing of its protocol. Declared behind its origin.
class Calls : public Gateway {
 public:
  explicit Calls(const std::vector<std::uint16_t>& ports)
      : Gateway({.body_timeout = milliseconds(100), .backend_silence = milliseconds(2000)}) {
    serve_rule(ports);
    socket_ = client();
    peer = std::make_unique<Http2Peer>(socket_, Http2Peer::Options{});
  }
  void serve_rule(const std::vector<std::uint16_t>& ports) {
    auto& action = one_rule(ports);
    auto& entry = host().entry();
    entry.mutable_match()->clear_path();
    *entry.mutable_match()->mutable_grpc() = method("a.B", "Get");
    action.set_grpc(true);
    action.mutable_route()->set_kind("GRPCRoute");
    start();
  }
  const Http2Message& call(const std::string& path, FieldList fields = {}) {
    return peer->whole(peer->call(path, std::move(fields), "12345"));
  }
  std::unique_ptr<Http2Peer> peer;

 private:
  Socket socket_;
};

void expect_refused(const Http2Message& answer, const std::string& status, const std::string& reason) {
  EXPECT_TRUE(answer.head_ended);  // trailers-only
  EXPECT_EQ(answer.get(":status"), "200");
  EXPECT_EQ(answer.get("content-type"), "application/grpc");
  EXPECT_EQ(answer.get("grpc-status"), status);
  EXPECT_TRUE(answer.get("grpc-message").starts_with(reason)) << answer.get("grpc-message");
}

TEST(Grpc, ACallGoesByHttp2WhateverTheServiceSaysNot) {
  Origin origin(http2_origin([](Http2Peer& peer, std::int32_t stream, Http2Message& request, int) {
    EXPECT_EQ(request.get("te"), "trailers");
    EXPECT_EQ(request.get("content-type"), "application/grpc");
    EXPECT_EQ(request.get("grpc-timeout"), "1S");
    peer.respond(stream, {{":status", "200"}, {"content-type", "application/grpc"}}, request.body, true,
                 {{"grpc-status", "0"}, {"grpc-message", ""}});
  }));
  Calls gateway({origin.port()});
  const Http2Message& answer = gateway.call("/a.B/Get", {{"grpc-timeout", "1S"}});
  EXPECT_EQ(answer.body, "12345");
  EXPECT_EQ(answer.trailer("grpc-status"), "0");
}

TEST(Grpc, AnAnswerThatIsAllTrailersStaysSo) {
  Origin origin(http2_origin([](Http2Peer& peer, std::int32_t stream, Http2Message&, int) {
    peer.respond(stream, {{":status", "200"}, {"content-type", "application/grpc"}, {"grpc-status", "5"}});
  }));
  Calls gateway({origin.port()});
  const Http2Message& answer = gateway.call("/a.B/Get");
  EXPECT_TRUE(answer.head_ended);
  EXPECT_EQ(answer.get("grpc-status"), "5");
}

TEST(Grpc, WithoutARuleACallIsUnimplementedAndAnyOtherRequest404) {
  Calls gateway({1});
  expect_refused(gateway.call("/a.B/Put"), "12", "no_rule");
  expect_refused(gateway.call("/a.B/Get", {{":authority", "b.test"}}), "12", "no_host");
  const Http2Message& other = gateway.peer->whole(
      gateway.peer->request({{":method", "POST"}, {":path", "/a.B/Get"}, {"content-type", "text/plain"}}, "x"));
  EXPECT_EQ(other.get(":status"), "404");
}

TEST(Grpc, BackendsThatAreNoneAreUnavailable) {
  const RefusingPort refusing;
  Calls gateway({});
  expect_refused(gateway.call("/a.B/Get"), "14", "no_endpoints");
  gateway.serve_rule({refusing.port()});
  expect_refused(gateway.call("/a.B/Get"), "14", "connect_failed");
  gateway.host().action().mutable_backends(0)->set_weight(0);
  gateway.start();
  expect_refused(gateway.call("/a.B/Get"), "14", "no_backend");
}

TEST(Grpc, EachReasonHasItsStatus) {
  EXPECT_EQ(grpc_status(Reason::kNoRule), 12U);
  EXPECT_EQ(grpc_status(Reason::kBadTarget), 13U);
  EXPECT_EQ(grpc_status(Reason::kInvalidBackend), 14U);
  EXPECT_EQ(grpc_status(Reason::kUpstreamReset), 14U);
  EXPECT_EQ(grpc_status(Reason::kRequestTimeout), 14U);
  EXPECT_EQ(grpc_status(Reason::kUnsupported), 2U);
}

TEST(Grpc, AStreamMayBeSilentAsLongAsItsBackendMay) {
  Origin origin([](Socket& socket, int) {
    Http2Peer peer(socket, {.server = true});
    peer.on_request = [](Http2Peer& to, std::int32_t stream, Http2Message& request) {
      to.respond(stream, {{":status", "200"}}, request.body, true, {{"grpc-status", "0"}});
    };
    peer.serve();
  });
  Calls gateway({origin.port()});
  const auto id = gateway.peer->call("/a.B/Get", {}, "", false);
  gateway.peer->until([&, since = std::chrono::steady_clock::now()] {
    return std::chrono::steady_clock::now() - since > milliseconds(250);
  });
  EXPECT_FALSE(gateway.peer->all().contains(id) && (*gateway.peer)[id].has_head);
  gateway.peer->send_data(id, "late", true);
  EXPECT_EQ(gateway.peer->whole(id).body, "late");
  const auto silent = gateway.peer->call("/a.B/Get", {}, "", false);
  expect_refused(gateway.peer->whole(silent), "14", "backend_silent");
}

}  // namespace
}  // namespace sluice::l7::test
