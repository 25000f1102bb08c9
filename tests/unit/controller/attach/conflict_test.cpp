// Listeners that the schemas do not let into one Gateway, but that a Gateway and its ListenerSets, or Gateways on one
// address, can have; and those that a source without schemas could deliver (controller/attach/conflict.h).
#include "controller/attach/conflict.h"

#include <gtest/gtest.h>

#include <deque>

namespace sluice::attach {
namespace {

class Neighbours : public testing::Test {
 protected:
  ListenerFacts listener(std::string name, ListenerProtocol protocol, std::int32_t port, std::string hostname = {}) {
    api::Listener object{.name = std::move(name), .port = port, .protocol = "any"};
    return {.listener = std::make_shared<const api::Listener>(std::move(object)),
            .protocol = protocol,
            .hostname = std::move(hostname),
            .passthrough = protocol == ListenerProtocol::Tls};
  }

  /// Owners in precedence, "one", "two"…
  void owner(const std::string& name, std::vector<ListenerFacts> listeners,
             std::vector<std::string> addresses = {"192.0.2.1"}) {
    const auto& kept = listeners_.emplace_back(std::move(listeners));
    const auto& at = addresses_.emplace_back(std::move(addresses));
    owners_.push_back({{"Gateway", "edge", name}, at, kept});
  }

  /// The reason of the listener's conflict; "" where it has none.
  std::string conflict(const std::string& owner, const std::string& listener) {
    const auto found = compare_neighbours(owners_);
    const auto at = found.find({{"Gateway", "edge", owner}, listener});
    if (at == found.end() || !at->second.conflict) return "";
    return boost::describe::enum_to_string(at->second.conflict->reason, "?");
  }

  std::deque<std::vector<ListenerFacts>> listeners_;
  std::deque<std::vector<std::string>> addresses_;
  std::vector<OwnedListeners> owners_;
};

TEST_F(Neighbours, OfOneOwnerHaveNoWinner) {
  owner("one",
        {listener("a", ListenerProtocol::Http, 80, "x.example"), listener("b", ListenerProtocol::Http, 80, "x.example"),
         listener("c", ListenerProtocol::Http, 80, "y.example")});
  EXPECT_EQ(conflict("one", "a"), "HostnameConflict");
  EXPECT_EQ(conflict("one", "b"), "HostnameConflict");
  EXPECT_EQ(conflict("one", "c"), "");
}

TEST_F(Neighbours, OfTcpOnOnePortConflict) {
  owner("one", {listener("a", ListenerProtocol::Tcp, 80), listener("b", ListenerProtocol::Tcp, 80)});
  EXPECT_EQ(conflict("one", "a"), "ListenerConflict");
  EXPECT_EQ(conflict("one", "b"), "ListenerConflict");
}

TEST_F(Neighbours, OfUdpHavePortsOfTheirOwn) {
  owner("one", {listener("a", ListenerProtocol::Tcp, 53), listener("b", ListenerProtocol::Udp, 53)});
  EXPECT_EQ(conflict("one", "a"), "");
  EXPECT_EQ(conflict("one", "b"), "");
}

TEST_F(Neighbours, OfTwoOwnersTheEarlierWins) {
  owner("one", {listener("a", ListenerProtocol::Http, 80)});
  owner("two", {listener("a", ListenerProtocol::Http, 80)});
  EXPECT_EQ(conflict("one", "a"), "");
  EXPECT_EQ(conflict("two", "a"), "HostnameConflict");
}

TEST_F(Neighbours, ThatLostAreInNobodysWay) {
  owner("one", {listener("a", ListenerProtocol::Http, 80)}, {"192.0.2.1"});
  owner("two", {listener("tcp", ListenerProtocol::Tcp, 80)}, {"192.0.2.1", "192.0.2.2"});
  owner("three", {listener("a", ListenerProtocol::Http, 80)}, {"192.0.2.2"});
  EXPECT_EQ(conflict("two", "tcp"), "ProtocolConflict");
  EXPECT_EQ(conflict("three", "a"), "");
}

TEST_F(Neighbours, IndistinctByThemselvesStillTakeTheirPort) {
  owner("one", {listener("a", ListenerProtocol::Tcp, 80), listener("b", ListenerProtocol::Tcp, 80)});
  owner("two", {listener("late", ListenerProtocol::Tcp, 80)});
  EXPECT_EQ(conflict("two", "late"), "ListenerConflict");
}

TEST_F(Neighbours, OnOtherAddressesDoNotMeet) {
  owner("one", {listener("a", ListenerProtocol::Http, 80)}, {"192.0.2.1"});
  owner("two", {listener("a", ListenerProtocol::Http, 80)}, {"2001:db8::1"});
  EXPECT_EQ(conflict("two", "a"), "");
}

TEST_F(Neighbours, ThatConflictDoNotOverlap) {
  owner("one", {listener("a", ListenerProtocol::Https, 443, "x.example"),
                listener("b", ListenerProtocol::Tls, 443, "x.example"),
                listener("c", ListenerProtocol::Https, 443, "*.example")});
  const auto found = compare_neighbours(owners_);
  EXPECT_FALSE(found.at({{"Gateway", "edge", "one"}, "a"}).overlap);
  EXPECT_FALSE(found.contains({{"Gateway", "edge", "one"}, "c"}));
}

TEST_F(Neighbours, OfTlsOverlapWhereAWildcardCoversAnother) {
  owner("one", {listener("a", ListenerProtocol::Https, 443, "b.x.example"),
                listener("w", ListenerProtocol::Https, 443, "*.example"),
                listener("o", ListenerProtocol::Https, 443, "x.test")});
  const auto found = compare_neighbours(owners_);
  EXPECT_TRUE(found.at({{"Gateway", "edge", "one"}, "a"}).overlap);
  EXPECT_TRUE(found.at({{"Gateway", "edge", "one"}, "w"}).overlap);
  EXPECT_FALSE(found.contains({{"Gateway", "edge", "one"}, "o"}));
}

}  // namespace
}  // namespace sluice::attach
