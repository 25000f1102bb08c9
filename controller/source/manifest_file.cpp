#include "controller/source/manifest_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "controller/source/yaml.h"

namespace sluice::source {
namespace {

constexpr int kTries = 3;
constexpr std::int64_t kTick = 20'000'000;  // ns; timestamps of files are as coarse as the kernel's tick, 10 ms at most

std::int64_t nanoseconds(const timespec& time) {
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

class File {
 public:
  explicit File(const std::string& path) : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {}
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

/// Up to one byte more than a manifest may have. False on an error (errno).
bool read_all(int fd, std::string& out) {
  std::array<char, 65536> buffer;
  while (out.size() <= kMaxFileBytes) {
    const ssize_t got = read(fd, buffer.data(), buffer.size());
    if (got == 0) return true;
    if (got < 0 && errno != EINTR) return false;
    if (got > 0) out.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return true;
}

std::unexpected<std::string> unreadable() {
  return std::unexpected("cannot be read: " + std::string(std::strerror(errno)));
}

}  // namespace

FileId file_id(const struct stat& status) {
  return {status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size), nanoseconds(status.st_mtim),
          nanoseconds(status.st_ctim)};
}

std::expected<std::optional<FileText>, std::string> read_file(const std::string& path) {
  FileText out;
  for (int i = 0; i < kTries; ++i) {
    const File file(path);
    if (file.fd() < 0 && errno == ENOENT) return std::nullopt;
    struct stat before{};
    struct stat after{};
    if (file.fd() < 0 || fstat(file.fd(), &before) != 0) return unreadable();
    if (!S_ISREG(before.st_mode)) return std::nullopt;
    out.text.clear();
    if (!read_all(file.fd(), out.text) || fstat(file.fd(), &after) != 0) return unreadable();
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    out.id = file_id(after);
    out.is_fresh = nanoseconds(now) - out.id.changed < kTick || out.id != file_id(before);
    if (out.id == file_id(before)) break;
  }
  return out;
}

}  // namespace sluice::source
