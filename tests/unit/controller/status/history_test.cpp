#include "controller/status/history.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "controller/attach/attach.h"
#include "controller/status/status.h"

namespace sluice::status {
namespace {

namespace json = boost::json;

const api::ObjectRef kGateway{"Gateway", "edge", "main"};
constexpr const char* kFirst = "2026-11-24T10:00:00Z";
constexpr const char* kLater = "2026-11-24T10:00:05Z";

class HistoryTest : public testing::Test {
 protected:
  HistoryTest() {
    put([](api::Gateway&) {});
  }

  void put(const std::function<void(api::Gateway&)>& edit) {
    edit(gateway_);
    objects_.gateways[{"edge", "main"}] = std::make_shared<const api::Gateway>(gateway_);
    const std::vector changed{kGateway};
    history_.record(objects_, changed);
    attacher_.update(objects_, changed);
  }

  json::value status(const char* time, DataPlane::State state = DataPlane::State::Programmed) {
    return *status_of(
        attacher_.graph(), kGateway,
        {.data_plane = {.state = state, .message = {}, .refused = {}}, .time = time, .history = &history_});
  }

  static std::string since(const json::value& status, std::string_view type) {
    for (const auto& condition : status.at("conditions").as_array()) {
      if (condition.at("type").as_string() == type) {
        return std::string(condition.at("lastTransitionTime").as_string());
      }
    }
    return "";
  }

  api::Gateway gateway_ = [] {
    api::Gateway gateway{.metadata = {.name = "main", .namespace_ = "edge"}};
    gateway.spec.gateway_class_name = "sluice";
    gateway.spec.listeners.push_back({.name = "http", .port = 80, .protocol = "HTTP"});
    return gateway;
  }();
  api::ObjectSet objects_;
  History history_;
  attach::Attacher attacher_{{.default_addresses = {"192.0.2.1"}}};
};

TEST_F(HistoryTest, GenerationCountsChangesOfSpec) {
  EXPECT_EQ(history_.generation(kGateway), 1);
  put([](api::Gateway& gateway) { gateway.spec.listeners[0].port = 8080; });
  EXPECT_EQ(history_.generation(kGateway), 2);
}

TEST_F(HistoryTest, GenerationDoesNotCountLabels) {
  put([](api::Gateway& gateway) { gateway.metadata.labels["team"] = "edge"; });
  EXPECT_EQ(history_.generation(kGateway), 1);
}

TEST_F(HistoryTest, AnObjectThatComesBackIsNew) {
  put([](api::Gateway& gateway) { gateway.spec.listeners[0].port = 8080; });
  objects_.gateways.clear();
  history_.record(objects_, std::vector{kGateway});
  put([](api::Gateway&) {});
  EXPECT_EQ(history_.generation(kGateway), 1);
}

TEST_F(HistoryTest, ObservedGenerationFollows) {
  put([](api::Gateway& gateway) { gateway.spec.listeners[0].port = 8080; });
  const auto found = status(kFirst);
  EXPECT_EQ(found.at("conditions").at(0).at("observedGeneration"), 2);
  EXPECT_EQ(found.at("listeners").at(0).at("conditions").at(0).at("observedGeneration"), 2);
}

TEST_F(HistoryTest, AConditionThatStaysKeepsItsTime) {
  status(kFirst, DataPlane::State::Pending);
  const auto later = status(kLater, DataPlane::State::Pending);
  EXPECT_EQ(since(later, "Accepted"), kFirst);
  EXPECT_EQ(since(later, "Programmed"), kFirst);
}

TEST_F(HistoryTest, AConditionThatChangesItsStatusHasTheTimeOfTheChange) {
  status(kFirst, DataPlane::State::Pending);
  const auto later = status(kLater, DataPlane::State::Programmed);
  EXPECT_EQ(since(later, "Accepted"), kFirst);
  EXPECT_EQ(since(later, "Programmed"), kLater);
  EXPECT_EQ(since(later.at("listeners").at(0), "Programmed"), kLater);
  EXPECT_EQ(since(later.at("listeners").at(0), "Accepted"), kFirst);
}

TEST_F(HistoryTest, AListenerThatIsNewHasItsOwnTimes) {
  status(kFirst);
  put([](api::Gateway& gateway) {
    gateway.spec.listeners.push_back({.name = "alt", .port = 8080, .protocol = "HTTP"});
  });
  const auto later = status(kLater);
  EXPECT_EQ(since(later.at("listeners").at(0), "Accepted"), kFirst);
  EXPECT_EQ(since(later.at("listeners").at(1), "Accepted"), kLater);
}

TEST_F(HistoryTest, AStatusOfOneMomentIsTheSameTwice) {
  EXPECT_EQ(status(kFirst), status(kFirst));
}

}  // namespace
}  // namespace sluice::status
