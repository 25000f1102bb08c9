#include "controller/api/cel/field_name.h"

#include <algorithm>
#include <array>

namespace sluice::api::cel {
namespace {

constexpr std::array<std::string_view, 21> kReserved{
    "true", "false",  "null", "in",   "as",      "break",     "const",  "continue", "else", "for",  "function",
    "if",   "import", "let",  "loop", "package", "namespace", "return", "var",      "void", "while"};

struct Escape {
  std::string_view from;
  std::string_view to;
};
constexpr std::array kEscapes{Escape{"__underscores__", "__"}, Escape{"__dot__", "."}, Escape{"__dash__", "-"},
                              Escape{"__slash__", "/"}};

}  // namespace

std::string field_name(std::string_view escaped) {
  if (escaped.size() > 4 && escaped.starts_with("__") && escaped.ends_with("__")) {
    const std::string_view word = escaped.substr(2, escaped.size() - 4);
    if (std::ranges::find(kReserved, word) != kReserved.end()) return std::string(word);
  }
  std::string out;
  while (!escaped.empty()) {
    const auto* escape = std::ranges::find_if(kEscapes, [&](const Escape& e) { return escaped.starts_with(e.from); });
    const bool found = escape != kEscapes.end();
    out += found ? escape->to : escaped.substr(0, 1);
    escaped.remove_prefix(found ? escape->from.size() : 1);
  }
  return out;
}

}  // namespace sluice::api::cel
