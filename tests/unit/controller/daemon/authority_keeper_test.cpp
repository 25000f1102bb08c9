// Who makes the authority, who reads it, and what happens to one that cannot be read.
#include "controller/daemon/authority_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace sluice::daemon {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class AuthorityKeeperTest : public testing::Test {
 protected:
  void put_secret(const publish::AuthorityPem& one, const std::optional<publish::AuthorityPem>& next = {}) {
    api::Secret secret;
    secret.metadata.resource_version = std::to_string(++version);
    secret.data = {{"tls.crt", one.certificate}, {"tls.key", one.private_key}};
    if (next) {
      secret.data["next.crt"] = next->certificate;
      secret.data["next.key"] = next->private_key;
    }
    objects.secrets[{"s", "sluice-ca"}] = std::make_shared<const api::Secret>(std::move(secret));
  }
  void put_config_map(const std::string& certificate) {
    api::ConfigMap config_map;
    config_map.data = {{"ca.crt", certificate}};
    objects.config_maps[{"s", "sluice-ca"}] = std::make_shared<const api::ConfigMap>(std::move(config_map));
  }
  void answer(kubernetes::ApiAnswer with) {
    auto waiting = std::move(answers);
    answers.clear();
    for (auto& each : waiting) each(with);
  }

  /// A leader's that has read the objects.
  AuthorityKeeper::Time look_as_leader() { return keeper.look(objects, true, true, now, wall); }
  AuthorityKeeper::Time look_as_follower() { return keeper.look(objects, true, false, now, wall); }

  /// What the last request wrote, as the API server has it then.
  void take_written_secret() {
    const auto data = boost::json::parse(bodies.back()).at("stringData").as_object();
    api::Secret secret;
    for (const auto& [key, value] : data) secret.data[key] = std::string(value.as_string());
    secret.metadata.resource_version = std::to_string(++version);
    objects.secrets[{"s", "sluice-ca"}] = std::make_shared<const api::Secret>(std::move(secret));
  }
  void take_written_config_map() {
    put_config_map(std::string(boost::json::parse(bodies.back()).at("data").at("ca.crt").as_string()));
  }
  /// A leader looks, and what it writes is done at once, until nothing more is to be written.
  void settle() {
    for (auto before = sent.size(); look_as_leader(), sent.size() > before; before = sent.size()) {
      const bool is_secret = sent.back().contains("/secrets");
      answer("{}");
      is_secret ? take_written_secret() : take_written_config_map();
      now += 10s;
    }
  }

  AuthorityKeeper::Time now{std::chrono::hours(1)};
  AuthorityKeeper::WallTime wall = std::chrono::system_clock::now();
  int version = 0;
  api::ObjectSet objects;
  std::vector<std::string> sent;  ///< paths
  std::vector<std::string> bodies;
  std::vector<kubernetes::OnAnswer> answers;
  std::vector<publish::AuthorityPem> served;  ///< who signs
  std::vector<std::vector<publish::AuthorityPem>> also;
  std::vector<std::string> told;
  AuthorityKeeper keeper{
      "s",
      {.send =
           [this](const kubernetes::ApiRequest& request, kubernetes::OnAnswer answered) {
             sent.push_back(to_path(request.path));
             bodies.push_back(request.body);
             answers.push_back(std::move(answered));
           },
       .serve =
           [this](const publish::Authority& one, const std::vector<publish::Authority>& others) {
             served.push_back(one.pem());
             also.emplace_back();
             for (const auto& other : others) also.back().push_back(other.pem());
           }},
      [this](Level, std::string_view message, std::initializer_list<Field>) { told.emplace_back(message); }};
  const publish::AuthorityPem pem = publish::Authority::make().pem();
};

kubernetes::ApiAnswer failed(kubernetes::ApiErrorKind kind, unsigned status) {
  return std::unexpected(kubernetes::ApiError{kind, status, "no", {}});
}

TEST_F(AuthorityKeeperTest, ALeaderMakesOneWhereThereIsNoneAndOnlyOnce) {
  keeper.look(objects, false, true, now, wall);
  EXPECT_THAT(sent, IsEmpty()) << "it may be there, and not read yet";
  look_as_follower();
  EXPECT_THAT(sent, IsEmpty()) << "who follows makes none";
  look_as_leader();
  look_as_leader();
  EXPECT_THAT(sent, ElementsAre("/api/v1/namespaces/s/secrets"));
  EXPECT_FALSE(keeper.is_serving()) << "what is served is what was read";
}

TEST_F(AuthorityKeeperTest, WhatCouldNotBeMadeIsSaidAndTriedAgainEverMoreSeldom) {
  EXPECT_EQ(look_as_leader(), now + 1h) << "the answer is waited for";
  answer(failed(kubernetes::ApiErrorKind::kForbidden, 403));
  EXPECT_THAT(told, ElementsAre("authority not written"));
  auto tries = sent.size();
  for (const auto end = now + 1h; now < end; ++tries) {
    const auto next = look_as_leader();
    ASSERT_EQ(sent.size(), tries) << "not at once";
    ASSERT_TRUE(next > now && next <= now + 60s);
    now = next;
    look_as_leader();
    ASSERT_EQ(sent.size(), tries + 1);
    answer(failed(kubernetes::ApiErrorKind::kForbidden, 403));
  }
  EXPECT_LT(tries, 150U) << "60 s at most, and half of that at least, from the seventh on";
}

TEST_F(AuthorityKeeperTest, WhatWasMadeIsWaitedForBeforeItIsMadeAgain) {
  for (const auto& made : {kubernetes::ApiAnswer("{}"), failed(kubernetes::ApiErrorKind::kAlreadyExists, 409)}) {
    sent.clear();
    look_as_leader();
    answer(made);
    EXPECT_EQ(look_as_leader(), now + 10s);
    now += 9s;
    look_as_leader();
    EXPECT_EQ(sent.size(), 1U);
    now += 1s;
  }
  EXPECT_THAT(told, IsEmpty());
}

TEST_F(AuthorityKeeperTest, ItsCertificateIsShownWithTheSameWaits) {
  put_secret(pem);
  look_as_leader();
  answer(failed(kubernetes::ApiErrorKind::kForbidden, 403));
  EXPECT_THAT(told, ElementsAre("authority not written"));
  const auto next = look_as_leader();
  EXPECT_EQ(sent.size(), 1U);
  ASSERT_TRUE(next > now && next <= now + 60s);
  now = next;
  look_as_leader();
  EXPECT_EQ(sent.size(), 2U);
  answer("{}");
  EXPECT_EQ(look_as_leader(), now + 10s);
  put_config_map(pem.certificate);
  EXPECT_EQ(look_as_leader(), now + 1h);
  EXPECT_EQ(sent.size(), 2U);
}

TEST_F(AuthorityKeeperTest, EveryReplicaServesWhatIsReadAndALeaderShowsIt) {
  put_secret(pem);
  look_as_follower();
  look_as_follower();
  EXPECT_THAT(served, ElementsAre(pem));
  EXPECT_TRUE(keeper.is_serving());
  EXPECT_THAT(sent, IsEmpty());
  look_as_leader();
  EXPECT_THAT(sent, ElementsAre("/api/v1/namespaces/s/configmaps"));
  answer("{}");
  put_config_map(pem.certificate);
  look_as_leader();
  EXPECT_EQ(sent.size(), 1U);
}

TEST_F(AuthorityKeeperTest, ACertificateThatSomebodyEditedIsPutRight) {
  put_secret(pem);
  put_config_map("edited");
  look_as_leader();
  EXPECT_THAT(sent, ElementsAre("/api/v1/namespaces/s/configmaps/sluice-ca"));
}

TEST_F(AuthorityKeeperTest, OneThatCannotBeReadIsSaidOnceAndTheOneBeforeStays) {
  put_secret(pem);
  look_as_leader();
  put_secret({"no", "certificate"});
  look_as_leader();
  look_as_leader();
  EXPECT_THAT(told, ElementsAre("authority not usable"));
  EXPECT_THAT(served, ElementsAre(pem));
  put_secret(publish::Authority::make().pem());
  look_as_leader();
  EXPECT_EQ(served.size(), 2U);
}

TEST_F(AuthorityKeeperTest, TheNextAuthorityIsMadeInTheLastFifthAndFollowsStepByStep) {
  const auto first = publish::Authority::make(wall);
  put_secret(first.pem());
  settle();
  wall = first.expires() - (first.expires() - first.begins()) / 5 - 1h;
  settle();
  EXPECT_EQ(sent, std::vector<std::string>{"/api/v1/namespaces/s/configmaps"});

  wall += 2h;
  settle();
  ASSERT_EQ(sent.size(), 3U);
  ASSERT_EQ(sent[1], "/api/v1/namespaces/s/secrets/sluice-ca");
  const auto stored = authority_in(objects, "s");
  ASSERT_TRUE(stored && stored->next);
  const auto next = *stored->next;
  EXPECT_EQ(stored->present, first.pem());
  EXPECT_EQ(served.back(), first.pem()) << "nodes do not know the next one yet";
  EXPECT_THAT(also.back(), ElementsAre(next));
  EXPECT_EQ(published_authority(objects, "s"), first.pem().certificate + "\n" + next.certificate);

  wall += 22h;
  settle();
  EXPECT_EQ(served.back(), first.pem());
  wall += 2h;
  look_as_follower();
  EXPECT_EQ(served.back(), next) << "every replica, leader or not";
  EXPECT_THAT(also.back(), ElementsAre(first.pem()));
  settle();
  EXPECT_EQ(sent.size(), 3U) << "nothing is written for that";

  wall += 46h;
  settle();
  EXPECT_EQ(sent.size(), 3U);
  wall += 2h;
  settle();
  EXPECT_EQ(authority_in(objects, "s")->present, next);
  EXPECT_FALSE(authority_in(objects, "s")->next);
  EXPECT_EQ(served.back(), next);
  EXPECT_THAT(also.back(), IsEmpty());
  EXPECT_EQ(published_authority(objects, "s"), next.certificate);
  EXPECT_EQ(sent.size(), 5U);
  EXPECT_THAT(told, IsEmpty());
}

TEST_F(AuthorityKeeperTest, OneThatWasToBeReplacedAndIsSaidToExistIsAnError) {
  const auto first = publish::Authority::make(wall);
  put_secret(first.pem());
  settle();
  wall = first.expires() - 24h * 365;
  look_as_leader();
  ASSERT_EQ(sent.back(), "/api/v1/namespaces/s/secrets/sluice-ca");
  answer(failed(kubernetes::ApiErrorKind::kAlreadyExists, 409));
  EXPECT_THAT(told, ElementsAre("authority not written"));
}

TEST_F(AuthorityKeeperTest, WhoseEndHasPassedIsFollowedAtOnce) {
  const auto first = publish::Authority::make(wall);
  put_secret(first.pem());
  wall = first.expires() + 1h;
  settle();
  EXPECT_NE(served.back(), first.pem());
  EXPECT_THAT(also.back(), IsEmpty());
  EXPECT_EQ(authority_in(objects, "s")->present, served.back());
  EXPECT_EQ(published_authority(objects, "s"), served.back().certificate);
}

TEST_F(AuthorityKeeperTest, ANextOneThatCannotBeUsedIsSaidAndNeverSigns) {
  const auto first = publish::Authority::make(wall);
  for (const auto& next : {publish::AuthorityPem{"no", "certificate"}, publish::Authority::make(wall + 48h).pem()}) {
    put_secret(first.pem(), next);
    look_as_follower();
    EXPECT_THAT(served, ElementsAre(first.pem()));
    EXPECT_THAT(also.back(), IsEmpty());
  }
  EXPECT_THAT(told, ElementsAre("authority not usable"));
  wall = first.expires() - 24h * 365;
  put_secret(first.pem(), publish::AuthorityPem{"no", "certificate"});
  settle();
  EXPECT_THAT(also.back(), testing::SizeIs(1)) << "a leader makes another";
}

}  // namespace
}  // namespace sluice::daemon
