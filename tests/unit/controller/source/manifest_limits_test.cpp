// What a hostile manifest may cost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/source/manifest.h"
#include "controller/source/yaml.h"
#include "tests/unit/controller/source/folder.h"

namespace sluice::source {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> errors(std::string_view text) {
  return lines(read_manifest(text, "f.yaml", api::Channel::kExperimental).errors);
}

TEST(ManifestLimits, ABillionLaughsAreRefused) {
  std::string text =
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, "
      "ha]\n";
  for (int i = 1; i < 10; ++i) {
    text += "  a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 10; ++k) text += "*a" + std::to_string(i - 1) + ", ";
    text += "]\n";
  }
  EXPECT_THAT(errors(text), Contains(HasSubstr("aliases make more values than a file may hold")));
}

TEST(ManifestLimits, AliasesOfAllDocumentsCountTogether) {
  std::string document = "a: &a [";
  for (int i = 0; i < 1000; ++i) document += "x, ";
  document += "]\nb: &b [";
  for (int i = 0; i < 50; ++i) document += "*a, ";
  document += "]\nkind: x\napiVersion: x/v1\n---\n";
  EXPECT_THAT(errors(document), ElementsAre());
  EXPECT_THAT(errors(document + document + document), Contains(HasSubstr("aliases make more values")));
}

TEST(ManifestLimits, AFileHasAtMost64MiB) {
  const std::string text(kMaxFileBytes + 1, '#');
  EXPECT_THAT(errors(text), ElementsAre("f.yaml: is larger than 64 MiB; split it"));
}

TEST(ManifestLimits, ErrorsAreCountedNotListedWithoutEnd) {
  std::string text;
  for (int i = 0; i < 3000; ++i) text += "a: 1\n---\n";
  const auto found = errors(text);
  EXPECT_EQ(found.size(), kMaxErrors + 1);
  EXPECT_EQ(found.back(), "f.yaml: has more than 1000 errors; the others are left out");
}

TEST(ManifestLimits, RulesOverLongListsEndInAnErrorNotInMinutes) {
  std::string text = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  ports:\n";
  for (int i = 0; i < 5000; ++i) {
    text += "  - {port: " + std::to_string(i + 1) + ", name: p" + std::to_string(i) + "}\n";
  }
  EXPECT_THAT(errors(text), ElementsAre(HasSubstr("the rule costs too much on a value of this size")));
}

}  // namespace
}  // namespace sluice::source
