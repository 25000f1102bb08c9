// Manifests in, model out: cases/NAME.in.yaml and NAME.out.txt. The first line of a case is the rule that it proves and
// where the rule stands; its second, "# prints:", the kinds of resource that matter.
//
// SLUICE_UPDATE_GOLDEN=1 writes what comes out; read it before it is committed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "controller/api/kinds.h"
#include "controller/attach/attach.h"
#include "controller/compile/compile.h"
#include "controller/source/directory.h"
#include "tests/unit/controller/compile/model_text.h"

namespace sluice::compile {
namespace {

namespace fs = std::filesystem;

const fs::path kCases = fs::path(SLUICE_SOURCE_DIR) / "tests/unit/controller/compile/cases";
constexpr std::string_view kIn = ".in.yaml";

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// "a-rule" of each case, sorted.
std::vector<std::string> cases() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kCases)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(kIn)) names.push_back(name.substr(0, name.size() - kIn.size()));
  }
  std::ranges::sort(names);
  return names;
}

struct Head {
  std::string rule;
  std::set<std::string> kinds;
};

Head head_of(const std::string& text) {
  Head head;
  std::istringstream lines(text);
  std::string kinds;
  std::getline(lines, head.rule);
  std::getline(lines, kinds);
  constexpr std::string_view kPrints = "# prints:";
  EXPECT_TRUE(head.rule.starts_with("# ")) << "the first line says what the case proves";
  EXPECT_TRUE(kinds.starts_with(kPrints)) << "the second line says what is printed";
  std::istringstream words(kinds.substr(std::min(kinds.size(), kPrints.size())));
  for (std::string word; words >> word;) head.kinds.insert(word);
  return head;
}

model::v1::Model model_of(const fs::path& manifests) {
  const auto loaded = source::load(manifests, api::Channel::kExperimental);
  for (const auto& error : loaded.errors) ADD_FAILURE() << source::to_string(error);
  if (loaded.objects == nullptr) return {};
  std::vector<api::ObjectRef> refs;
  api::Kinds::for_each([&]<class T>() {
    for (const auto& [name, object] : (*loaded.objects).*api::KindOf<T>::kMember) {
      refs.push_back({.kind = std::string(T::kKind), .namespace_ = name.namespace_, .name = name.name});
    }
  });
  attach::Attacher attacher({.default_addresses = {"192.0.2.1"}});
  Compiler compiler;
  compiler.update(*loaded.objects, attacher.graph(), attacher.update(*loaded.objects, refs));
  return compiler.model();
}

/// The model holds the keys, its text no line of any.
void expect_no_key(const model::v1::Model& model, const std::string& text) {
  for (const auto& resource : model.resources()) {
    if (!resource.has_key()) continue;
    std::istringstream lines(resource.key().private_key_pem());
    std::size_t held = 0;
    for (std::string line; std::getline(lines, line); ++held) EXPECT_EQ(text.find(line), std::string::npos);
    EXPECT_GT(held, 3U);
  }
}

class Golden : public testing::TestWithParam<std::string> {};

TEST_P(Golden, ManifestsCompileToTheModelThatTheRuleAsksFor) {
  const fs::path in = kCases / (GetParam() + std::string(kIn));
  const fs::path out = kCases / (GetParam() + ".out.txt");
  const Head head = head_of(text_of(in));
  const auto model = model_of(in);
  const std::string got = head.rule + "\n" + model_text(model, head.kinds);
  expect_no_key(model, got);
  if (std::getenv("SLUICE_UPDATE_GOLDEN") != nullptr) std::ofstream(out) << got;
  EXPECT_EQ(got, text_of(out));
}

INSTANTIATE_TEST_SUITE_P(Cases, Golden, testing::ValuesIn(cases()), [](const auto& golden) {
  std::string name = golden.param;
  std::ranges::replace(name, '-', '_');
  return name;
});

}  // namespace
}  // namespace sluice::compile
