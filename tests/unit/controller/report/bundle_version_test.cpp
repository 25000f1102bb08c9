#include "controller/report/bundle_version.h"

#include <gtest/gtest.h>

namespace sluice::report {
namespace {

kubernetes::Crds crds(const std::string& gateways, const std::string& routes) {
  return {{"gateways.gateway.networking.k8s.io", {gateways, "standard"}},
          {"httproutes.gateway.networking.k8s.io", {routes, "standard"}}};
}

TEST(BundleVersion, IsSupportedInAnyPatchRelease) {
  EXPECT_EQ(version_trouble(crds("v1.7.0", "v1.7.2")), "");
}

TEST(BundleVersion, OfAnyOtherReleaseIsNamed) {
  EXPECT_EQ(version_trouble(crds("v1.7.0", "v1.6.0")),
            "httproutes.gateway.networking.k8s.io is of bundle version v1.6.0; supported: v1.7.x");
  EXPECT_EQ(version_trouble(crds("v1.70.0", "v2.0.0")),
            "gateways.gateway.networking.k8s.io is of bundle version v1.70.0 (and 1 more are not supported); "
            "supported: v1.7.x");
}

TEST(BundleVersion, ThatIsNotWrittenDownIsNotSupported) {
  EXPECT_EQ(version_trouble(crds("", "v1.7.0")),
            "gateways.gateway.networking.k8s.io has no annotation gateway.networking.k8s.io/bundle-version; "
            "supported: v1.7.x");
}

TEST(BundleVersion, ThatWeMayNotSeeIsNotKnown) {
  EXPECT_EQ(version_trouble({}), "the Gateway API's CRDs cannot be read, so their version is not known");
}

}  // namespace
}  // namespace sluice::report
