#include "userspace/l7/access_log.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

namespace sluice::l7 {
namespace {

int open_file(const std::string& path) {
  // O_NONBLOCK: a named pipe that nobody reads is an error, not a wait.
  return ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0640);
}

std::string refusal(const std::string& path) {
  return path + ": " + std::strerror(errno);
}

// Whole lines as far as they go into PIPE_BUF octets, which a pipe takes as one or not at all.
std::string_view first_piece(std::string_view lines) {
  if (lines.size() <= PIPE_BUF) return lines;
  const auto end = lines.rfind('\n', PIPE_BUF - 1);
  return lines.substr(0, end == std::string_view::npos ? PIPE_BUF : end + 1);
}

}  // namespace

std::expected<std::unique_ptr<AccessLog>, std::string> AccessLog::open(const std::string& path) {
  const int fd = path == "-" ? ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0) : open_file(path);
  if (fd < 0) return std::unexpected(refusal(path));
  return std::unique_ptr<AccessLog>(new AccessLog(path, fd));
}

AccessLog::AccessLog(std::string path, int fd) : path_(std::move(path)), fd_(fd) {
  look();
}

void AccessLog::look() {
  struct stat about{};
  waits_ = ::fstat(fd_, &about) != 0 || !S_ISREG(about.st_mode);
  torn_ = false;
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
  const std::lock_guard lock(mutex_);
  look();
  return {};
}

void AccessLog::write(std::string_view lines) {
  const std::lock_guard lock(mutex_);
  if (torn_ && put("\n") == 1) torn_ = false;
  for (bool goes_on = !torn_; goes_on && !lines.empty();) {
    const std::string_view piece = waits_ ? first_piece(lines) : lines;
    const std::size_t taken = put(piece);
    if (taken > 0) torn_ = piece[taken - 1] != '\n';
    lines.remove_prefix(taken);
    goes_on = taken == piece.size();
  }
  if (!lines.empty()) lost_.fetch_add(lines.size(), std::memory_order_relaxed);
}

// Octets taken; fewer than there are: no more go in now.
std::size_t AccessLog::put(std::string_view text) const {
  std::size_t taken = 0;
  while (taken < text.size()) {
    // Standard output is shared with others, so that its descriptor cannot be made one that does not wait.
    pollfd room{.fd = fd_, .events = POLLOUT, .revents = 0};
    if (waits_ && ::poll(&room, 1, 0) <= 0) break;
    const ssize_t written = ::write(fd_, text.data() + taken, text.size() - taken);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) break;
    taken += static_cast<std::size_t>(written);
  }
  return taken;
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
