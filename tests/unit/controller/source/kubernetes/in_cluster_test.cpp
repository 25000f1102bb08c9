// A pod finds its API server, CA and token where the kubelet puts them.
#include "controller/source/kubernetes/in_cluster.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/controller/source/folder.h"
#include "tests/unit/controller/source/kubernetes/certificates.h"

namespace sluice::kubernetes {
namespace {

using ::testing::HasSubstr;

class InCluster : public ::testing::Test {
 protected:
  InCluster() {
    folder.write("ca.crt", authority.certificate());
    folder.write("token", "abc\n");
    folder.write("namespace", "sluice-system");
  }
  std::string error() const {
    const auto cluster = in_cluster(around);
    return cluster ? "taken" : source::to_string(cluster.error());
  }

  source::Folder folder;
  Authority authority{"ca"};
  PodSurroundings around{"10.96.0.1", "443", folder.path()};
};

TEST_F(InCluster, IsReadFromTheSurroundings) {
  const auto cluster = in_cluster(around);
  ASSERT_TRUE(cluster.has_value()) << source::to_string(cluster.error());
  EXPECT_EQ(to_string(cluster->server), "https://10.96.0.1:443");
  EXPECT_EQ(cluster->certificate_authority.file, folder / "ca.crt");
  EXPECT_EQ(cluster->token_file, folder / "token");
  EXPECT_EQ(cluster->namespace_, "sluice-system");
}

TEST_F(InCluster, TheServiceMayHaveAnIpv6Address) {
  around.service_host = "fd00:10:96::1";
  EXPECT_EQ(to_string(in_cluster(around)->server), "https://[fd00:10:96::1]:443");
}

TEST_F(InCluster, WhatIsMissingOrBrokenIsNamed) {
  around.service_host = "";
  EXPECT_EQ(error(), "KUBERNETES_SERVICE_HOST: is not set: this is no pod of a cluster; give a kubeconfig");
  around = {"10.96.0.1", "", folder.path()};
  EXPECT_THAT(error(), HasSubstr("KUBERNETES_SERVICE_PORT: is not set"));
  around = {"10.96.0.1", "x", folder.path()};
  EXPECT_THAT(error(), HasSubstr("KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT: \"https://10.96.0.1:x\""));
  around = {"10.96.0.1", "443", folder.path()};
  folder.write("token", " \n");
  EXPECT_EQ(error(), (folder / "token").string() + ": is empty; a token is wanted");
  folder.write("ca.crt", "nothing");
  EXPECT_EQ(error(), (folder / "ca.crt").string() + ": holds no certificate in PEM");
  folder.remove("ca.crt");
  EXPECT_THAT(error(), HasSubstr("ca.crt: there is no such file"));
}

}  // namespace
}  // namespace sluice::kubernetes
