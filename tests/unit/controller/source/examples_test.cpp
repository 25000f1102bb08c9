// The 89 files of examples/ of the Gateway API v1.7.0 module, and our own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "controller/source/directory.h"
#include "tests/unit/controller/source/folder.h"

namespace sluice::source {
namespace {

namespace fs = std::filesystem;
using ::testing::IsEmpty;

const fs::path kExamples = fs::path(SLUICE_SOURCE_DIR) / "tests/unit/controller/source/testdata/gateway-api/examples";

std::vector<fs::path> files_below(const fs::path& folder) {
  std::vector<fs::path> out;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".yaml") out.push_back(entry.path());
  }
  std::ranges::sort(out);
  return out;
}

void accept_each(const std::string& folder, api::Channel channel, std::size_t count) {
  const auto files = files_below(kExamples / folder);
  EXPECT_EQ(files.size(), count);
  for (const auto& file : files) {
    const LoadResult result = load(file, channel);
    EXPECT_THAT(lines(result.errors), IsEmpty());
    ASSERT_NE(result.objects, nullptr) << file;
    EXPECT_FALSE(result.objects->origins.empty()) << file;
  }
}

TEST(GatewayApiExamples, EachStandardOneIsAcceptedAlone) {
  accept_each("standard", api::Channel::kStandard, 81);
}

TEST(GatewayApiExamples, EachExperimentalOneIsAcceptedAlone) {
  accept_each("experimental", api::Channel::kExperimental, 8);
}

TEST(GatewayApiExamples, TheExperimentalChannelTakesTheStandardOnesToo) {
  accept_each("standard", api::Channel::kExperimental, 81);
}

TEST(QuickstartExample, IsAcceptedInBothChannelsWithoutANotice) {
  for (const api::Channel channel : {api::Channel::kStandard, api::Channel::kExperimental}) {
    const LoadResult result = load(fs::path(SLUICE_SOURCE_DIR) / "deploy/examples/quickstart", channel);
    EXPECT_THAT(lines(result.errors), IsEmpty());
    EXPECT_THAT(lines(result.notices), IsEmpty());
  }
}

}  // namespace
}  // namespace sluice::source
