// The address of an API server, as kubeconfigs write it.
#include "controller/source/kubernetes/server_url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::kubernetes {
namespace {

using ::testing::HasSubstr;

TEST(ServerUrl, IsReadWithItsPartsAndDefaults) {
  EXPECT_EQ(parse_server_url("https://k8s.example"), (ServerUrl{true, "k8s.example", "443", ""}));
  EXPECT_EQ(parse_server_url("https://192.0.2.1:6443/"), (ServerUrl{true, "192.0.2.1", "6443", ""}));
  EXPECT_EQ(parse_server_url("http://localhost:8001"), (ServerUrl{false, "localhost", "8001", ""}));
  EXPECT_EQ(parse_server_url("https://rancher.example/k8s/clusters/c-1//"),
            (ServerUrl{true, "rancher.example", "443", "/k8s/clusters/c-1"}));
}

TEST(ServerUrl, Ipv6StandsInBracketsAndGetsThemBackInTheHostField) {
  const auto url = parse_server_url("https://[fd00::1]:6443/x");
  ASSERT_TRUE(url.has_value());
  EXPECT_EQ(*url, (ServerUrl{true, "fd00::1", "6443", "/x"}));
  EXPECT_EQ(authority(*url), "[fd00::1]:6443");
  EXPECT_EQ(to_string(*url), "https://[fd00::1]:6443/x");
}

TEST(ServerUrl, WhatIsNoneIsRefusedWithWhatWouldDo) {
  for (const char* text :
       {"", "k8s.example:6443", "ftp://k8s.example", "https://", "https://:6443", "https://a:0", "https://a:65536",
        "https://a:6443x", "https://a:", "https://fd00::1:6443", "https://[fd00::1", "https://[zz]:1",
        "https://[::1]6443", "https://a b", "https://a/x?y=1", "https://a/x#y", "https://a/x\r\nEvil: 1"}) {
    const auto url = parse_server_url(text);
    ASSERT_FALSE(url.has_value()) << text;
    EXPECT_THAT(url.error(), HasSubstr("must be https://HOST[:PORT][/PREFIX]")) << text;
  }
  EXPECT_THAT(parse_server_url("https://admin:pw@a").error(), HasSubstr("a user in the address is not supported"));
}

}  // namespace
}  // namespace sluice::kubernetes
