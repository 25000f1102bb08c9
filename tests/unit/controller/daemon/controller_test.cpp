// The whole of sluice-controller against a fake API server: what it reads, gives, publishes and writes.
#include "controller/daemon/controller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json.hpp>
#include <functional>
#include <thread>

#include "tests/unit/controller/source/kubernetes/fake_api_server.h"

namespace sluice::daemon {
namespace {

using kubernetes::Resource;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

const Resource kGateways{"gateway.networking.k8s.io", "v1", "gateways"};
const Resource kClasses{"gateway.networking.k8s.io", "v1", "gatewayclasses"};
const Resource kPools{"sluice.dev", "v1alpha1", "addresspools"};
const Resource kNodes{"", "v1", "nodes"};
const Resource kSecrets{"", "v1", "secrets"};
const Resource kConfigMaps{"", "v1", "configmaps"};
const Resource kParameters{"sluice.dev", "v1alpha1", "sluiceparameters"};
const Resource kCrds{"apiextensions.k8s.io", "v1", "customresourcedefinitions"};
const Resource kLeases{"coordination.k8s.io", "v1", "leases"};

/// One replica, with the thread that it is on.
class Replica {
 public:
  Replica(const kubernetes::Cluster& cluster, const std::string& name, const std::string& listen = "127.0.0.1:0")
      : options_(options_of(name, listen)) {
    controller.emplace(context, cluster, options_,
                       [this](Level, std::string_view message, std::initializer_list<Field> fields) {
                         told.emplace_back(message);
                         for (const auto& [key, text] : fields) {
                           if (key == "subject") told.back() += " " + text;
                         }
                         if (hears) hears(told.back());
                       });
  }

  /// Runs it until that holds.
  bool run_until(const std::function<bool()>& holds) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!holds()) {
      if (std::chrono::steady_clock::now() > end) return false;
      context.run_for(std::chrono::milliseconds(10));
      context.restart();
    }
    return true;
  }
  bool becomes_ready() {
    return run_until([this] { return controller->ready().has_value(); });
  }
  /// Runs it until it tells that; "trouble" and "over" with their subjects.
  bool tells(const std::string& what) {
    return run_until([&] { return std::ranges::count(told, what) > 0; });
  }
  [[nodiscard]] bool leads() const { return controller->metrics().contains("\nsluice_controller_leader 1\n"); }
  [[nodiscard]] std::vector<std::string> resources() const {
    std::vector<std::string> out;
    const auto model = controller->model();
    for (const auto& resource : model.resources()) out.push_back(resource.name());
    return out;
  }
  [[nodiscard]] std::string owner(const std::string& address) const {
    const auto model = controller->model();
    for (const auto& resource : model.resources()) {
      if (resource.name() == "vip/" + address) return resource.vip().node();
    }
    return "no vip";
  }

  boost::asio::io_context context{1};
  std::vector<std::string> told;                  ///< messages; what is about a subject, with it
  std::function<void(const std::string&)> hears;  ///< each of them as it is told
  std::optional<Controller> controller;

 private:
  static Options options_of(const std::string& name, const std::string& listen) {
    Options out;
    out.namespace_ = "s";
    out.identity = name;
    out.pod = name;
    out.listen = listen;
    out.terms.retry_period = std::chrono::milliseconds(100);
    out.for_watches = std::chrono::minutes(10);  // no test is about how soon a watch is up
    out.advertise = name + ":8443";
    return out;
  }
  Options options_;
};

class ControllerTest : public testing::Test {
 protected:
  ControllerTest() {
    for (const auto& [resource, kind] :
         {std::pair(kGateways, "Gateway"), std::pair(kClasses, "GatewayClass"), std::pair(kPools, "AddressPool"),
          std::pair(kNodes, "Node"), std::pair(kSecrets, "Secret"), std::pair(kLeases, "Lease"),
          std::pair(kConfigMaps, "ConfigMap"), std::pair(Resource{"", "v1", "namespaces"}, "Namespace"),
          std::pair(Resource{"", "v1", "services"}, "Service"), std::pair(kCrds, "CustomResourceDefinition")}) {
      world.serve(resource, kind);
    }
    world.put(kClasses, R"({"apiVersion":"gateway.networking.k8s.io/v1","kind":"GatewayClass",
      "metadata":{"name":"sluice"},"spec":{"controllerName":"sluice.dev/gateway-controller"}})");
    world.put(kPools,
              R"({"apiVersion":"sluice.dev/v1alpha1","kind":"AddressPool","metadata":{"name":"p","generation":1},
      "spec":{"addresses":["10.0.0.1-10.0.0.9"]}})");
    world.put(kNodes, R"({"metadata":{"name":"n1"},"status":{"conditions":[{"type":"Ready","status":"True"}],
      "addresses":[{"type":"InternalIP","address":"172.30.0.1"}]}})");
    put_gateway("");
  }

  void put_gateway(const std::string& more_listeners) {
    world.put(kGateways, R"({"apiVersion":"gateway.networking.k8s.io/v1","kind":"Gateway",
      "metadata":{"namespace":"edge","name":"main","generation":1},"spec":{"gatewayClassName":"sluice",
      "listeners":[{"name":"http","port":80,"protocol":"HTTP"})" +
                             more_listeners + "]}}");
  }
  /// A node that renewed its Lease once, which is life for as long as a test takes.
  void put_node_lease(const std::string& vips) {
    world.put(kLeases, R"({"metadata":{"namespace":"s","name":"sluice-node-n1","labels":{"sluice.dev/lease":"node"},
      "annotations":{"sluice.dev/vips":")" +
                           vips + R"("}},
      "spec":{"holderIdentity":"boot","leaseDurationSeconds":600,"renewTime":"2026-11-25T13:00:00.000000Z"}})");
  }
  /// Another replica leads, until ...
  void put_lease_of_another() {
    world.put(kLeases, R"({"metadata":{"namespace":"s","name":"sluice-controller"},
      "spec":{"holderIdentity":"before","leaseDurationSeconds":600,"renewTime":"2026-11-25T13:00:00.000000Z"}})");
  }
  /// ... it gives its Lease up.
  void free_lease() {
    world.edit({kLeases, "s", "sluice-controller", ""},
               [](boost::json::object& lease) { lease["spec"].as_object()["holderIdentity"] = ""; });
  }
  /// An authority that nodes are shown.
  void put_authority(const publish::AuthorityPem& pem) {
    using Fields = boost::json::object;
    const Fields metadata{{"namespace", "s"}, {"name", "sluice-ca"}};
    const Fields keys{{"tls.crt", pem.certificate}, {"tls.key", pem.private_key}};
    const Fields shown{{"ca.crt", pem.certificate}};
    world.put(kSecrets, boost::json::serialize(
                            Fields{{"metadata", metadata}, {"type", "kubernetes.io/tls"}, {"stringData", keys}}));
    world.put(kConfigMaps, boost::json::serialize(Fields{{"metadata", metadata}, {"data", shown}}));
  }
  /// ... with its nodes renewing meanwhile.
  bool becomes_ready(Replica& replica) {
    return replica.run_until([&] {
      for (const char* node : {"n1", "n2"}) {
        world.edit({kLeases, "s", std::string("sluice-node-") + node, ""}, [&](boost::json::object& lease) {
          lease["spec"].as_object()["renewTime"] = std::to_string(++renewals);
        });
      }
      return replica.controller->ready().has_value();
    });
  }
  boost::json::value object(const Resource& resource, const std::string& namespace_, const std::string& name) const {
    const auto text = server.world().get({resource, namespace_, name, ""});
    return text ? boost::json::parse(*text) : boost::json::value();
  }
  /// Text, or JSON; empty: not there.
  std::string at(const Resource& resource, const std::string& namespace_, const std::string& name,
                 const char* pointer) const {
    const auto value = object(resource, namespace_, name);
    boost::system::error_code none;
    const auto* found = value.find_pointer(pointer, none);
    if (found == nullptr) return "";
    return found->is_string() ? std::string(found->as_string()) : boost::json::serialize(*found);
  }
  /// "True/Programmed"; empty: none.
  std::string condition(const std::string& type) const {
    const auto gateway = object(kGateways, "edge", "main");
    const auto* status = gateway.as_object().if_contains("status");
    if (status == nullptr || !status->as_object().contains("conditions")) return "";
    for (const auto& each : status->at("conditions").as_array()) {
      if (std::string_view(each.at("type").as_string()) == type)
        return std::string(each.at("status").as_string()) + "/" + std::string(each.at("reason").as_string());
    }
    return "";
  }

  mutable kubernetes::FakeApiServer server;
  kubernetes::FakeWorld& world = server.world();
  int renewals = 0;
};

TEST_F(ControllerTest, ALeaderGivesAddressesPublishesAndWritesWhatBecameOfIt) {
  put_node_lease("");
  Replica one(server.cluster(), "one");
  ASSERT_TRUE(becomes_ready(one));
  EXPECT_EQ(one.owner("10.0.0.1"), "n1") << "it lives by its Lease, though no stream is up";
  EXPECT_EQ(condition("Programmed"), "") << "it may come";
  world.edit({kLeases, "s", "sluice-node-n1", ""},
             [](boost::json::object& lease) { lease["spec"].as_object()["holderIdentity"] = ""; });
  ASSERT_TRUE(one.run_until([&] { return condition("Programmed") == "False/NoResources"; })) << condition("Programmed");
  EXPECT_EQ(one.owner("10.0.0.1"), "") << "it has given its Lease up";
  EXPECT_TRUE(one.leads());
  EXPECT_EQ(condition("Accepted"), "True/Accepted");
  EXPECT_EQ(condition("AddressesAssigned"), "True/AddressesAssigned");
  EXPECT_EQ(at(kGateways, "edge", "main", "/status/addresses/0/value"), "10.0.0.1");
  EXPECT_THAT(one.resources(), Contains("frontend/edge/Gateway/main/http"));
  EXPECT_THAT(one.resources(), Contains("source/n1"));
  ASSERT_TRUE(one.run_until([&] { return !at(kPools, "", "p", "/status").empty(); }));
  EXPECT_EQ(at(kPools, "", "p", "/status/used"), "2");
  EXPECT_EQ(at(kSecrets, "s", "sluice-ca", "/type"), "kubernetes.io/tls");
  ASSERT_TRUE(one.run_until([&] { return !at(kConfigMaps, "s", "sluice-ca", "/data").empty(); }));
  EXPECT_THAT(one.controller->status().value(), HasSubstr("10.0.0.1"));
}

TEST_F(ControllerTest, WithoutNodesAnAddressIsNobodysAndReadinessDoesNotWait) {
  Replica one(server.cluster(), "one");
  ASSERT_TRUE(one.becomes_ready());
  EXPECT_EQ(one.owner("10.0.0.1"), "");
  ASSERT_TRUE(one.run_until([&] { return condition("Programmed") == "False/NoResources"; }));
}

TEST_F(ControllerTest, WhoFollowsHasTheSameModelAndWritesNothingUntilItLeads) {
  Replica one(server.cluster(), "one");
  ASSERT_TRUE(one.becomes_ready());
  ASSERT_TRUE(one.run_until([&] { return condition("Programmed") == "False/NoResources"; }));
  Replica two(server.cluster(), "two");
  ASSERT_TRUE(two.becomes_ready());
  EXPECT_FALSE(two.leads());
  EXPECT_EQ(two.resources(), one.resources());
  EXPECT_THAT(two.told, Contains("following"));
  const std::string addresses = at(kGateways, "edge", "main", "/status/addresses");
  const std::string epoch = at(kLeases, "s", "sluice-controller", "/spec/leaseTransitions");
  one.controller->resign(std::chrono::seconds(10));
  ASSERT_TRUE(two.run_until([&] { return two.leads(); }));
  EXPECT_EQ(at(kLeases, "s", "sluice-controller", "/spec/leaseTransitions"), std::to_string(std::stoi(epoch) + 1));
  // What the first one wrote stands: the new leader changes the object at the next change of its spec alone.
  put_gateway(R"(,{"name":"alt","port":8080,"protocol":"HTTP"})");
  ASSERT_TRUE(two.run_until([&] { return condition("Programmed") == "False/NoResources"; }));
  EXPECT_EQ(at(kGateways, "edge", "main", "/status/addresses"), addresses);
}

TEST_F(ControllerTest, WhoseWatchIsDownLeadsWhenItHasCaughtUp) {
  put_lease_of_another();
  Replica one(server.cluster(), "one");
  ASSERT_TRUE(one.tells("published"));
  ASSERT_FALSE(one.leads());
  const std::string gateways = to_string(kGateways);
  world.unserve(kGateways);
  ASSERT_TRUE(one.tells("trouble " + gateways));
  free_lease();
  ASSERT_TRUE(one.tells("leads later: watches are down"));
  world.serve(kGateways, "Gateway");
  ASSERT_TRUE(one.tells("leading"));
  const auto at = [&](const std::string& text) { return std::ranges::find(one.told, text) - one.told.begin(); };
  EXPECT_LT(at("over " + gateways), at("leading"));
}

TEST_F(ControllerTest, AWatchOfCrdsThatIsDownKeepsNobodyFromLeading) {
  put_lease_of_another();
  Replica one(server.cluster(), "one");
  ASSERT_TRUE(one.tells("published"));
  world.unserve(kCrds);
  ASSERT_TRUE(one.tells("trouble " + to_string(kCrds)));
  free_lease();
  ASSERT_TRUE(one.tells("leading"));
  EXPECT_THAT(one.told, Not(Contains("leads later: watches are down")));
}

TEST_F(ControllerTest, ALeaseThatIsMadeAgainIsHeardOfThoughOtherNewsIsHandledMeanwhile) {
  bool is_made_again = false;
  Replica one(server.cluster(), "one");
  ASSERT_TRUE(becomes_ready(one));
  ASSERT_TRUE(one.tells("leading"));
  // While it handles this it looks whether it still leads: the first that it hears of the Lease.
  one.hears = [&](const std::string& what) {
    if (is_made_again || what != "trouble Gateway edge/bad") return;
    world.remove(kLeases, "s", "sluice-controller");
    for (int i = 0; i < 2000 && !is_made_again; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      is_made_again = at(kLeases, "s", "sluice-controller", "/spec/holderIdentity") == "one";
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(200));  // for its own thread to take the answer
  };
  world.put(kGateways, R"({"apiVersion":"gateway.networking.k8s.io/v1","kind":"Gateway",
    "metadata":{"namespace":"edge","name":"bad"},"spec":{"gatewayClassName":"sluice","listeners":7}})");
  EXPECT_TRUE(one.run_until([&] { return std::ranges::count(one.told, "leading") >= 2; }));
  EXPECT_TRUE(is_made_again);
}

TEST_F(ControllerTest, WhoCannotListenEnds) {
  Replica one(server.cluster(), "one", "192.0.2.1:8443");
  ASSERT_TRUE(one.run_until([&] { return !one.controller->failure().empty(); }));
  EXPECT_THAT(one.controller->failure(), HasSubstr("nodes are not served: "));
  one.controller->resign(std::chrono::seconds(10));
  EXPECT_EQ(at(kLeases, "s", "sluice-controller", "/spec/holderIdentity"), "");
}

TEST_F(ControllerTest, ANewLeaderLeavesAnAddressWhereTheStatusAndTheLeaseHaveIt) {
  world.put(kNodes, R"({"metadata":{"name":"n2"},"status":{"conditions":[{"type":"Ready","status":"True"}]}})");
  put_node_lease("10.0.0.7");
  world.put(kLeases, R"({"metadata":{"namespace":"s","name":"sluice-node-n2","labels":{"sluice.dev/lease":"node"}},
    "spec":{"holderIdentity":"boot","leaseDurationSeconds":600,"renewTime":"2026-11-25T13:00:00.000000Z"}})");
  world.edit({kGateways, "edge", "main", ""}, [](boost::json::object& gateway) {
    gateway["status"] = boost::json::parse(R"({"addresses":[{"type":"IPAddress","value":"10.0.0.7"}]})");
  });
  Replica one(server.cluster(), "one");
  ASSERT_TRUE(becomes_ready(one));
  ASSERT_TRUE(one.run_until([&] { return one.leads(); }));
  EXPECT_EQ(one.owner("10.0.0.7"), "n1");
}

TEST_F(ControllerTest, AChangeOfWhoServesIsPublishedThoughTheModelIsTheSame) {
  world.serve(kParameters, "SluiceParameters");
  world.put(kParameters, R"({"apiVersion":"sluice.dev/v1alpha1","kind":"SluiceParameters",
    "metadata":{"namespace":"edge","name":"edge"},"spec":{"nodeSelector":{"matchLabels":{"edge":"true"}}}})");
  world.edit({kGateways, "edge", "main", ""}, [](boost::json::object& gateway) {
    gateway["spec"].as_object()["infrastructure"] =
        boost::json::parse(R"({"parametersRef":{"group":"sluice.dev","kind":"SluiceParameters","name":"edge"}})");
  });
  Replica one(server.cluster(), "one");
  ASSERT_TRUE(one.becomes_ready());
  ASSERT_TRUE(one.run_until([&] { return condition("Programmed") == "False/NoResources"; }));
  const auto before = one.controller->model();
  world.edit({kNodes, "", "n1", ""}, [](boost::json::object& node) {
    node["metadata"].as_object()["labels"] = boost::json::parse(R"({"edge":"true"})");
  });
  ASSERT_TRUE(one.run_until([&] { return one.controller->model().generation() > before.generation(); }));
  auto after = one.controller->model();
  after.set_generation(before.generation());
  EXPECT_EQ(after.SerializeAsString(), before.SerializeAsString());
}

TEST_F(ControllerTest, AnAuthorityInTheLastFifthOfItsLifeIsGivenTheNextOne) {
  const auto old = publish::Authority::make(std::chrono::system_clock::now() - std::chrono::hours(24 * 365 * 9)).pem();
  put_authority(old);
  Replica one(server.cluster(), "one");
  ASSERT_TRUE(one.run_until([&] { return !at(kSecrets, "s", "sluice-ca", "/stringData/next.crt").empty(); }));
  EXPECT_EQ(at(kSecrets, "s", "sluice-ca", "/stringData/tls.crt"), old.certificate);
  const std::string both = old.certificate + "\n" + at(kSecrets, "s", "sluice-ca", "/stringData/next.crt");
  ASSERT_TRUE(one.run_until([&] { return at(kConfigMaps, "s", "sluice-ca", "/data/ca.crt") == both; }))
      << at(kConfigMaps, "s", "sluice-ca", "/data/ca.crt");
  EXPECT_THAT(one.told, Not(Contains("authority not written")));
}

TEST_F(ControllerTest, ASecretOfOthersThatCannotBeReadKeepsNobodyFromMakingTheAuthority) {
  put_authority(publish::Authority::make().pem());
  Replica one(server.cluster(), "one");
  ASSERT_TRUE(one.becomes_ready());
  ASSERT_TRUE(one.tells("leading"));
  const std::string unreadable = "GET /api/v1/namespaces/edge/secrets/tls";
  for (int i = 0; i < 1000; ++i) server.fault({.request = unreadable, .status = 500, .body = "{}"});
  world.put(kSecrets, R"({"metadata":{"namespace":"edge","name":"tls"},"type":"kubernetes.io/tls","data":{}})");
  put_gateway(R"(,{"name":"https","port":443,"protocol":"HTTPS","tls":{"certificateRefs":[{"name":"tls"}]}})");
  ASSERT_TRUE(one.run_until([&] { return !server.seen(unreadable).empty(); }));
  world.remove(kSecrets, "s", "sluice-ca");
  EXPECT_TRUE(one.run_until([&] { return !at(kSecrets, "s", "sluice-ca", "/stringData/tls.crt").empty(); }));
  EXPECT_GT(server.faults_left(), 0U) << "it was unreadable until then";
}

TEST_F(ControllerTest, TheFirstModelWaitsForTheSecretsThatItNames) {
  world.put(kSecrets, R"({"metadata":{"namespace":"edge","name":"tls"},"type":"kubernetes.io/tls","data":{}})");
  put_gateway(R"(,{"name":"https","port":443,"protocol":"HTTPS","tls":{"certificateRefs":[{"name":"tls"}]}})");
  server.fault({.request = "GET /api/v1/namespaces/edge/secrets/tls", .delay = std::chrono::seconds(3)});
  Replica one(server.cluster(), "one");
  ASSERT_TRUE(one.run_until([&] { return !server.seen("GET /api/v1/namespaces/edge/secrets/tls").empty(); }));
  EXPECT_THAT(one.told, Not(Contains("published")));
  ASSERT_TRUE(one.tells("published"));
  EXPECT_EQ(server.faults_left(), 0U);
}

TEST_F(ControllerTest, APoolThatGrowsServesTheGatewayThatFoundNoAddress) {
  world.put(kPools, R"({"apiVersion":"sluice.dev/v1alpha1","kind":"AddressPool","metadata":{"name":"p","generation":1},
      "spec":{"addresses":["10.0.0.1-10.0.0.1"],"autoAssign":false}})");
  Replica one(server.cluster(), "one");
  ASSERT_TRUE(one.becomes_ready());
  ASSERT_TRUE(one.run_until([&] { return condition("Programmed") == "False/AddressNotAssigned"; }));
  world.put(kPools, R"({"apiVersion":"sluice.dev/v1alpha1","kind":"AddressPool","metadata":{"name":"p","generation":2},
      "spec":{"addresses":["10.0.0.1-10.0.0.1"],"autoAssign":true}})");
  ASSERT_TRUE(one.run_until([&] { return condition("AddressesAssigned") == "True/AddressesAssigned"; }));
  EXPECT_EQ(one.owner("10.0.0.1"), "");
}

}  // namespace
}  // namespace sluice::daemon
