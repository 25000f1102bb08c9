#include "controller/source/file_tree.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

namespace sluice::source {
namespace {

namespace fs = std::filesystem;

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};

class Scan {
 public:
  explicit Scan(FileTree& tree) : tree_(tree) {}

  void root(const fs::path& path) {
    follow(path);
    struct stat status{};
    if (stat(path.c_str(), &status) != 0) return fail(path, "cannot be read: " + std::string(std::strerror(errno)));
    if (S_ISDIR(status.st_mode)) return folder(path, status);
    if (!S_ISREG(status.st_mode)) return fail(path, "is neither a folder nor a file");
    tree_.files.push_back({path.string(), file_id(status)});
  }

 private:
  void fail(const fs::path& path, std::string what) {
    tree_.errors.push_back({.file = path.string(), .line = 0, .object = {}, .field = {}, .what = std::move(what)});
  }
  void notice(const fs::path& path, std::string what) {
    tree_.notices.push_back({.file = path.string(), .line = 0, .object = {}, .what = std::move(what)});
  }
  void follow(const fs::path& path) {
    for (FolderEntry& entry : entries_on_the_way(path)) tree_.entries.push_back(std::move(entry));
  }

  void folder(const fs::path& path, const struct stat& status) {
    const FileId id{.device = status.st_dev, .inode = status.st_ino};
    if (std::ranges::find(open_, id) != open_.end()) return notice(path, "is passed over: a link to a folder above it");
    if (open_.size() >= kMaxFolderDepth) return fail(path, "is nested deeper than 64 folders");
    tree_.folders.push_back(path.string());
    open_.push_back(id);
    for (const std::string& name : names(path)) entry(path / name);
    open_.pop_back();
  }
  std::vector<std::string> names(const fs::path& path) {
    std::vector<std::string> out;
    const std::unique_ptr<DIR, CloseFolder> folder(opendir(path.c_str()));
    if (folder == nullptr) {
      if (errno != ENOENT) fail(path, "cannot be read: " + std::string(std::strerror(errno)));
      return out;
    }
    while (const dirent* item = readdir(folder.get())) {
      if (item->d_name[0] != '.') out.emplace_back(item->d_name);
    }
    std::ranges::sort(out);
    return out;
  }
  void entry(const fs::path& path) {
    if (++entries_ > kMaxEntries) {
      if (entries_ == kMaxEntries + 1) fail(path, "is one entry too many: a folder may have 1000000");
      return;
    }
    struct stat itself{};
    struct stat status{};
    // What is gone since the folder was read will be reported as a change of it.
    if (lstat(path.c_str(), &itself) != 0) return;
    const bool is_link = S_ISLNK(itself.st_mode);
    const bool exists = !is_link || stat(path.c_str(), &status) == 0;
    if (!is_link) status = itself;
    if (exists && !S_ISDIR(status.st_mode) && !is_manifest(path.native())) return;
    if (is_link) follow(path);
    if (!exists) {
      if (is_manifest(path.native())) fail(path, "is a link that leads nowhere");
    } else if (S_ISDIR(status.st_mode)) {
      folder(path, status);
    } else if (S_ISREG(status.st_mode)) {
      tree_.files.push_back({path.string(), file_id(status)});
    } else {
      notice(path, "is passed over: no regular file");
    }
  }

  FileTree& tree_;
  std::vector<FileId> open_;  ///< the folders from the root to here; device and inode only
  std::size_t entries_ = 0;
};

}  // namespace

bool is_manifest(std::string_view name) {
  return name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(".json");
}

FileTree scan(const fs::path& root) {
  FileTree tree;
  Scan(tree).root(root);
  std::ranges::sort(tree.files, {}, &TreeFile::path);
  return tree;
}

}  // namespace sluice::source
