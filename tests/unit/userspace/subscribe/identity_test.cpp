// What a node takes as its own certificate, and what it reads of its files.
#include "userspace/subscribe/identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "controller/publish/authority.h"
#include "sluice/backoff.h"
#include "userspace/subscribe/credentials.h"

namespace sluice::subscribe {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const auto kNow = std::chrono::system_clock::now();
const auto kAuthority = publish::Authority::make();

std::string certificate_of(const KeyRequest& request, const std::string& node) {
  return kAuthority.node(request.request_pem(), node).value_or("");
}

TEST(Identity, IsDueAtHalfOfItsLife) {
  const KeyRequest request("n");
  const auto made = identity(request, "n", certificate_of(request, "n"), kAuthority.pem().certificate, kNow);
  ASSERT_TRUE(made) << made.error();
  EXPECT_FALSE(made->is_due(kNow));
  EXPECT_FALSE(made->is_due(kNow + std::chrono::hours(11)));
  EXPECT_TRUE(made->is_due(kNow + std::chrono::hours(12) + std::chrono::minutes(1)));
}

TEST(Identity, IsOfOwnKeyAndOwnNameAlone) {
  const KeyRequest request("n");
  const KeyRequest other("n");
  const auto pem = kAuthority.pem().certificate;
  EXPECT_FALSE(identity(request, "n", certificate_of(other, "n"), pem, kNow));
  EXPECT_THAT(identity(request, "n", certificate_of(request, "m"), pem, kNow).error(),
              HasSubstr("not of a pod on node n"));
  EXPECT_FALSE(identity(request, "n", "", pem, kNow));
  EXPECT_FALSE(identity(request, "n", certificate_of(request, "n"), "", kNow));
}

TEST(Identity, EveryKeyIsAnother) {
  EXPECT_NE(KeyRequest("n").key_pem(), KeyRequest("n").key_pem());
}

TEST(Certificates, OfATextMustAllBeReadable) {
  const auto pem = kAuthority.pem().certificate;
  EXPECT_TRUE(check_certificates(pem));
  EXPECT_TRUE(check_certificates("# ours\n" + pem + "\n" + pem));
  EXPECT_FALSE(check_certificates(""));
  EXPECT_FALSE(check_certificates("no certificate"));
  EXPECT_FALSE(check_certificates(pem + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
}

class FilesTest : public ::testing::Test {
 protected:
  FilesTest() : path(std::filesystem::temp_directory_path() / ("sluice-token-" + std::to_string(getpid()))) {}
  ~FilesTest() override { std::filesystem::remove(path); }
  void write(const std::string& text) const { std::ofstream(path) << text; }
  const std::filesystem::path path;
};

TEST_F(FilesTest, ATokenIsReadAsItIsNow) {
  write("one.two.three\n");
  EXPECT_EQ(read_token(path), "one.two.three");
  write("four.five.six");
  EXPECT_EQ(read_token(path), "four.five.six");
}

TEST_F(FilesTest, NoMessageShowsAToken) {
  EXPECT_THAT(read_token(path).error(), HasSubstr(path.string()));
  write("");
  EXPECT_THAT(read_token(path).error(), HasSubstr("empty"));
  write("secret token");
  EXPECT_THAT(read_token(path).error(), Not(HasSubstr("secret")));
}

TEST_F(FilesTest, AuthoritiesAreCertificates) {
  write(kAuthority.pem().certificate);
  EXPECT_EQ(read_authorities(path), kAuthority.pem().certificate);
  write(kAuthority.pem().private_key);
  EXPECT_THAT(read_authorities(path).error(), Not(HasSubstr("BEGIN")));
}

TEST(Address, HasAHost) {
  EXPECT_EQ(host_of("sluice-controller.sluice-system.svc:8443"), "sluice-controller.sluice-system.svc");
  EXPECT_EQ(host_of("[::1]:8443"), "::1");
  EXPECT_EQ(host_of("10.0.0.1:8443"), "10.0.0.1");
}

TEST(Backoff, DoublesUpToTheMostAndBeginsAgain) {
  using std::chrono::milliseconds;
  Backoff backoff(milliseconds(100), milliseconds(1000));
  for (const int most : {100, 200, 400, 800, 1000, 1000}) {
    const auto wait = backoff.next();
    EXPECT_GE(wait, milliseconds(most / 2));
    EXPECT_LE(wait, milliseconds(most));
  }
  backoff.reset();
  EXPECT_LE(backoff.next(), milliseconds(100));
}

TEST(Certificates, AreHeldByContentAndNotByText) {
  const auto one = kAuthority.pem().certificate;
  const auto other = publish::Authority::make().pem().certificate;
  EXPECT_TRUE(holds_certificates("# ours\n" + other + "\n# and theirs\n" + one, one));
  EXPECT_TRUE(holds_certificates(one + other, other + one));
  EXPECT_FALSE(holds_certificates(other, one));
  EXPECT_FALSE(holds_certificates(one, one + other));
}

}  // namespace
}  // namespace sluice::subscribe
