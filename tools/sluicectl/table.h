// Tables as kubectl prints them: upper-case heads, columns three spaces apart, nothing after the last one.
#pragma once

#include <string>
#include <vector>

namespace sluice::ctl {

struct Table {
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;  ///< an empty cell is printed as <none>

  /// Empty without rows.
  [[nodiscard]] std::string text(bool with_head) const;
};

}  // namespace sluice::ctl
