#include "controller/source/result.h"

#include <gtest/gtest.h>

namespace sluice::source {
namespace {

TEST(SourceError, NamesPlaceObjectFieldAndReason) {
  EXPECT_EQ(to_string(SourceError{"manifests/db.yaml", 14, "TCPRoute shop/db", "spec.rules[0].backendRefs[0].port",
                                  "80080; must be at most 65535"}),
            "manifests/db.yaml:14: TCPRoute shop/db: spec.rules[0].backendRefs[0].port: 80080; must be at most 65535");
}

TEST(SourceError, LeavesOutWhatDoesNotApply) {
  EXPECT_EQ(to_string(SourceError{"a.yaml", 0, "", "", "cannot be read"}), "a.yaml: cannot be read");
  EXPECT_EQ(to_string(SourceError{"a.yaml", 3, "", "", "is no YAML"}), "a.yaml:3: is no YAML");
  EXPECT_EQ(to_string(Notice{"a.yaml", 3, "Deployment web", "is skipped"}), "a.yaml:3: Deployment web: is skipped");
}

TEST(SourceError, IsOneLineWhateverTheManifestSays) {
  EXPECT_EQ(to_string(SourceError{"a.yaml", 3, "Pod \x1b[31mred\nb.yaml:1: fine", "", "is\xc2\x9bK"}),
            R"(a.yaml:3: Pod \x1b[31mred\x0ab.yaml:1: fine: is\xc2\x9bK)");
  EXPECT_EQ(to_string(Notice{"a.yaml", 3, "", "caf\xc3\xa9 \x7f"}), "a.yaml:3: caf\xc3\xa9 \\x7f");
}

}  // namespace
}  // namespace sluice::source
