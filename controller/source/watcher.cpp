#include "controller/source/watcher.h"

#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "controller/source/file_tree.h"

namespace sluice::source {
namespace {

constexpr std::uint32_t kEvents = IN_CREATE | IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE |
                                  IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
/// About the folder itself, or about all folders: they have no name.
constexpr std::uint32_t kWhole = IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED | IN_Q_OVERFLOW | IN_UNMOUNT;

void close_all(std::initializer_list<int*> fds) {
  for (int* fd : fds) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
  }
}

bool add(int epoll, int fd) {
  epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
  return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

}  // namespace

Watcher::Watcher() {
  inotify_ = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  timer_ = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  const bool open = inotify_ >= 0 && timer_ >= 0 && epoll_ >= 0;
  if (!open || !add(epoll_, inotify_) || !add(epoll_, timer_)) close_all({&inotify_, &timer_, &epoll_});
}

Watcher::~Watcher() {
  close_all({&inotify_, &timer_, &epoll_});
}

Watcher::Watched Watcher::watch(const std::vector<std::string>& folders, const std::vector<FolderEntry>& entries) {
  Watched out;
  if (epoll_ < 0) return out;
  std::map<int, Names> wanted;
  const auto add_watch = [&](const std::string& folder, const std::string* name) {
    const int watch = inotify_add_watch(inotify_, folder.c_str(), kEvents);
    if (watch < 0) {
      // A folder that is gone meanwhile is reported by the one above it.
      if (errno != ENOENT && errno != ENOTDIR) out.failed.push_back(folder + ": " + std::strerror(errno));
      return;
    }
    const auto [at, is_new] = wanted.try_emplace(watch);
    // A folder that is watched whole stays so.
    if (name != nullptr && (is_new || !at->second.empty())) at->second.insert(*name);
    out.added |= !names_.contains(watch) && is_new;
  };
  for (const std::string& folder : folders) add_watch(folder, nullptr);
  for (const FolderEntry& entry : entries) add_watch(entry.folder, &entry.name);
  for (const auto& [watch, names] : names_) {
    if (!wanted.contains(watch)) inotify_rm_watch(inotify_, watch);
  }
  names_ = std::move(wanted);
  return out;
}

void Watcher::note_writing(int watch, const std::string& name, std::uint32_t mask) {
  if ((mask & IN_MODIFY) != 0 && is_manifest(name)) writing_.emplace(watch, name);
  if ((mask & (IN_CLOSE_WRITE | IN_MOVED_FROM | IN_DELETE)) != 0) writing_.erase({watch, name});
}

/// Whether an event is of interest.
bool Watcher::take_events() {
  bool changed = false;
  alignas(inotify_event) std::array<char, 16384> buffer;
  for (ssize_t got = 0; (got = read(inotify_, buffer.data(), buffer.size())) > 0;) {
    for (const char* at = buffer.data(); at < buffer.data() + got;) {
      const auto* event = reinterpret_cast<const inotify_event*>(at);
      at += sizeof(inotify_event) + event->len;
      const auto watched = names_.find(event->wd);
      if ((event->mask & IN_Q_OVERFLOW) != 0) {
        changed = true;
        writing_.clear();
      }
      if (watched == names_.end()) continue;
      const bool all = watched->second.empty() || (event->mask & kWhole) != 0;
      const bool concerns = all || (event->len > 0 && watched->second.contains(event->name));
      changed |= concerns;
      if (concerns && event->len > 0) note_writing(event->wd, event->name, event->mask);
      if ((event->mask & IN_IGNORED) != 0) {
        std::erase_if(writing_, [&](const auto& file) { return file.first == event->wd; });
        names_.erase(watched);
      }
    }
  }
  return changed;
}

void Watcher::arm(Clock::time_point now) {
  const auto wait = std::max(std::chrono::nanoseconds(1), std::chrono::nanoseconds(deadline_ - now));
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wait);
  itimerspec when{};
  when.it_value = {.tv_sec = seconds.count(), .tv_nsec = (wait - seconds).count()};
  timerfd_settime(timer_, 0, &when, nullptr);
}

bool Watcher::poll() {
  if (epoll_ < 0) return false;
  const bool changed = take_events();
  const auto now = Clock::now();
  if (pending_ && now >= deadline_) {
    pending_ = false;
    writing_.clear();
    const itimerspec never{};
    timerfd_settime(timer_, 0, &never, nullptr);
    return true;
  }
  if (changed) {
    if (!pending_) first_ = now;
    pending_ = true;
    deadline_ = writing_.empty() ? std::min(now + kSettle, first_ + kLongestSettle) : first_ + kLongestWrite;
    arm(now);
  }
  return false;
}

}  // namespace sluice::source
