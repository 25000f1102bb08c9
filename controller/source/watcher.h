// Says when files and folders have changed, and the changes have come to rest (inotify).
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "controller/source/link.h"

namespace sluice::source {

/// A change has come to rest when this long nothing else changed…
inline constexpr std::chrono::milliseconds kSettle{50};
/// …or when its first part is so old…
inline constexpr std::chrono::milliseconds kLongestSettle{500};
/// …or so old while a manifest is written to and not closed: `helm template >a.yaml` empties it, and writes later.
inline constexpr std::chrono::seconds kLongestWrite{10};

/// Not thread-safe.
class Watcher {
 public:
  Watcher();
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  /// Readable when poll() has something to do; -1 where the system gives no inotify.
  [[nodiscard]] int fd() const { return epoll_; }

  struct Watched {
    bool added = false;               ///< something that was not watched before
    std::vector<std::string> failed;  ///< folders that cannot be watched
  };
  /// Watches just these from now on: all that is in the folders, and the entries elsewhere by name.
  Watched watch(const std::vector<std::string>& folders, const std::vector<FolderEntry>& entries);

  /// Takes what the kernel reported, without blocking. True when a change has come to rest.
  bool poll();

 private:
  using Clock = std::chrono::steady_clock;
  using Names = std::set<std::string>;  ///< empty: all

  bool take_events();
  void note_writing(int watch, const std::string& name, std::uint32_t mask);
  void arm(Clock::time_point now);

  int inotify_ = -1;
  int timer_ = -1;
  int epoll_ = -1;
  std::map<int, Names> names_;                     ///< by watch descriptor
  std::set<std::pair<int, std::string>> writing_;  ///< manifests changed and not closed, by watch descriptor and name
  bool pending_ = false;
  Clock::time_point first_;  ///< of the pending changes
  Clock::time_point deadline_;
};

}  // namespace sluice::source
