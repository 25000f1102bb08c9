// A folder whose files change: each change is taken whole or refused whole.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/source/directory.h"
#include "tests/unit/controller/source/folder.h"

namespace sluice::source {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> names(const std::vector<api::ObjectRef>& refs) {
  std::vector<std::string> out;
  for (const auto& ref : refs) out.push_back(to_string(ref));
  return out;
}

class Reload : public ::testing::Test {
 protected:
  ReloadResult reload() {
    ReloadResult result = source.reload();
    EXPECT_THAT(lines(result.errors, folder.path()), IsEmpty());
    return result;
  }
  std::shared_ptr<const api::ConfigMap> config(const std::string& name) {
    const auto& all = source.objects()->config_maps;
    const auto found = all.find({"default", name});
    return found != all.end() ? found->second : nullptr;
  }

  Folder folder;
  DirectorySource source{folder.path(), api::Channel::kExperimental};
};

TEST_F(Reload, BeforeTheFirstTheSetIsEmptyAndAfterItEverythingIsNew) {
  ASSERT_NE(source.objects(), nullptr);
  EXPECT_TRUE(source.objects()->config_maps.empty());
  folder.write("a.yaml", config_map("a", "x"));
  EXPECT_THAT(names(reload().changed), ElementsAre("ConfigMap default/a", "Namespace default"));
}

TEST_F(Reload, WhatDidNotChangeKeepsItsPointerInAChangedFileToo) {
  folder.write("a.yaml", config_map("a", "x") + "---\n" + config_map("b", "x"));
  folder.write("c.yaml", config_map("c", "x"));
  reload();
  const auto a = config("a");
  const auto b = config("b");
  const auto c = config("c");
  const auto space = source.objects()->namespaces.at({"", "default"});
  folder.replace("a.yaml", "# comment\n" + config_map("a", "x") + "---\n" + config_map("b", "z"));
  EXPECT_THAT(names(reload().changed), ElementsAre("ConfigMap default/b"));
  EXPECT_EQ(config("a"), a);
  EXPECT_NE(config("b"), b);
  EXPECT_EQ(config("c"), c);
  EXPECT_EQ(source.objects()->namespaces.at({"", "default"}), space);
  EXPECT_EQ(source.objects()->origins.at({"ConfigMap", "default", "a"}).line, 2U);
}

TEST_F(Reload, WithoutAChangeNothingChanged) {
  folder.write("a.yaml", config_map("a", "x"));
  reload();
  const auto before = config("a");
  EXPECT_THAT(reload().changed, IsEmpty());
  EXPECT_EQ(config("a"), before);
}

TEST_F(Reload, AFieldThatIsNotCarriedOutYetIsAChangeToo) {
  const auto route = [](const std::string& timeout, const std::string& path) {
    return "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: a}\nspec:\n  rules:\n"
           "  - sessionPersistence: {absoluteTimeout: " +
           timeout + ", cookie: {}}\n    filters: [{type: ExternalAuth, externalAuth: {protocol: HTTP, " +
           "backendRef: {name: auth, port: 80}, http: {path: " + path + "}}}]\n";
  };
  folder.write("a.yaml", route("1h", "/a"));
  reload();
  EXPECT_THAT(reload().changed, IsEmpty());
  folder.replace("a.yaml", route("2h", "/a"));
  EXPECT_THAT(names(reload().changed), ElementsAre("HTTPRoute default/a"));
  folder.replace("a.yaml", route("2h", "/b"));
  EXPECT_THAT(names(reload().changed), ElementsAre("HTTPRoute default/a"));
}

TEST_F(Reload, AnErrorKeepsTheWholeSetInForceAndIsSaidAgainUntilItIsMended) {
  folder.write("a.yaml", config_map("a", "w"));
  folder.write("b.yaml", config_map("b", "x"));
  reload();
  const auto before = source.objects();
  folder.replace("a.yaml", config_map("a", "x"));
  folder.replace("b.yaml", "broken: [");
  for (int i = 0; i < 2; ++i) {
    const ReloadResult refused = source.reload();
    EXPECT_THAT(lines(refused.errors, folder.path()), ElementsAre(HasSubstr("b.yaml:")));
    EXPECT_THAT(refused.changed, IsEmpty());
    EXPECT_EQ(source.objects(), before);
  }
  folder.replace("b.yaml", config_map("b", "x"));
  EXPECT_THAT(names(reload().changed), ElementsAre("ConfigMap default/a"));
}

TEST_F(Reload, ARemovedFileTakesItsObjectsAndTheirNamespacesAlong) {
  folder.write("a.yaml", config_map("a", "x"));
  folder.write("b.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b, namespace: shop}\n");
  reload();
  folder.remove("b.yaml");
  EXPECT_THAT(names(reload().changed), ElementsAre("ConfigMap shop/b", "Namespace shop"));
}

TEST_F(Reload, AnObjectThatMovesToAnotherFileIsTheSame) {
  folder.write("a.yaml", config_map("a", "x"));
  reload();
  const auto before = config("a");
  folder.remove("a.yaml");
  folder.write("sub/z.yaml", config_map("a", "x"));
  EXPECT_THAT(reload().changed, IsEmpty());
  EXPECT_EQ(config("a"), before);
}

TEST_F(Reload, AFolderThatIsGoneKeepsTheSetInForce) {
  folder.write("a.yaml", config_map("a", "x"));
  reload();
  std::filesystem::remove_all(folder.path());
  EXPECT_FALSE(source.reload().ok());
  EXPECT_NE(config("a"), nullptr);
}

TEST_F(Reload, AChangeOfTheSameSizeWithinATickOfTheClockIsSeen) {
  for (const std::string value : {"aaaa", "bbbb", "cccc", "dddd"}) {
    folder.write("a.yaml", config_map("a", value));
    reload();
    EXPECT_EQ(config("a")->data.at("key"), value);
  }
}

std::string gateway_class(std::string_view controller) {
  return "apiVersion: gateway.networking.k8s.io/v1\nkind: GatewayClass\nmetadata:\n  name: c\nspec:\n  "
         "controllerName: " +
         std::string(controller) + "\n";
}

TEST_F(Reload, ARuleOnChangeComparesWithTheObjectInForce) {
  folder.write("c.yaml", gateway_class("a.example/one"));
  reload();
  for (int i = 0; i < 2; ++i) {
    folder.replace("c.yaml", gateway_class("a.example/two"));
    EXPECT_THAT(lines(source.reload().errors, folder.path()),
                ElementsAre("c.yaml:6: GatewayClass c: spec.controllerName: field is immutable"));
  }
  folder.replace("c.yaml", gateway_class("a.example/one"));
  EXPECT_THAT(reload().changed, IsEmpty());
}

TEST_F(Reload, ARemovedObjectMayComeBackDifferent) {
  folder.write("c.yaml", gateway_class("a.example/one"));
  reload();
  folder.remove("c.yaml");
  reload();
  folder.write("c.yaml", gateway_class("a.example/two"));
  EXPECT_THAT(names(reload().changed), ElementsAre("GatewayClass c"));
}

TEST_F(Reload, RulesOnChangeHoldForKindsThatAreNotSupportedYetToo) {
  const auto mesh = [](std::string_view controller) {
    return "apiVersion: gateway.networking.x-k8s.io/v1alpha1\nkind: XMesh\nmetadata: {name: m}\nspec:\n  "
           "controllerName: " +
           std::string(controller) + "\n";
  };
  folder.write("m.yaml", mesh("a.example/one"));
  reload();
  folder.replace("m.yaml", mesh("a.example/two"));
  EXPECT_THAT(lines(source.reload().errors, folder.path()),
              ElementsAre("m.yaml:5: XMesh m: spec.controllerName: field is immutable"));
}

}  // namespace
}  // namespace sluice::source
