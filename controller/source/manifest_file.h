// A file of manifests, and how to tell whether it has changed.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <expected>
#include <optional>
#include <string>

namespace sluice::source {

/// Of one state of a file; another state has another id, unless both were written within one tick of the clock.
struct FileId {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t modified = 0;  ///< ns since 1970
  std::int64_t changed = 0;   ///< ns since 1970
  bool operator==(const FileId&) const = default;
};
FileId file_id(const struct stat& status);

struct FileText {
  std::string text;
  FileId id;
  bool is_fresh = false;  ///< changed so shortly before that a further change might not show in the id
};

/// The whole of a regular file, of one state: a file that changes meanwhile is read again, a few times. nullopt where
/// it is gone, or no regular file; or why it cannot be read.
std::expected<std::optional<FileText>, std::string> read_file(const std::string& path);

}  // namespace sluice::source
