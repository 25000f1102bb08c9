#include "userspace/l7/access_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace sluice::l7 {
namespace {

int open_file(const std::string& path) {
  return ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
}

std::string refusal(const std::string& path) {
  return "access log " + path + ": " + std::strerror(errno);
}

}  // namespace

std::expected<std::unique_ptr<AccessLog>, std::string> AccessLog::open(const std::string& path) {
  const int fd = path == "-" ? ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0) : open_file(path);
  if (fd < 0) return std::unexpected(refusal(path));
  return std::unique_ptr<AccessLog>(new AccessLog(path, fd));
}

AccessLog::~AccessLog() {
  ::close(fd_);
}

std::expected<void, std::string> AccessLog::reopen() {
  if (path_ == "-") return {};
  const int fresh = open_file(path_);
  if (fresh < 0) return std::unexpected(refusal(path_));
  // The number stays and what it stands for changes at once: no writer needs to know.
  const int replaced = ::dup3(fresh, fd_, O_CLOEXEC);
  ::close(fresh);
  if (replaced < 0) return std::unexpected(refusal(path_));
  return {};
}

void AccessLog::write(std::string_view lines) {
  while (!lines.empty()) {
    const ssize_t written = ::write(fd_, lines.data(), lines.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) {
      lost_.fetch_add(lines.size(), std::memory_order_relaxed);
      return;
    }
    lines.remove_prefix(static_cast<std::size_t>(written));
  }
}

void AccessLogWriter::add(const AccessRecord& record, WallClock& clock) {
  append_line(record, clock, lines_);
  if (lines_.size() >= kFlushAt) return flush();
  if (!timer_.armed()) loop_.arm(timer_, kFlushEvery);
}

void AccessLogWriter::flush() {
  if (log_ == nullptr || lines_.empty()) return;
  log_->write(lines_);
  lines_.clear();
}

}  // namespace sluice::l7
