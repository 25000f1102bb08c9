// Who makes the authority, who reads it, and what happens to one that cannot be read.
#include "controller/daemon/authority_keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::daemon {
namespace {

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

TEST_F(AuthorityKeeperTest, ALeaderMakesOneWhereThereIsNoneAndOnlyOnce) {
  keeper.look(objects, false, true);
  EXPECT_THAT(sent, IsEmpty()) << "it may be there, and not read yet";
  keeper.look(objects, true, false);
  EXPECT_THAT(sent, IsEmpty()) << "who follows makes none";
  keeper.look(objects, true, true);
  keeper.look(objects, true, true);
  EXPECT_THAT(sent, ElementsAre("/api/v1/namespaces/s/secrets"));
  EXPECT_FALSE(keeper.is_serving()) << "what is served is what was read";
}

TEST_F(AuthorityKeeperTest, WhatCouldNotBeMadeIsTriedAgainAndSaid) {
  keeper.look(objects, true, true);
  answer(std::unexpected(kubernetes::ApiError{kubernetes::ApiErrorKind::kForbidden, 403, "no", {}}));
  EXPECT_THAT(told, ElementsAre("authority not made"));
  keeper.look(objects, true, true);
  EXPECT_EQ(sent.size(), 2U);
  answer(std::unexpected(kubernetes::ApiError{kubernetes::ApiErrorKind::kAlreadyExists, 409, "", {}}));
  EXPECT_EQ(told.size(), 1U);
}

TEST_F(AuthorityKeeperTest, EveryReplicaServesWhatIsReadAndALeaderShowsIt) {
  put_secret(pem);
  keeper.look(objects, true, false);
  keeper.look(objects, true, false);
  EXPECT_THAT(served, ElementsAre(pem));
  EXPECT_TRUE(keeper.is_serving());
  EXPECT_THAT(sent, IsEmpty());
  keeper.look(objects, true, true);
  EXPECT_THAT(sent, ElementsAre("/api/v1/namespaces/s/configmaps"));
  answer("{}");
  put_config_map(pem.certificate);
  keeper.look(objects, true, true);
  EXPECT_EQ(sent.size(), 1U);
}

TEST_F(AuthorityKeeperTest, ACertificateThatSomebodyEditedIsPutRight) {
  put_secret(pem);
  put_config_map("edited");
  keeper.look(objects, true, true);
  EXPECT_THAT(sent, ElementsAre("/api/v1/namespaces/s/configmaps/sluice-ca"));
}

TEST_F(AuthorityKeeperTest, OneThatCannotBeReadIsSaidOnceAndTheOneBeforeStays) {
  put_secret(pem);
  keeper.look(objects, true, true);
  put_secret({"no", "certificate"});
  keeper.look(objects, true, true);
  keeper.look(objects, true, true);
  EXPECT_THAT(told, ElementsAre("authority not usable"));
  EXPECT_THAT(served, ElementsAre(pem));
  put_secret(publish::Authority::make().pem());
  keeper.look(objects, true, true);
  EXPECT_EQ(served.size(), 2U);
}

}  // namespace
}  // namespace sluice::daemon
