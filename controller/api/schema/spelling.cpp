#include "controller/api/schema/spelling.h"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <vector>

namespace sluice::api {
namespace {

constexpr std::size_t kLongestName = 64;

bool same_letter(char a, char b) {
  return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
}

}  // namespace

bool is_near(std::string_view written, std::string_view known) {
  if (written.size() > kLongestName || known.size() > kLongestName) return false;
  // Levenshtein's distance, a row at a time.
  std::vector<std::size_t> row(known.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < written.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t k = 0; k < known.size(); ++k) {
      const std::size_t above = row[k + 1];
      const std::size_t changed = diagonal + (same_letter(written[i], known[k]) ? 0 : 1);
      row[k + 1] = std::min({changed, above + 1, row[k] + 1});
      diagonal = above;
    }
  }
  return row.back() <= (known.size() <= 4 ? 1U : 2U);
}

}  // namespace sluice::api
