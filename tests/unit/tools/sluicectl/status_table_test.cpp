#include "tools/sluicectl/status_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "tools/sluicectl/condition.h"

namespace sluice::ctl {
namespace {

using testing::HasSubstr;
using testing::Not;

boost::json::object list_of(const char* items) {
  return boost::json::parse(std::string(R"({"apiVersion": "v1", "kind": "List", "items": [)") + items + "]}")
      .as_object();
}

constexpr const char* kRoute = R"({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
  "metadata": {"name": "cart", "namespace": "shop"},
  "spec": {"hostnames": ["a.example", "b.example"], "parentRefs": [{"name": "edge"}, {"name": "edge", "namespace": "net"}]},
  "status": {"parents": [
    {"parentRef": {"name": "edge", "namespace": "shop", "sectionName": "http"}, "conditions": [
      {"type": "Accepted", "status": "True", "reason": "Accepted", "message": "accepted"},
      {"type": "ResolvedRefs", "status": "False", "reason": "BackendNotFound", "message": "Service shop/x is not there"}]},
    {"parentRef": {"kind": "ListenerSet", "name": "edge", "namespace": "net"}, "conditions": [
      {"type": "Accepted", "status": "True", "reason": "Accepted", "message": "accepted"},
      {"type": "PartiallyInvalid", "status": "True", "reason": "UnsupportedValue", "message": "rule\u001b[1m 1"}]}]}})";

TEST(StatusTables, ARouteHasALineForEachParentThatAnswered) {
  EXPECT_EQ(
      status_tables(list_of(kRoute), {}),
      "NAMESPACE   ROUTE            HOSTNAMES             PARENT                 ACCEPTED   RESOLVEDREFS\n"
      "shop        httproute/cart   a.example,b.example   gateway/edge:http      True       False (BackendNotFound)\n"
      "shop        httproute/cart   a.example,b.example   listenerset/net/edge   True       <none>\n");
}

TEST(StatusTables, WideSaysWhatIsWrong) {
  const auto text = status_tables(list_of(kRoute), {.wide = true, .namespaces = false});
  EXPECT_THAT(text, HasSubstr("WHAT IS WRONG\n"));
  EXPECT_THAT(text, HasSubstr("ResolvedRefs: Service shop/x is not there\n"));
  EXPECT_THAT(text, HasSubstr("PartiallyInvalid: rule\\x1b[1m 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("NAMESPACE")));
}

TEST(StatusTables, ARouteThatNobodyAnswersShowsWhomItNames) {
  const auto text = status_tables(list_of(R"({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "TCPRoute",
    "metadata": {"name": "db", "namespace": "shop"}, "spec": {"parentRefs": [{"name": "gone", "namespace": "net"}]}})"),
                                  {.wide = true});
  EXPECT_THAT(text, HasSubstr("gateway/net/gone"));
  EXPECT_THAT(text, HasSubstr("no parent that it names is there and ours\n"));
}

TEST(StatusTables, HeadsAreLeftOutWhereNobodyWantsThem) {
  EXPECT_THAT(status_tables(list_of(kRoute), {.head = false}), testing::StartsWith("shop   httproute/cart"));
}

TEST(StatusTables, AListenerThatHasNoStatusYetIsShownWithout) {
  const auto text = status_tables(list_of(R"({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway",
    "metadata": {"name": "edge", "namespace": "net"},
    "spec": {"gatewayClassName": "sluice", "listeners": [{"name": "http", "port": 80, "protocol": "HTTP"}]}})"),
                                  {});
  EXPECT_THAT(text, HasSubstr("net         edge      sluice"));
  EXPECT_THAT(text, HasSubstr("net         http       gateway/edge   HTTP       80     *          <none>"));
}

TEST(ObjectNames, AreThoseOfKubectl) {
  EXPECT_EQ(object_names(list_of(kRoute)), "httproute.gateway.networking.k8s.io/cart\n");
}

TEST(Conditions, AreBadByWhatTheirTypeMeans) {
  const auto bad = [](const char* type, const char* status) {
    return is_bad(boost::json::object{{"type", type}, {"status", status}});
  };
  EXPECT_TRUE(bad("Accepted", "False"));
  EXPECT_FALSE(bad("Accepted", "True"));
  EXPECT_FALSE(bad("Programmed", "Unknown"));
  EXPECT_TRUE(bad("Conflicted", "True"));
  EXPECT_FALSE(bad("Conflicted", "False"));
  EXPECT_TRUE(bad("OverlappingTLSConfig", "True"));
}

}  // namespace
}  // namespace sluice::ctl
