#include "controller/source/directory.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "controller/source/assembly.h"
#include "controller/source/change.h"
#include "controller/source/file_tree.h"
#include "controller/source/foreign_gateway.h"
#include "controller/source/manifest.h"
#include "controller/source/watcher.h"

namespace sluice::source {
namespace {

/// A file as it was read last.
struct KnownFile {
  FileId id;
  bool is_fresh = true;
  Manifest manifest;
};
using KnownFiles = std::map<std::string, KnownFile>;

/// Reads those files of the tree that are not known in their present state, and forgets those that are gone.
void read_changed(const FileTree& tree, api::Channel channel, KnownFiles& files) {
  KnownFiles next;
  for (const TreeFile& file : tree.files) {
    const auto known = files.find(file.path);
    if (known != files.end() && !known->second.is_fresh && known->second.id == file.id) {
      next.insert(files.extract(known));
      continue;
    }
    auto text = read_file(file.path);
    if (text && !*text) continue;  // gone since
    KnownFile& read = next[file.path];
    if (text) {
      read.id = (*text)->id;
      read.is_fresh = (*text)->is_fresh;
      read.manifest = read_manifest((*text)->text, file.path, channel);
    } else {
      read.manifest.errors.push_back({.file = file.path, .line = 0, .object = {}, .field = {}, .what = text.error()});
    }
  }
  files = std::move(next);
}

template <class T>
void sort_by_place(std::vector<T>& list) {
  std::ranges::stable_sort(list, {}, [](const T& item) { return std::tie(item.file, item.line); });
}

struct Reading {
  Assembly assembly;
  std::vector<Notice> notices;
};

/// All that the files and the tree have to say.
Reading put_together(FileTree tree, KnownFiles& files, const InForce& before) {
  Reading out;
  std::vector<Manifest*> manifests;
  std::vector<SourceError> errors = std::move(tree.errors);
  out.notices = std::move(tree.notices);
  for (auto& [path, file] : files) {
    manifests.push_back(&file.manifest);
    errors.insert(errors.end(), file.manifest.errors.begin(), file.manifest.errors.end());
    out.notices.insert(out.notices.end(), file.manifest.notices.begin(), file.manifest.notices.end());
  }
  out.assembly = assemble(manifests, before);
  const auto foreign = notices_of_foreign_gateways(*out.assembly.next.objects);
  out.notices.insert(out.notices.end(), foreign.begin(), foreign.end());
  auto& all = out.assembly.errors;
  all.insert(all.end(), std::make_move_iterator(errors.begin()), std::make_move_iterator(errors.end()));
  sort_by_place(all);
  sort_by_place(out.notices);
  return out;
}

}  // namespace

LoadResult load(const std::filesystem::path& path, api::Channel channel) {
  FileTree tree = scan(path);
  KnownFiles files;
  read_changed(tree, channel, files);
  Reading reading = put_together(std::move(tree), files, {});
  LoadResult out{nullptr, std::move(reading.assembly.errors), std::move(reading.notices)};
  if (out.errors.empty()) out.objects = std::move(reading.assembly.next.objects);
  return out;
}

struct DirectorySource::State {
  std::filesystem::path path;
  api::Channel channel;
  Watcher watcher;
  KnownFiles files;
  InForce in_force;

  /// Watches all folders before the last look at them, so that no change falls between.
  FileTree look() {
    constexpr int kMostLooks = 5;  // a folder that grows all the time is seen again by its events
    for (int i = 1;; ++i) {
      FileTree tree = scan(path);
      Watcher::Watched watched = watcher.watch(tree.folders, tree.entries);
      if (watched.added && i < kMostLooks) continue;
      for (const std::string& failed : watched.failed) {
        tree.notices.push_back({.file = path.string(),
                                .line = 0,
                                .object = {},
                                .what = "changes are not seen in " + failed + "; raise fs.inotify.max_user_watches"});
      }
      return tree;
    }
  }
};

DirectorySource::DirectorySource(std::filesystem::path path, api::Channel channel)
    : state_(new State{.path = std::move(path), .channel = channel, .watcher = {}, .files = {}, .in_force = {}}) {}
DirectorySource::~DirectorySource() = default;

ReloadResult DirectorySource::reload() {
  FileTree tree = state_->look();
  read_changed(tree, state_->channel, state_->files);
  Reading reading = put_together(std::move(tree), state_->files, state_->in_force);
  ReloadResult out{std::move(reading.assembly.errors), std::move(reading.notices), {}};
  if (!out.ok()) return out;
  out.changed = changed_objects(*state_->in_force.objects, *reading.assembly.next.objects);
  state_->in_force = std::move(reading.assembly.next);
  return out;
}

std::shared_ptr<const api::ObjectSet> DirectorySource::objects() const {
  return state_->in_force.objects;
}
int DirectorySource::fd() const {
  return state_->watcher.fd();
}
bool DirectorySource::poll() {
  return state_->watcher.poll();
}

}  // namespace sluice::source
