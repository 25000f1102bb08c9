// A folder of manifests as a source of objects: every *.yaml, *.yml and *.json under it, defaulted and validated as an
// API server of the channel would (docs/concepts/directory-source.md).
#pragma once

#include <filesystem>
#include <memory>

#include "controller/api/channel.h"
#include "controller/source/result.h"

namespace sluice::source {

/// Reads a folder, or one file, once. Pure in what the files hold: the same files give the same result.
/// Names that begin with '.' are passed over; links are followed.
LoadResult load(const std::filesystem::path& path, api::Channel channel);

/// Keeps the objects of a folder in force while its files change. A change is taken whole or refused whole.
/// Not thread-safe; one owner.
///
///   DirectorySource source(path, channel);
///   source.reload();                                 // the first load
///   // wait until source.fd() is readable, then:
///   if (source.poll()) use(source.reload());
class DirectorySource {
 public:
  DirectorySource(std::filesystem::path path, api::Channel channel);
  ~DirectorySource();
  DirectorySource(const DirectorySource&) = delete;
  DirectorySource& operator=(const DirectorySource&) = delete;

  /// Reads the files that changed since the last call, and takes the change if the whole folder is then without
  /// errors. An object that did not change keeps its shared_ptr. Rules on change (oldSelf) compare with the object in
  /// force. After an error the next call sees the whole change again.
  ReloadResult reload();

  /// The objects in force: an empty set before the first reload that succeeded. Never null.
  [[nodiscard]] std::shared_ptr<const api::ObjectSet> objects() const;

  /// Readable when poll() has something to do; owned by this object. -1 where the system gives no inotify: then call
  /// reload() from time to time.
  [[nodiscard]] int fd() const;

  /// Takes what the kernel reported, without blocking. True when a change has come to rest (watcher.h says when) and
  /// reload() should be called.
  bool poll();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sluice::source
