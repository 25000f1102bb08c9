// Which of a backend's ready endpoints share what it gets.
#include "userspace/model/locality.h"

#include <gmock/gmock.h>

#include <gtest/gtest.h>

namespace sluice::model {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

v1::Endpoints endpoints(const std::vector<std::pair<const char*, bool>>& nodes) {
  v1::Endpoints out;
  std::uint32_t port = 0;
  for (const auto& [node, ready] : nodes) {
    auto& endpoint = *out.add_endpoints();
    endpoint.set_port(++port);
    endpoint.set_node(node);
    if (!ready) endpoint.set_state(v1::Endpoint::DRAINING);
  }
  return out;
}

std::vector<std::uint32_t> ports(const std::vector<const v1::Endpoint*>& list) {
  std::vector<std::uint32_t> out;
  for (const auto* endpoint : list) out.push_back(endpoint->port());
  return out;
}

TEST(Locality, OwnEndpointsThatAreReadyGoFirstAndTheOthersAreKept) {
  const auto all = endpoints({{"b", true}, {"a", true}, {"a", false}, {"", true}, {"a", true}});
  const auto ready = choose_ready(all, "a");
  EXPECT_THAT(ports(ready.chosen), ElementsAre(2, 5));
  EXPECT_THAT(ports(ready.others), ElementsAre(1, 4));
  EXPECT_TRUE(ready.is_preferred);
}

TEST(Locality, WhereNoneOfThemIsReadyAllOthersServe) {
  const auto all = endpoints({{"b", true}, {"a", false}, {"", true}});
  const auto ready = choose_ready(all, "a");
  EXPECT_THAT(ports(ready.chosen), ElementsAre(1, 3));
  EXPECT_THAT(ready.others, IsEmpty());
  EXPECT_FALSE(ready.is_preferred);
}

/// An endpoint without a node is not on the node without a name.
TEST(Locality, WithoutANodeNoneGoesFirst) {
  const auto all = endpoints({{"", true}, {"a", true}});
  EXPECT_THAT(ports(choose_ready(all, "").chosen), ElementsAre(1, 2));
}

TEST(Locality, AFrontendPrefersOnlyWhatItAsksFor) {
  v1::Frontend frontend;
  EXPECT_EQ(preferred_node(frontend, "a"), "");
  frontend.set_distribution(v1::Frontend::PREFER_LOCAL);
  EXPECT_EQ(preferred_node(frontend, "a"), "a");
  EXPECT_EQ(preferred_node(frontend, ""), "");
}

}  // namespace
}  // namespace sluice::model
