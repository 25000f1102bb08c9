#include "controller/daemon/authority_objects.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json.hpp>

namespace sluice::daemon {
namespace {

using ::testing::HasSubstr;

std::string review(const std::string& status) {
  return R"({"kind":"TokenReview","status":)" + status + "}";
}
std::string error_of(const std::string& status) {
  const auto owner = read_review(review(status));
  return owner ? "taken" : owner.error();
}

const std::string kUser =
    R"("user":{"username":"system:serviceaccount:s:sluiced","extra":{"authentication.kubernetes.io/node-name":["n1"]}})";

TEST(TokenReview, AsksForOurAudienceAlone) {
  const auto request = review_request("secret-token");
  EXPECT_EQ(to_path(request.path), "/apis/authentication.k8s.io/v1/tokenreviews");
  const auto body = boost::json::parse(request.body);
  EXPECT_EQ(body.at("spec").at("token"), "secret-token");
  EXPECT_EQ(body.at("spec").at("audiences").as_array().size(), 1U);
  EXPECT_EQ(body.at("spec").at("audiences").at(0), "sluice-controller");
}

TEST(TokenReview, NamesTheNodeOfThePod) {
  const auto owner = read_review(review(R"({"authenticated":true,"audiences":["sluice-controller"],)" + kUser + "}"));
  ASSERT_TRUE(owner);
  EXPECT_EQ(owner->node, "n1");
  EXPECT_EQ(owner->service_account, "system:serviceaccount:s:sluiced");
}

TEST(TokenReview, WhatTheApiServerDoesNotTakeIsRefused) {
  EXPECT_EQ(error_of(R"({"authenticated":false,"error":"token has expired"})"),
            "the API server does not take it: token has expired");
  EXPECT_EQ(error_of("{}"), "the API server does not take it");
  EXPECT_EQ(error_of(R"({"authenticated":"true"})"), "the API server does not take it");
  EXPECT_EQ(error_of(R"({"authenticated":true,)" + kUser + "}"), "it is not for this audience");
  EXPECT_EQ(error_of(R"({"authenticated":true,"audiences":["other"],)" + kUser + "}"), "it is not for this audience");
  EXPECT_EQ(error_of(R"({"authenticated":true,"audiences":["sluice-controller"],"user":{"username":"u"}})"),
            "it is bound to no pod on a node");
  const auto unreadable = read_review("<html>");
  EXPECT_EQ(unreadable.error(), "the API server does not take it");
  const auto down =
      read_review(std::unexpected(kubernetes::ApiError{kubernetes::ApiErrorKind::kBusy, 503, "busy", {}}));
  EXPECT_THAT(down.error(), HasSubstr("did not review it"));
}

TEST(AuthorityObjects, TheSecretIsReadAsItWasWritten) {
  const publish::AuthorityPem pem{"CERTIFICATE", "KEY"};
  const auto request = write_secret("s", {.present = pem});
  EXPECT_EQ(to_path(request.path), "/api/v1/namespaces/s/secrets");
  const auto body = boost::json::parse(request.body);
  EXPECT_EQ(body.at("metadata").at("name"), "sluice-ca");
  EXPECT_EQ(body.at("type"), "kubernetes.io/tls");
  api::ObjectSet objects;
  EXPECT_FALSE(authority_in(objects, "s"));
  api::Secret secret;
  secret.data["tls.crt"] = std::string(body.at("stringData").at("tls.crt").as_string());
  secret.data["tls.key"] = std::string(body.at("stringData").at("tls.key").as_string());
  objects.secrets[{"s", "sluice-ca"}] = std::make_shared<const api::Secret>(secret);
  const auto read = authority_in(objects, "s");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->present, pem);
  EXPECT_FALSE(read->next);
}

TEST(AuthorityObjects, ASecretIsReplacedOnlyAsItWasRead) {
  api::Secret secret;
  secret.metadata.resource_version = "17";
  secret.type = "Opaque";
  secret.data = {{"tls.crt", "A"}, {"tls.key", "B"}, {"next.crt", "C"}, {"next.key", "D"}};
  api::ObjectSet objects;
  objects.secrets[{"s", "sluice-ca"}] = std::make_shared<const api::Secret>(secret);
  const auto request = write_secret("s", *authority_in(objects, "s"));
  EXPECT_EQ(request.method, kubernetes::HttpMethod::kPut);
  EXPECT_EQ(to_path(request.path), "/api/v1/namespaces/s/secrets/sluice-ca");
  const auto body = boost::json::parse(request.body);
  EXPECT_EQ(body.at("metadata").at("resourceVersion"), "17");
  EXPECT_EQ(body.at("type"), "Opaque");
  EXPECT_EQ(boost::json::serialize(body.at("stringData")),
            R"({"tls.crt":"A","tls.key":"B","next.crt":"C","next.key":"D"})");
}

TEST(AuthorityObjects, TheConfigMapShowsTheCertificateAndNotTheKey) {
  const auto made = write_config_map("s", "CERTIFICATE", false);
  EXPECT_EQ(made.method, kubernetes::HttpMethod::kPost);
  EXPECT_EQ(boost::json::parse(made.body).at("data").at("ca.crt"), "CERTIFICATE");
  const auto replaced = write_config_map("s", "CERTIFICATE", true);
  EXPECT_EQ(replaced.method, kubernetes::HttpMethod::kPut);
  EXPECT_EQ(to_path(replaced.path), "/api/v1/namespaces/s/configmaps/sluice-ca");
}

}  // namespace
}  // namespace sluice::daemon
