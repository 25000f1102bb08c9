#include "userspace/l4/pins.h"

#include <linux/magic.h>
#include <sys/vfs.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "sluice/bpf/types.h"

namespace sluice::l4 {
namespace {

namespace fs = std::filesystem;

constexpr const char* kBpffs = "/sys/fs/bpf";

std::vector<fs::path> entries(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    found.push_back(entry->path());
  }
  return found;
}

}  // namespace

std::expected<void, std::string> check_bpffs() {
  struct statfs info{};
  if (::statfs(kBpffs, &info) == 0 && info.f_type == BPF_FS_MAGIC) return {};
  return std::unexpected(std::string(kBpffs) + " is no BPF file system: mount -t bpf bpf " + kBpffs);
}

std::expected<Pins, std::string> Pins::of(const std::string& instance) {
  const auto fits = [](unsigned char letter) { return std::isalnum(letter) != 0 || letter == '-' || letter == '_'; };
  if (instance.empty() || instance.size() > 64 || !std::ranges::all_of(instance, fits)) {
    return std::unexpected("--instance '" + instance + "': 1 to 64 letters, digits, '-' and '_'");
  }
  Pins pins;
  pins.instance_ = instance;
  pins.top_ = std::string(kBpffs) + "/sluice/" + instance;
  pins.folder_ = pins.top_ + "/v" + std::to_string(SLUICE_LAYOUT_VERSION);
  return pins;
}

std::expected<void, std::string> Pins::create() const {
  if (auto mounted = check_bpffs(); !mounted) return mounted;
  std::error_code error;
  for (const auto* part : {"/maps", "/links"}) {
    fs::create_directories(folder_ + part, error);
    if (error) return std::unexpected(folder_ + part + ": " + error.message());
  }
  return {};
}

bool Pins::exists() const {
  return fs::exists(folder_ + "/maps");
}

std::vector<std::string> Pins::links() const {
  std::vector<std::string> names;
  for (const auto& path : entries(folder_ + "/links")) names.push_back(path.filename().string());
  return names;
}

std::vector<std::string> Pins::maps_beside(const std::string& name) const {
  std::vector<std::string> found;
  for (const auto& instance : entries(fs::path(top_).parent_path())) {
    const auto pin = instance / fs::path(folder_).filename() / "maps" / name;
    std::error_code error;
    if (instance != fs::path(top_) && fs::exists(pin, error)) found.push_back(pin.string());
  }
  return found;
}

std::expected<void, std::string> Pins::remove() const {
  std::error_code error;
  for (const auto* part : {"links", "maps"}) {
    for (const auto& version : entries(top_)) {
      for (const auto& pin : entries(version / part)) fs::remove(pin, error);
      fs::remove(version / part, error);
      fs::remove(version, error);
    }
  }
  fs::remove(top_, error);
  fs::remove(fs::path(top_).parent_path(), error);  // goes with the last instance only
  if (fs::exists(top_)) return std::unexpected(top_ + " cannot be removed");
  return {};
}

}  // namespace sluice::l4
