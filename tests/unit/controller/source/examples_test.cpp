// The examples of the Gateway API v1.7.0 module: examples/ is accepted, hack/invalid-examples/ is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "controller/source/directory.h"

namespace sluice::source {
namespace {

namespace fs = std::filesystem;

const fs::path kData = fs::path(SLUICE_SOURCE_DIR) / "tests/unit/controller/source/testdata/gateway-api";

std::vector<fs::path> files_below(const fs::path& folder) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".yaml") out.push_back(entry.path());
  }
  std::ranges::sort(out);
  return out;
}

api::Channel channel_of(const fs::path& file) {
  return file.string().find("/experimental/") != std::string::npos ? api::Channel::kExperimental
                                                                   : api::Channel::kStandard;
}

std::string all(const std::vector<SourceError>& errors) {
  std::string out;
  for (const auto& error : errors) out += to_string(error) + "\n";
  return out;
}

TEST(GatewayApiExamples, EachIsAcceptedAloneUnderItsChannel) {
  const auto files = files_below(kData / "examples");
  ASSERT_EQ(files.size(), 89U);
  for (const auto& file : files) {
    const LoadResult result = load(file, channel_of(file));
    EXPECT_TRUE(result.errors.empty()) << all(result.errors);
    EXPECT_NE(result.objects, nullptr) << file;
  }
}

TEST(GatewayApiExamples, EachInvalidOneIsRefused) {
  const auto files = files_below(kData / "invalid");
  ASSERT_EQ(files.size(), 36U);
  for (const auto& file : files) {
    const LoadResult result = load(file, channel_of(file));
    EXPECT_FALSE(result.errors.empty()) << file;
    EXPECT_EQ(result.objects, nullptr) << file;
    std::cout << all(result.errors);
  }
}

}  // namespace
}  // namespace sluice::source
