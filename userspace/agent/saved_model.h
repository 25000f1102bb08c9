// The last good model on disk, so that a node that restarts without its source comes up as it was. It holds private
// keys: mode 0600, written beside and renamed, never half.
#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <string>

#include "sluice/model.pb.h"

namespace sluice::agent {

/// Writes state_dir/INSTANCE.model. Creates state_dir (0700). Error: path and reason.
std::expected<void, std::string> save_model(const std::filesystem::path& state_dir, const std::string& instance,
                                            const model::v1::Model& model);

/// std::nullopt: there is none. Error: it is there and cannot be read, or is not whole.
std::expected<std::optional<model::v1::Model>, std::string> load_model(const std::filesystem::path& state_dir,
                                                                       const std::string& instance);

/// Removes the saved model and the lock file of an instance that does not run. Fine when there is none.
void forget_model(const std::filesystem::path& state_dir, const std::string& instance);

}  // namespace sluice::agent
