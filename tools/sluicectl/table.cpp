#include "tools/sluicectl/table.h"

#include <algorithm>

namespace sluice::ctl {
namespace {

constexpr std::size_t kGap = 3;
const std::string kNone = "<none>";

const std::string& shown(const std::string& cell) {
  return cell.empty() ? kNone : cell;
}

void append_row(const std::vector<std::string>& row, const std::vector<std::size_t>& widths, std::string& out) {
  for (std::size_t i = 0; i < row.size(); ++i) {
    const std::string& cell = shown(row[i]);
    out += cell;
    if (i + 1 < row.size()) out.append(widths[i] - cell.size() + kGap, ' ');
  }
  out += '\n';
}

}  // namespace

std::string Table::text(bool with_head) const {
  if (rows.empty()) return {};
  std::vector<std::size_t> widths(head.size());
  for (std::size_t i = 0; i < head.size(); ++i) {
    if (with_head) widths[i] = head[i].size();
    for (const auto& row : rows) widths[i] = std::max(widths[i], shown(row[i]).size());
  }
  std::string out;
  if (with_head) append_row(head, widths, out);
  for (const auto& row : rows) append_row(row, widths, out);
  return out;
}

}  // namespace sluice::ctl
