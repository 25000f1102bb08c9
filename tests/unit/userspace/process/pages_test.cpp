#include "userspace/process/pages.h"

#include <gtest/gtest.h>

namespace sluice::process {
namespace {

class AdminPages : public testing::Test {
 protected:
  AdminResponse get(const std::string& path, const std::string& method = "GET") {
    return handler_({.method = method, .path = path, .query = "", .is_local = is_local_});
  }

  bool is_local_ = true;
  std::expected<void, std::string> ready_;
  std::expected<std::string, std::string> status_ = "{}\n";
  AdminHandler handler_ = serve({.metrics = [] { return "sluice_build_info 1\n"; },
                                 .ready = [this] { return ready_; },
                                 .config = [] { return "{\"resources\":[]}\n"; },
                                 .status = [this] { return status_; }});
};

TEST_F(AdminPages, EachPathHasItsPageAndItsType) {
  EXPECT_EQ(get("/metrics").body, "sluice_build_info 1\n");
  EXPECT_TRUE(get("/metrics").content_type.starts_with("text/plain; version=0.0.4"));
  EXPECT_EQ(get("/config").content_type, "application/json");
  EXPECT_EQ(get("/status").content_type, "application/json");
  EXPECT_EQ(get("/healthz").status, 200U);
  EXPECT_EQ(get("/nothing").status, 404U);
}

TEST_F(AdminPages, WhoIsNotOfThisHostIsShownNoConfiguration) {
  is_local_ = false;
  for (const auto* path : {"/config", "/status", "/node"}) {
    EXPECT_EQ(get(path).status, 403U) << path;
    EXPECT_EQ(get(path).body.find("resources"), std::string::npos);
  }
  for (const auto* path : {"/metrics", "/healthz", "/readyz", "/"}) EXPECT_EQ(get(path).status, 200U) << path;
}

TEST_F(AdminPages, ReadyzSaysWhyItIsNot) {
  EXPECT_EQ(get("/readyz").status, 200U);
  ready_ = std::unexpected("draining");
  EXPECT_EQ(get("/readyz").status, 503U);
  EXPECT_EQ(get("/readyz").body, "draining\n");
  EXPECT_EQ(get("/healthz").status, 200U);
}

TEST_F(AdminPages, StatusIs503WhileThereAreNoObjects) {
  status_ = std::unexpected("the manifests are refused");
  EXPECT_EQ(get("/status").status, 503U);
  EXPECT_EQ(get("/status").body, "the manifests are refused\n");
}

TEST_F(AdminPages, ANodeSaysWhoItIsAndAnotherProcessHasNoSuchPage) {
  EXPECT_EQ(get("/node").status, 404U);
  EXPECT_EQ(get("/").body.find("/node"), std::string::npos);
  handler_ = serve({.metrics = nullptr, .ready = nullptr, .config = nullptr, .status = nullptr, .node = [] {
                      return "node-a\n192.0.2.1\n";
                    }});
  EXPECT_EQ(get("/node").body, "node-a\n192.0.2.1\n");
  EXPECT_NE(get("/").body.find("/node"), std::string::npos);
}

TEST_F(AdminPages, NothingButGetAndHeadIsAnswered) {
  EXPECT_EQ(get("/config", "POST").status, 405U);
  EXPECT_EQ(get("/metrics", "HEAD").status, 200U);
  EXPECT_EQ(get("/metrics", "HEAD").body, "");
}

}  // namespace
}  // namespace sluice::process
