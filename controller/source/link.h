// Which entries of which folders decide what a path means.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace sluice::source {

struct FolderEntry {
  std::string folder;
  std::string name;
  auto operator<=>(const FolderEntry&) const = default;
};

/// Every symbolic link that leads from path to what it names, and the last entry: when one of them is replaced, path
/// names something else (a ConfigMap's ..data, a "current" of releases). Ends where something is missing.
std::vector<FolderEntry> entries_on_the_way(const std::filesystem::path& path);

}  // namespace sluice::source
