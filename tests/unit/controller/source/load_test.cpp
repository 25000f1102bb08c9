// A folder, or a file, read once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "controller/source/directory.h"
#include "tests/unit/controller/source/folder.h"

namespace sluice::source {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

LoadResult load_all(const Folder& folder) {
  return load(folder.path(), api::Channel::kExperimental);
}

std::vector<std::string> names(const LoadResult& result) {
  std::vector<std::string> out;
  if (result.objects == nullptr) return {"refused"};
  for (const auto& [name, object] : result.objects->config_maps) out.push_back(name.name);
  return out;
}

TEST(Load, TakesYamlYmlAndJsonAtEveryDepthAndNothingElse) {
  const Folder folder;
  folder.write("a.yaml", config_map("a", "x"));
  folder.write("b.yml", config_map("b", "x"));
  folder.write("sub/deeper/c.json", R"({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}})");
  folder.write("README.md", "# no manifest: [");
  folder.write("d.yaml.bak", "no manifest: [");
  EXPECT_THAT(names(load_all(folder)), ElementsAre("a", "b", "c"));
}

TEST(Load, PassesOverNamesThatBeginWithADot) {
  const Folder folder;
  folder.write(".a.yaml", "broken: [");
  folder.write(".git/b.yaml", "broken: [");
  folder.write("c.yaml", config_map("c", "x"));
  EXPECT_THAT(names(load_all(folder)), ElementsAre("c"));
}

TEST(Load, FollowsLinksToFilesAndFolders) {
  const Folder elsewhere;
  elsewhere.write("one.yaml", config_map("one", "x"));
  elsewhere.write("more/two.yaml", config_map("two", "x"));
  const Folder folder;
  folder.link("a.yaml", (elsewhere / "one.yaml").string());
  folder.link("b", (elsewhere / "more").string());
  EXPECT_THAT(names(load_all(folder)), ElementsAre("one", "two"));
}

TEST(Load, AFolderThatContainsItselfIsReadOnce) {
  const Folder folder;
  folder.write("sub/a.yaml", config_map("a", "x"));
  folder.link("sub/loop", "..");
  const LoadResult result = load_all(folder);
  EXPECT_THAT(names(result), ElementsAre("a"));
  EXPECT_THAT(lines(result.notices, folder.path()),
              ElementsAre("sub/loop: is passed over: a link to a folder above it"));
}

TEST(Load, ALinkThatLeadsNowhereIsAnError) {
  const Folder folder;
  folder.link("a.yaml", "missing");
  EXPECT_THAT(lines(load_all(folder).errors, folder.path()), ElementsAre("a.yaml: is a link that leads nowhere"));
}

TEST(Load, APipeNamedLikeAManifestIsPassedOver) {
  const Folder folder;
  ASSERT_EQ(mkfifo((folder / "a.yaml").c_str(), 0600), 0);
  const LoadResult result = load_all(folder);
  EXPECT_THAT(lines(result.notices, folder.path()), ElementsAre("a.yaml: is passed over: no regular file"));
}

TEST(Load, ReadsOneFileWhateverItsName) {
  const Folder folder;
  folder.write("manifest.txt", config_map("a", "x"));
  EXPECT_THAT(names(source::load(folder / "manifest.txt", api::Channel::kExperimental)), ElementsAre("a"));
}

TEST(Load, AMissingFolderIsAnErrorAnEmptyOneIsNot) {
  const Folder folder;
  EXPECT_THAT(lines(source::load(folder / "none", api::Channel::kExperimental).errors, folder.path()),
              ElementsAre("none: cannot be read: No such file or directory"));
  EXPECT_THAT(names(load_all(folder)), IsEmpty());
}

TEST(Load, AnObjectThatStandsTwiceIsAnErrorAtTheSecondNamingTheFirst) {
  const Folder folder;
  folder.write("a.yaml", config_map("x", "v") + "---\n" + config_map("x", "w"));
  folder.write("b.yaml", config_map("x", "v"));
  const std::string first = (folder / "a.yaml").string() + ":1";
  EXPECT_THAT(lines(load_all(folder).errors, folder.path()),
              ElementsAre("a.yaml:8: ConfigMap default/x: is in " + first + " too; keep one",
                          "b.yaml:1: ConfigMap default/x: is in " + first + " too; keep one"));
}

TEST(Load, OneBadFileRefusesTheWholeFolderAndAllErrorsAreInOrder) {
  const Folder folder;
  folder.write("c.yaml", "kind: [\n");
  folder.write("a.yaml", config_map("a", "x"));
  folder.write("b.yaml", config_map("B", "x") + "---\n" + config_map("C", "1"));
  const LoadResult result = load_all(folder);
  EXPECT_EQ(result.objects, nullptr);
  EXPECT_THAT(lines(result.errors, folder.path()),
              ElementsAre(HasSubstr("b.yaml:4: ConfigMap default/B: metadata.name"),
                          HasSubstr("b.yaml:11: ConfigMap default/C: metadata.name"),
                          HasSubstr("b.yaml:13: ConfigMap default/C: data.key"), HasSubstr("c.yaml:")));
}

TEST(Load, EveryNamespaceThatIsNamedExistsWithItsNameAsLabel) {
  const Folder folder;
  folder.write("a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shop}\n---\n" +
                             config_map("b", "x") +
                             "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: edge, labels: {team: x}}\n");
  const LoadResult result = load_all(folder);
  ASSERT_NE(result.objects, nullptr);
  const auto& namespaces = result.objects->namespaces;
  ASSERT_EQ(namespaces.size(), 3U);
  using Labels = std::map<std::string, std::string>;
  EXPECT_EQ(namespaces.at({"", "shop"})->metadata.labels, (Labels{{"kubernetes.io/metadata.name", "shop"}}));
  EXPECT_EQ(namespaces.at({"", "default"})->metadata.name, "default");
  EXPECT_EQ(namespaces.at({"", "edge"})->metadata.labels,
            (Labels{{"kubernetes.io/metadata.name", "edge"}, {"team", "x"}}));
}

TEST(Load, OriginsSayWhereAnObjectStands) {
  const Folder folder;
  folder.write("a.yaml", config_map("a", "x") + "---\n" + config_map("b", "x"));
  const LoadResult result = load_all(folder);
  const api::Origin& origin = result.objects->origins.at({"ConfigMap", "default", "b"});
  EXPECT_EQ(origin.file, (folder / "a.yaml").string());
  EXPECT_EQ(origin.line, 8U);
}

}  // namespace
}  // namespace sluice::source
