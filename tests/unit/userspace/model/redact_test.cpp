#include "userspace/model/redact.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::model {
namespace {

using testing::HasSubstr;
using testing::Not;

v1::Model model_with_key() {
  v1::Model model;
  auto& resource = *model.add_resources();
  resource.set_name("key/0");
  resource.mutable_key()->set_certificate_chain_pem("-----BEGIN CERTIFICATE-----\nQ0VSVA==\n");
  resource.mutable_key()->set_private_key_pem("-----BEGIN PRIVATE KEY-----\nU0VDUkVU\n");
  return model;
}

TEST(Redact, TheJsonOfAModelHasCertificatesAndNoPrivateKey) {
  const std::string json = redacted_json(model_with_key());
  EXPECT_THAT(json, HasSubstr("Q0VSVA=="));
  EXPECT_THAT(json, HasSubstr("[redacted]"));
  EXPECT_THAT(json, Not(HasSubstr("U0VDUkVU")));
  EXPECT_THAT(json, Not(HasSubstr("BEGIN PRIVATE KEY")));
}

TEST(Redact, WhatIsPrintedCanBeReadAgain) {
  const auto read = model_from_json(redacted_json(model_with_key()));
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->SerializeAsString(), redacted(model_with_key()).SerializeAsString());
  EXPECT_FALSE(model_from_json("{\"resources\": 1}"));
}

}  // namespace
}  // namespace sluice::model
