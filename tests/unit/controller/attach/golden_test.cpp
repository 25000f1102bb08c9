// Golden cases: cases/NAME.in.yaml is a folder of one file, cases/NAME.out.yaml what attach decides on it. The first
// line of the input says the rule and its source; a line "# options: addresses=A,B external-names=off" changes the
// options. SLUICE_WRITE_GOLDEN=1 writes the outputs anew, to be read before they are committed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "controller/attach/attach.h"
#include "controller/source/directory.h"
#include "tests/unit/controller/attach/decisions.h"
#include "tests/unit/controller/attach/every_object.h"

namespace sluice::attach {
namespace {

const std::filesystem::path kCases = std::filesystem::path(SLUICE_SOURCE_DIR) / "tests/unit/controller/attach/cases";
constexpr std::string_view kInput = ".in.yaml";

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> case_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kCases)) {
    const std::string name = entry.path().filename();
    if (name.ends_with(kInput)) names.push_back(name.substr(0, name.size() - kInput.size()));
  }
  std::ranges::sort(names);
  return names;
}

AttachOptions options_of(const std::string& input) {
  AttachOptions options{.default_addresses = {"192.0.2.1"}};
  const auto at = input.find("# options:");
  if (at == std::string::npos) return options;
  std::istringstream words(input.substr(at + 10, input.find('\n', at) - at - 10));
  for (std::string word; words >> word;) {
    if (word == "external-names=off") options.external_names = false;
    if (!word.starts_with("addresses=")) continue;
    options.default_addresses.clear();
    std::istringstream list(word.substr(10));
    for (std::string address; std::getline(list, address, ',');) options.default_addresses.push_back(address);
  }
  return options;
}

class Golden : public testing::TestWithParam<std::string> {};

TEST_P(Golden, Decides) {
  const auto in = kCases / (GetParam() + std::string(kInput));
  const auto out = kCases / (GetParam() + ".out.yaml");
  const std::string input = read(in);
  const auto loaded = source::load(in, api::Channel::kExperimental);
  for (const auto& error : loaded.errors) ADD_FAILURE() << source::to_string(error);
  ASSERT_NE(loaded.objects, nullptr);

  Attacher attacher(options_of(input));
  attacher.update(*loaded.objects, every_object(*loaded.objects));
  const std::string decided = input.substr(0, input.find('\n') + 1) + print_decisions(attacher.graph());

  if (std::getenv("SLUICE_WRITE_GOLDEN") != nullptr) std::ofstream(out) << decided;
  EXPECT_EQ(decided, read(out));
}

std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::ranges::replace_if(name, [](char c) { return c == '-' || c == '.'; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Attach, Golden, testing::ValuesIn(case_names()), test_name);

TEST(GoldenCases, EachSaysItsRuleInItsFirstLine) {
  for (const auto& name : case_names()) {
    EXPECT_TRUE(read(kCases / (name + std::string(kInput))).starts_with("# ")) << name;
  }
}

TEST(GoldenCases, NoOutputIsLeftWithoutItsInput) {
  for (const auto& entry : std::filesystem::directory_iterator(kCases)) {
    const std::string name = entry.path().filename();
    if (!name.ends_with(".out.yaml")) continue;
    EXPECT_TRUE(std::filesystem::exists(kCases / (name.substr(0, name.size() - 9) + std::string(kInput)))) << name;
  }
}

}  // namespace
}  // namespace sluice::attach
