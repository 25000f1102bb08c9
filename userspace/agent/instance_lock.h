// One sluiced an instance: a lock on a file of the state directory, held as long as this object, given back by the
// kernel whatever ends the process.
#pragma once

#include <expected>
#include <filesystem>
#include <string>

namespace sluice::agent {

class InstanceLock {
 public:
  /// Creates state_dir (0700) where it is missing. Error: who holds it, or what the file system refused.
  static std::expected<InstanceLock, std::string> take(const std::filesystem::path& state_dir,
                                                       const std::string& instance);
  InstanceLock(InstanceLock&& other) noexcept;
  InstanceLock& operator=(InstanceLock&& other) noexcept;
  ~InstanceLock();

 private:
  explicit InstanceLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace sluice::agent
