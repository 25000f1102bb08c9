#include "controller/source/link.h"

#include <deque>

namespace sluice::source {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kMaxLinks = 40;  // as the kernel follows

}  // namespace

std::vector<FolderEntry> entries_on_the_way(const fs::path& path) {
  std::vector<FolderEntry> out;
  std::deque<fs::path> rest(path.begin(), path.end());
  fs::path at = ".";
  for (unsigned links = 0; !rest.empty();) {
    const fs::path step = rest.front();
    rest.pop_front();
    if (step.empty() || step == ".") continue;
    if (step.is_absolute() || step == "..") {
      at = step.is_absolute() ? step : at / step;
      continue;
    }
    std::error_code failed;
    const bool is_link = fs::is_symlink(at / step, failed);
    bool is_last = true;
    for (const fs::path& other : rest) is_last = is_last && (other.empty() || other == ".");
    if (is_link || is_last) out.push_back({at.string(), step.string()});
    if (!is_link) {
      at /= step;
      continue;
    }
    const fs::path target = fs::read_symlink(at / step, failed);
    if (failed || ++links > kMaxLinks) break;
    rest.insert(rest.begin(), target.begin(), target.end());
  }
  return out;
}

}  // namespace sluice::source
