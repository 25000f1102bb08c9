#include "userspace/agent/model_saver.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "userspace/agent/saved_model.h"

namespace sluice::agent {
namespace {

class Saver : public testing::Test {
 protected:
  Saver() {
    std::string pattern = testing::TempDir() + "sluice-saver-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~Saver() override { std::filesystem::remove_all(folder_); }

  static model::Snapshot model_with(const std::string& name) {
    model::v1::Delta delta;
    delta.set_generation(3);
    auto& resource = *delta.add_changed();
    resource.set_name(name);
    resource.mutable_endpoints();
    model::Store store;
    EXPECT_TRUE(store.apply(delta));
    return store.snapshot();
  }

  std::filesystem::path folder_;
};

TEST_F(Saver, WritesTheNewestModelBeforeItEnds) {
  {
    ModelSaver saver(folder_, "edge", [](const std::string& reason) { ADD_FAILURE() << reason; });
    saver.save(model_with("endpoints/old"));
    saver.save(model_with("endpoints/new"));
  }
  const auto loaded = load_model(folder_, "edge");
  ASSERT_TRUE(loaded && *loaded);
  ASSERT_EQ((*loaded)->resources_size(), 1);
  EXPECT_EQ((*loaded)->resources(0).name(), "endpoints/new");
  EXPECT_EQ((*loaded)->generation(), 3U);
}

TEST_F(Saver, WritesNothingWhenNothingWasSaved) {
  {
    const ModelSaver saver(folder_, "edge", [](const std::string& reason) { ADD_FAILURE() << reason; });
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(Saver, SaysWhyAModelCouldNotBeSaved) {
  std::ofstream(folder_ / "file") << "no directory";
  std::string reason;
  {
    ModelSaver saver(folder_ / "file", "edge", [&](const std::string& text) { reason = text; });
    saver.save(model_with("endpoints/a"));
  }
  EXPECT_NE(reason.find("file/edge.model"), std::string::npos) << reason;
}

}  // namespace
}  // namespace sluice::agent
