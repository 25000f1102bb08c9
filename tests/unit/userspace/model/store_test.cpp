#include "userspace/model/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::model {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

v1::Resource frontend(const std::string& name, const std::string& table) {
  v1::Resource resource;
  resource.set_name(name);
  resource.mutable_frontend()->set_http(table);
  return resource;
}

v1::Resource table(const std::string& name, const std::string& host) {
  v1::Resource resource;
  resource.set_name(name);
  resource.mutable_http()->add_hosts()->set_host(host);
  return resource;
}

v1::Resource host(const std::string& name, const std::string& backend) {
  v1::Resource resource;
  resource.set_name(name);
  resource.mutable_host()->add_actions()->add_backends()->set_backend(backend);
  return resource;
}

v1::Resource backend(const std::string& name, const std::string& endpoints) {
  v1::Resource resource;
  resource.set_name(name);
  resource.mutable_backend()->set_endpoints(endpoints);
  return resource;
}

v1::Delta delta(std::uint64_t base, std::vector<v1::Resource> changed, std::vector<std::string> removed = {}) {
  v1::Delta delta;
  delta.set_base_generation(base);
  delta.set_generation(base + 1);
  for (auto& resource : changed) *delta.add_changed() = std::move(resource);
  for (auto& name : removed) delta.add_removed(std::move(name));
  return delta;
}

Store two_frontends() {
  Store store;
  EXPECT_TRUE(store.apply(
      delta(0, {frontend("frontend/a", "http/a"), table("http/a", "host/a"), host("host/a", "backend/x"),
                backend("backend/x", "endpoints/x"), frontend("frontend/b", "http/b"), table("http/b", "host/b"),
                host("host/b", "backend/y"), backend("backend/y", "endpoints/y")})));
  return store;
}

TEST(Store, AnEndpointsResourceLeadsToTheFrontendsThatUseIt) {
  const Store store = two_frontends();
  EXPECT_THAT(store.frontends_of({"endpoints/x"}), ElementsAre("frontend/a"));
  EXPECT_THAT(store.frontends_of({"endpoints/x", "host/b"}), ElementsAre("frontend/a", "frontend/b"));
  EXPECT_THAT(store.frontends_of({"endpoints/z"}), IsEmpty());
}

TEST(Store, AReferenceThatIsGoneLeadsNowhere) {
  Store store = two_frontends();
  ASSERT_TRUE(store.apply(delta(1, {host("host/a", "backend/y")})));
  EXPECT_THAT(store.frontends_of({"endpoints/x"}), IsEmpty());
  EXPECT_THAT(store.frontends_of({"endpoints/y"}), ElementsAre("frontend/a", "frontend/b"));
  ASSERT_TRUE(store.apply(delta(2, {}, {"host/b"})));
  EXPECT_THAT(store.frontends_of({"endpoints/y"}), ElementsAre("frontend/a"));
}

TEST(Store, ADeltaFromAnotherGenerationIsRefusedAndChangesNothing) {
  Store store = two_frontends();
  EXPECT_FALSE(store.apply(delta(7, {}, {"frontend/a"})));
  EXPECT_EQ(store.generation(), 1U);
  EXPECT_NE(store.find("frontend/a"), nullptr);
}

TEST(Store, ASavedModelMakesAnEqualStore) {
  const Store store = two_frontends();
  v1::Delta whole = as_delta(store.model());
  Store copy;
  ASSERT_TRUE(copy.apply(whole));
  EXPECT_EQ(copy.model().SerializeAsString(), store.model().SerializeAsString());
}

TEST(Store, AResourceOfASharedDeltaIsHeldAndNotCopied) {
  const SharedDelta shared = share(delta(0, {frontend("frontend/a", "http/a"), table("http/a", "host/a")}));
  Store one;
  Store other;
  ASSERT_TRUE(one.apply(shared));
  ASSERT_TRUE(other.apply(shared));
  EXPECT_EQ(one.find("frontend/a"), shared.changed[0]);
  EXPECT_EQ(other.find("frontend/a"), shared.changed[0]);
  EXPECT_THAT(one.frontends_of({"http/a"}), ElementsAre("frontend/a"));
  EXPECT_FALSE(one.apply(shared)) << "its base is not in force any more";
}

TEST(Store, AResourceOutlivesItsRemovalForThoseWhoHoldIt) {
  Store store = two_frontends();
  const ResourcePtr held = store.find("backend/x");
  ASSERT_TRUE(store.apply(delta(1, {}, {"backend/x"})));
  EXPECT_EQ(store.find("backend/x"), nullptr);
  EXPECT_EQ(held->backend().endpoints(), "endpoints/x");
}

}  // namespace
}  // namespace sluice::model
