#include "userspace/agent/saved_model.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace sluice::agent {
namespace {

class SavedModel : public testing::Test {
 protected:
  SavedModel() {
    std::string pattern = testing::TempDir() + "sluice-model-XXXXXX";
    folder_ = std::filesystem::path(mkdtemp(pattern.data())) / "state";
    model_.set_generation(7);
    auto& key = *model_.add_resources();
    key.set_name("key/1");
    key.mutable_key()->set_private_key_pem("secret");
  }
  ~SavedModel() override { std::filesystem::remove_all(folder_.parent_path()); }

  std::filesystem::path folder_;
  model::v1::Model model_;
};

TEST_F(SavedModel, ComesBackAsItWasSaved) {
  ASSERT_TRUE(save_model(folder_, "default", model_));
  const auto loaded = load_model(folder_, "default");
  ASSERT_TRUE(loaded) << loaded.error();
  ASSERT_TRUE(loaded->has_value());
  EXPECT_EQ((*loaded)->SerializeAsString(), model_.SerializeAsString());
}

TEST_F(SavedModel, IsReadableByItsOwnerAlone) {
  ASSERT_TRUE(save_model(folder_, "default", model_));
  struct stat file{};
  ASSERT_EQ(stat((folder_ / "default.model").c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600U);
  struct stat folder{};
  ASSERT_EQ(stat(folder_.c_str(), &folder), 0);
  EXPECT_EQ(folder.st_mode & 0777, 0700U);
}

TEST_F(SavedModel, AFirstStartHasNone) {
  const auto loaded = load_model(folder_, "default");
  ASSERT_TRUE(loaded) << loaded.error();
  EXPECT_FALSE(loaded->has_value());
}

TEST_F(SavedModel, ATornFileIsRefusedByName) {
  ASSERT_TRUE(save_model(folder_, "default", model_));
  const auto path = folder_ / "default.model";
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 1);
  const auto loaded = load_model(folder_, "default");
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().find("default.model: is damaged"), std::string::npos) << loaded.error();
}

TEST_F(SavedModel, AFolderThatCannotBeWrittenIsNamed) {
  std::filesystem::create_directories(folder_.parent_path());
  std::ofstream(folder_) << "a file where the folder should be";
  const auto saved = save_model(folder_, "default", model_);
  ASSERT_FALSE(saved);
  EXPECT_NE(saved.error().find("default.model.new"), std::string::npos) << saved.error();
}

}  // namespace
}  // namespace sluice::agent
