// Of Secrets and ConfigMaps only what is wanted is read, and it is kept current.
#include "tests/unit/controller/source/kubernetes/source_fixture.h"

namespace sluice::kubernetes {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

const std::string kGetA = "GET /api/v1/namespaces/n/secrets/a";

class Contents : public SourceTest {
 protected:
  static api::ObjectRef ref(const std::string& name) { return {"Secret", "n", name}; }
  void want(std::set<api::ObjectRef> refs) {
    all.has_contents = false;
    source->want(std::move(refs));
  }
  std::string value_of(const std::string& name) const {
    const auto found = secret_named(name);
    return found != nullptr ? found->data.at("key") : "";
  }
};

TEST_F(Contents, WhatIsNotWantedIsNeverSent) {
  world.put(kSecrets, secret("a", "YQ=="));
  world.put(kSecrets, secret("b", "Yg=="));
  start_and_sync();
  EXPECT_THAT(source->objects()->secrets, IsEmpty());
  want({ref("a")});
  take_until([&] { return all.has_contents; });
  EXPECT_EQ(value_of("a"), "a");
  EXPECT_THAT(source->objects()->secrets, SizeIs(1));
  EXPECT_THAT(server.seen("/secrets/"), SizeIs(1));
  for (const auto& seen : server.seen("/api/v1/secrets?"))
    EXPECT_THAT(seen.accept, HasSubstr("as=PartialObjectMetadata"));
}

TEST_F(Contents, ConfigMapsAreReadInTheSameWay) {
  world.put(kConfigMaps, R"({"metadata":{"namespace":"n","name":"ca"},"data":{"ca.crt":"x"}})");
  start_and_sync();
  want({{"ConfigMap", "n", "ca"}});
  take_until([&] { return all.has_contents; });
  EXPECT_THAT(source->objects()->config_maps.at({"n", "ca"})->data, ElementsAre(Pair("ca.crt", "x")));
}

TEST_F(Contents, WhatDoesNotExistIsAnsweredToo) {
  start_and_sync();
  want({ref("none"), {"ConfigMap", "n", "none"}});
  take_until([&] { return all.has_contents; });
  EXPECT_THAT(server.seen("/secrets/"), IsEmpty());
  world.put(kSecrets, secret("none", "YQ=="));
  take_until([&] { return value_of("none") == "a"; });
}

TEST_F(Contents, AChangeIsReadAndARemovalRemoves) {
  world.put(kSecrets, secret("a", "YQ=="));
  start_and_sync();
  want({ref("a")});
  take_until([&] { return value_of("a") == "a"; });
  all.changed.clear();
  world.put(kSecrets, secret("a", "Yg=="));
  take_until([&] { return value_of("a") == "b"; });
  world.remove(kSecrets, "n", "a");
  take_until([&] { return secret_named("a") == nullptr; });
  world.put(kSecrets, secret("a", "Yw=="));
  take_until([&] { return value_of("a") == "c"; });
  EXPECT_THAT(all.changed, ElementsAre("Secret n/a", "Secret n/a", "Secret n/a"));
}

TEST_F(Contents, WhatIsNoLongerWantedIsForgotten) {
  world.put(kSecrets, secret("a", "YQ=="));
  world.put(kSecrets, secret("b", "Yg=="));
  start_and_sync();
  want({ref("a"), ref("b")});
  take_until([&] { return all.has_contents; });
  want({ref("b")});
  take_until([&] { return all.has_contents && secret_named("a") == nullptr; });
  EXPECT_EQ(value_of("b"), "b");
  want({ref("a"), ref("b")});
  take_until([&] { return all.has_contents; });
  EXPECT_EQ(value_of("a"), "a");
}

TEST_F(Contents, TheSameWantIsNoWant) {
  world.put(kSecrets, secret("a", "YQ=="));
  start_and_sync();
  want({ref("a")});
  take_until([&] { return all.has_contents; });
  source->want({ref("a")});
  world.put(kServices, service("s"));
  take_until([&] { return service_named("s") != nullptr; });
  EXPECT_TRUE(all.has_contents) << "nothing to wait for";
  EXPECT_THAT(server.seen(kGetA), SizeIs(1));
}

TEST_F(Contents, AWantBeforeTheFirstWorldIsKept) {
  world.put(kSecrets, secret("a", "YQ=="));
  start();
  want({ref("a")});
  take_until([&] { return all.is_synced && all.has_contents; });
  EXPECT_EQ(value_of("a"), "a");
}

TEST_F(Contents, AServerThatFailsIsAskedAgainAndWaitedFor) {
  world.put(kSecrets, secret("a", "YQ=="));
  start_and_sync();
  for (int i = 0; i < 3; ++i) server.fault({.request = kGetA, .status = 500, .body = "broken"});
  want({ref("a")});
  take_until([&] { return all.has_contents; });
  EXPECT_EQ(value_of("a"), "a");
  EXPECT_THAT(server.seen(kGetA), SizeIs(4));
  EXPECT_EQ(trouble("Secret n/a"), "");
}

TEST_F(Contents, NobodyWaitsForWhatIsForbidden) {
  world.put(kSecrets, secret("a", "YQ=="));
  start_and_sync();
  for (int i = 0; i < 1000; ++i) server.fault({.request = kGetA, .status = 403, .body = "forbidden"});
  want({ref("a")});
  take_until([&] { return all.has_contents; });
  EXPECT_EQ(secret_named("a"), nullptr);
  take_until([&] { return trouble("Secret n/a") == "403: forbidden"; });
}

TEST_F(Contents, OneThatCannotBeReadIsNamedWithoutItsValueAndLeftOut) {
  world.put(kSecrets, secret("a", "hunter2!"));
  start_and_sync();
  want({ref("a")});
  take_until([&] { return all.has_contents && !trouble("Secret n/a").empty(); });
  EXPECT_EQ(trouble("Secret n/a"), "data.key: must be base64; the object is left out");
  world.put(kSecrets, secret("a", "YQ=="));
  take_until([&] { return value_of("a") == "a" && trouble("Secret n/a").empty(); });
}

TEST_F(Contents, ManyAreReadAFewAtATime) {
  std::set<api::ObjectRef> refs;
  for (int i = 0; i < 60; ++i) {
    world.put(kSecrets, secret("s" + std::to_string(i), "YQ=="));
    refs.insert(ref("s" + std::to_string(i)));
  }
  start_and_sync();
  want(refs);
  take_until([&] { return all.has_contents; });
  EXPECT_THAT(source->objects()->secrets, SizeIs(60));
}

}  // namespace
}  // namespace sluice::kubernetes
