// The files of a folder of manifests.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "controller/source/link.h"
#include "controller/source/manifest_file.h"
#include "controller/source/result.h"

namespace sluice::source {

/// Folders and files in a folder, and folders below each other.
inline constexpr std::size_t kMaxEntries = 1'000'000;
inline constexpr unsigned kMaxFolderDepth = 64;

struct TreeFile {
  std::string path;  ///< the root's, as it was given, joined with the way below it
  FileId id;
};

struct FileTree {
  std::vector<TreeFile> files;       ///< by path
  std::vector<std::string> folders;  ///< all that were read
  std::vector<FolderEntry> entries;  ///< elsewhere, that decide where links and the root lead
  std::vector<SourceError> errors;   ///< what cannot be read
  std::vector<Notice> notices;
};

/// By the name of the file.
bool is_manifest(std::string_view name);

/// Every *.yaml, *.yml and *.json below a folder, links followed, names that begin with '.' passed over; or the one
/// file that root names.
FileTree scan(const std::filesystem::path& root);

}  // namespace sluice::source
