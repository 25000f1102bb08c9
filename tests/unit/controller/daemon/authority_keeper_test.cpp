// Who makes the authority, who reads it, and what happens to one that cannot be read.
#include "controller/daemon/authority_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::daemon {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class AuthorityKeeperTest : public testing::Test {
 protected:
  void put_secret(const publish::AuthorityPem& one) {
    api::Secret secret;
    secret.data = {{"tls.crt", one.certificate}, {"tls.key", one.private_key}};
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
  std::optional<AuthorityKeeper::Time> look_as_leader() { return keeper.look(objects, true, true, now); }
  std::optional<AuthorityKeeper::Time> look_as_follower() { return keeper.look(objects, true, false, now); }

  AuthorityKeeper::Time now{std::chrono::hours(1)};
  api::ObjectSet objects;
  std::vector<std::string> sent;  ///< paths
  std::vector<kubernetes::OnAnswer> answers;
  std::vector<publish::AuthorityPem> served;
  std::vector<std::string> told;
  AuthorityKeeper keeper{
      "s",
      {.send =
           [this](const kubernetes::ApiRequest& request, kubernetes::OnAnswer answered) {
             sent.push_back(to_path(request.path));
             answers.push_back(std::move(answered));
           },
       .serve = [this](const publish::Authority& one) { served.push_back(one.pem()); }},
      [this](Level, std::string_view message, std::initializer_list<Field>) { told.emplace_back(message); }};
  const publish::AuthorityPem pem = publish::Authority::make().pem();
};

kubernetes::ApiAnswer failed(kubernetes::ApiErrorKind kind, unsigned status) {
  return std::unexpected(kubernetes::ApiError{kind, status, "no", {}});
}

TEST_F(AuthorityKeeperTest, ALeaderMakesOneWhereThereIsNoneAndOnlyOnce) {
  keeper.look(objects, false, true, now);
  EXPECT_THAT(sent, IsEmpty()) << "it may be there, and not read yet";
  look_as_follower();
  EXPECT_THAT(sent, IsEmpty()) << "who follows makes none";
  look_as_leader();
  look_as_leader();
  EXPECT_THAT(sent, ElementsAre("/api/v1/namespaces/s/secrets"));
  EXPECT_FALSE(keeper.is_serving()) << "what is served is what was read";
}

TEST_F(AuthorityKeeperTest, WhatCouldNotBeMadeIsSaidAndTriedAgainEverMoreSeldom) {
  EXPECT_FALSE(look_as_leader()) << "it is waited for the answer";
  answer(failed(kubernetes::ApiErrorKind::kForbidden, 403));
  EXPECT_THAT(told, ElementsAre("authority not made"));
  auto tries = sent.size();
  for (const auto end = now + 1h; now < end; ++tries) {
    const auto next = look_as_leader();
    ASSERT_EQ(sent.size(), tries) << "not at once";
    ASSERT_TRUE(next && *next > now && *next <= now + 60s);
    now = *next;
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
  EXPECT_THAT(told, ElementsAre("authority not shown to nodes"));
  const auto next = look_as_leader();
  EXPECT_EQ(sent.size(), 1U);
  ASSERT_TRUE(next && *next > now);
  now = *next;
  look_as_leader();
  EXPECT_EQ(sent.size(), 2U);
  answer("{}");
  EXPECT_EQ(look_as_leader(), now + 10s);
  put_config_map(pem.certificate);
  EXPECT_FALSE(look_as_leader());
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

}  // namespace
}  // namespace sluice::daemon
