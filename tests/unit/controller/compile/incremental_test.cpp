// After every one of many random edits the incremental attach and compile hold what one from scratch makes, byte for
// byte, and so does a node that has only seen the deltas.
//
// SLUICE_EDITS, SLUICE_SEED: more edits, other seeds, to look for what the seeds here do not find.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "controller/attach/attach.h"
#include "controller/compile/compile.h"
#include "controller/compile/digest.h"
#include "tests/unit/controller/compile/random_world.h"
#include "userspace/model/store.h"

namespace sluice::compile {
namespace {

/// 10,000 over all seeds; fewer where each costs many times as much.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || defined(__clang__) || !defined(__OPTIMIZE__)
constexpr std::size_t kEdits = 250;
#else
constexpr std::size_t kEdits = 2500;
#endif

std::size_t number_of(const char* variable, std::size_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

attach::AttachOptions options() {
  return {.default_addresses = {"192.0.2.9"}};
}

std::vector<api::ObjectRef> all_of(const api::ObjectSet& objects) {
  std::vector<api::ObjectRef> refs;
  api::Kinds::for_each([&]<class T>() {
    for (const auto& [name, object] : objects.*api::KindOf<T>::kMember) {
      refs.push_back({.kind = std::string(T::kKind), .namespace_ = name.namespace_, .name = name.name});
    }
  });
  return refs;
}

model::v1::Model from_scratch(const api::ObjectSet& objects) {
  attach::Attacher attacher(options());
  Compiler compiler;
  compiler.update(objects, attacher.graph(), attacher.update(objects, all_of(objects)));
  return compiler.model();
}

using Resources = std::map<std::string, std::string>;

Resources resources_of(const model::v1::Model& model) {
  Resources out;
  for (const auto& resource : model.resources()) out[resource.name()] = deterministic_bytes(resource);
  return out;
}

/// The resources in which the two differ, a line each.
std::string difference(const model::v1::Model& wanted, const model::v1::Model& held) {
  const Resources want = resources_of(wanted);
  const Resources have = resources_of(held);
  std::string out;
  for (const auto& [name, bytes] : want) {
    const auto found = have.find(name);
    if (found == have.end()) out += "  missing " + name + "\n";
    if (found != have.end() && found->second != bytes) out += "  differs " + name + "\n";
  }
  for (const auto& [name, bytes] : have) {
    if (!want.contains(name)) out += "  left behind " + name + "\n";
  }
  return out;
}

bool local_first(const model::v1::Model& model) {
  return std::ranges::any_of(model.resources(), [](const auto& resource) {
    return resource.frontend().distribution() == model::v1::Frontend::PREFER_LOCAL;
  });
}

std::string text_of(const std::vector<api::ObjectRef>& refs) {
  std::string out;
  for (const auto& ref : refs) out += (out.empty() ? "" : ", ") + api::to_string(ref);
  return out;
}

class Incremental : public testing::TestWithParam<std::uint32_t> {};

TEST_P(Incremental, EqualsFromScratchAfterEveryRandomEdit) {
  RandomWorld world(static_cast<std::uint32_t>(number_of("SLUICE_SEED", 0) + GetParam()));
  attach::Attacher attacher(options());
  Compiler compiler;
  model::Store node;
  std::vector<api::ObjectRef> changed = all_of(world.objects());
  const std::size_t edits = number_of("SLUICE_EDITS", kEdits);
  std::size_t resources = 0;
  std::size_t preferring = 0;
  for (std::size_t i = 0; i < edits; ++i) {
    const auto graph_delta = attacher.update(world.objects(), changed);
    ASSERT_TRUE(node.apply(compiler.update(world.objects(), attacher.graph(), graph_delta)));
    const model::v1::Model wanted = from_scratch(world.objects());
    ASSERT_EQ(difference(wanted, compiler.model()), "") << "edit " << i << " of " << text_of(changed);
    ASSERT_EQ(difference(wanted, node.model()), "") << "on the node, edit " << i << " of " << text_of(changed);
    resources += static_cast<std::size_t>(wanted.resources_size());
    preferring += local_first(wanted) ? 1 : 0;
    changed = world.edit();
  }
  EXPECT_GT(resources / edits, 25u) << "the world is too empty to prove anything";
  EXPECT_GT(preferring, edits / 10) << "frontends that prefer local endpoints come up too seldom";
}

INSTANTIATE_TEST_SUITE_P(Seeds, Incremental, testing::Values(2, 3, 4, 7));

}  // namespace
}  // namespace sluice::compile
