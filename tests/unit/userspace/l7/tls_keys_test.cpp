// Keys of a frontend: parsed once, their contexts shared, forgotten with the last table.
#include "userspace/l7/tls_keys.h"

#include "tests/unit/userspace/l7/frontend_model.h"
#include "tests/unit/userspace/l7/tls_client.h"

namespace sluice::l7 {
namespace {

using test::FrontendModel;
using test::make_certificate;

class TlsKeysTest : public testing::Test {
 protected:
  void key(const std::string& name, const std::vector<std::string>& names) {
    const auto pair = make_certificate(names);
    model_.key(name, pair.certificate, pair.key);
  }
  std::shared_ptr<const TlsKeys> build(const std::vector<std::string>& names) {
    model::v1::Tls tls;
    for (const auto& name : names) tls.add_keys(name);
    return builder_.build(store_ = model_.store(), tls);
  }
  FrontendModel model_;
  model::Store store_;
  TlsKeysBuilder builder_;
};

TEST_F(TlsKeysTest, FrontendsWithTheSameKeysShareOneContext) {
  key("key/a", {"a.example"});
  key("key/b", {"b.example"});
  const auto one = build({"key/a", "key/b"});
  const auto two = build({"key/a"});
  EXPECT_EQ(one->find("a.example"), two->find("whatever"));
  EXPECT_NE(one->find("a.example"), one->find("b.example"));
}

TEST_F(TlsKeysTest, NamesAreComparedWithoutCase) {
  key("key/default", {"default.example"});
  key("key/a", {"A.Example", "*.Wild.Example"});
  const auto keys = build({"key/default", "key/a"});
  EXPECT_EQ(keys->find("a.example"), keys->find("x.wild.example"));
  EXPECT_NE(keys->find("a.example"), keys->find("other.example"));
  EXPECT_EQ(keys->find("wild.example"), keys->find("other.example"));  // no label for the star
}

TEST_F(TlsKeysTest, TheFirstOfTwoCertificatesOfOneTypeServes) {
  key("key/first", {"a.example"});
  key("key/second", {"a.example"});
  const auto keys = build({"key/first", "key/second"});
  EXPECT_EQ(keys->find("a.example"), build({"key/first"})->find(""));
}

TEST_F(TlsKeysTest, WithoutKeysThereIsNothing) {
  const auto keys = build({});
  EXPECT_TRUE(keys->empty());
  EXPECT_EQ(keys->find("a.example"), nullptr);
}

TEST_F(TlsKeysTest, AnEncryptedKeyIsRefusedWithoutAQuestion) {
  key("key/a", {"a.example"});
  model_.key("key/secret", make_certificate({"s.example"}).certificate,
             "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGb\n-----END ENCRYPTED PRIVATE KEY-----\n");
  const auto keys = build({"key/secret", "key/a"});
  ASSERT_EQ(keys->certificates().size(), 1);
  EXPECT_TRUE(keys->errors().at("key/secret").starts_with("tls.key: "));
  EXPECT_EQ(keys->certificates()[0]->secret, "default/key/a");
}

TEST_F(TlsKeysTest, ErrorsSayNothingOfTheKey) {
  const auto pair = make_certificate({"a.example"});
  std::string broken = pair.key;
  broken.erase(60, 7);
  model_.key("key/a", pair.certificate, broken);
  const auto keys = build({"key/a"});
  EXPECT_EQ(keys->errors().at("key/a").find(broken.substr(30, 20)), std::string::npos);
  EXPECT_TRUE(keys->empty());
}

}  // namespace
}  // namespace sluice::l7
