// A folder of manifests for a test; removed with it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "controller/source/result.h"

namespace sluice::source {

class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  /// Writes a file, folders above it included.
  void write(std::string_view name, std::string_view text) const;
  /// Writes a new file and renames it over the old one, as editors and tools do.
  void replace(std::string_view name, std::string_view text) const;
  void remove(std::string_view name) const;
  /// A symbolic link, put in place by rename.
  void link(std::string_view name, std::string_view target) const;

 private:
  std::filesystem::path path_;
};

/// A ConfigMap of one key.
std::string config_map(std::string_view name, std::string_view value);

/// The errors as lines, the folder's path left out.
std::vector<std::string> lines(const std::vector<SourceError>& errors, const std::filesystem::path& folder = {});
std::vector<std::string> lines(const std::vector<Notice>& notices, const std::filesystem::path& folder = {});

}  // namespace sluice::source
