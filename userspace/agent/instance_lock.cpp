#include "userspace/agent/instance_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace sluice::agent {
namespace {

/// The pid that the holder wrote, for a person.
std::string holder(int descriptor) {
  std::array<char, 32> text{};
  const auto got = ::pread(descriptor, text.data(), text.size() - 1, 0);
  return got > 0 ? " (pid " + std::string(text.data(), static_cast<std::size_t>(got)) + ")" : "";
}

}  // namespace

std::expected<InstanceLock, std::string> InstanceLock::take(const std::filesystem::path& state_dir,
                                                            const std::string& instance) {
  std::error_code error;
  if (std::filesystem::create_directories(state_dir, error)) {
    std::filesystem::permissions(state_dir, std::filesystem::perms::owner_all, error);
  }
  const auto path = state_dir / (instance + ".lock");
  InstanceLock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.descriptor_ < 0) return std::unexpected(path.string() + ": " + std::strerror(errno));
  if (::flock(lock.descriptor_, LOCK_EX | LOCK_NB) != 0) {
    return std::unexpected("instance " + instance + " runs already" + holder(lock.descriptor_) +
                           "; stop it, or choose another --instance and --device");
  }
  const auto pid = std::to_string(::getpid());
  if (::ftruncate(lock.descriptor_, 0) != 0 || ::pwrite(lock.descriptor_, pid.data(), pid.size(), 0) < 0) {
    return std::unexpected(path.string() + ": " + std::strerror(errno));
  }
  return lock;
}

InstanceLock::InstanceLock(InstanceLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

InstanceLock& InstanceLock::operator=(InstanceLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

InstanceLock::~InstanceLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace sluice::agent
