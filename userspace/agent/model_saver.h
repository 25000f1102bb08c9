// Saves the model in force beside the traffic: on a thread of its own, the newest one only, and a moment after the last
// change, so that a burst of edits costs one write.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "userspace/model/store.h"

namespace sluice::agent {

class ModelSaver {
 public:
  /// failed: called on the saver's thread with path and reason, for the log.
  ModelSaver(std::filesystem::path state_dir, std::string instance, std::function<void(const std::string&)> failed);
  ~ModelSaver();  ///< writes what is due
  ModelSaver(const ModelSaver&) = delete;
  ModelSaver& operator=(const ModelSaver&) = delete;

  /// Takes note of the model; any thread.
  void save(model::Snapshot model);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sluice::agent
