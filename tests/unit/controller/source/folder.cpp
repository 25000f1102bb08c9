#include "tests/unit/controller/source/folder.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace sluice::source {
namespace {

namespace fs = std::filesystem;

std::string below(std::string line, const fs::path& folder) {
  const std::string prefix = folder.string() + "/";
  if (!folder.empty() && line.starts_with(prefix)) line.erase(0, prefix.size());
  return line;
}

}  // namespace

Folder::Folder() {
  std::string pattern = (fs::temp_directory_path() / "sluice-source-test-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    std::perror("mkdtemp");
    std::abort();
  }
  path_ = pattern;
}

Folder::~Folder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void Folder::write(std::string_view name, std::string_view text) const {
  fs::create_directories((path_ / name).parent_path());
  std::ofstream(path_ / name, std::ios::binary) << text;
}

void Folder::replace(std::string_view name, std::string_view text) const {
  write(".new", text);
  fs::rename(path_ / ".new", path_ / name);
}

void Folder::remove(std::string_view name) const {
  fs::remove_all(path_ / name);
}

void Folder::link(std::string_view name, std::string_view target) const {
  fs::create_symlink(target, path_ / ".link");
  fs::rename(path_ / ".link", path_ / name);
}

std::string config_map(std::string_view name, std::string_view value) {
  return "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: " + std::string(name) +
         "\ndata:\n  key: " + std::string(value) + "\n";
}

std::vector<std::string> lines(const std::vector<SourceError>& errors, const fs::path& folder) {
  std::vector<std::string> out;
  for (const auto& error : errors) out.push_back(below(to_string(error), folder));
  return out;
}

std::vector<std::string> lines(const std::vector<Notice>& notices, const fs::path& folder) {
  std::vector<std::string> out;
  for (const auto& notice : notices) out.push_back(below(to_string(notice), folder));
  return out;
}

}  // namespace sluice::source
