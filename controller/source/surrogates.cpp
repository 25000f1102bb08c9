#include "controller/source/surrogates.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace sluice::source {
namespace {

constexpr std::size_t kEscape = 6;  // \uXXXX

/// The code that the escape at the front names; 0 where there is none.
std::uint32_t escaped(std::string_view text) {
  if (text.size() < kEscape || !text.starts_with("\\u")) return 0;
  std::uint32_t code = 0;
  const char* last = text.data() + kEscape;
  const auto [end, failed] = std::from_chars(text.data() + 2, last, code, 16);
  return failed == std::errc() && end == last ? code : 0;
}

/// Of a code from U+10000 on.
void append_utf8(std::uint32_t code, std::string& out) {
  out += static_cast<char>(0xf0 | code >> 18);
  for (const int shift : {12, 6, 0}) out += static_cast<char>(0x80 | (code >> shift & 0x3f));
}

/// The character that the pair at the front means; 0 where there is none.
std::uint32_t pair(std::string_view text) {
  const std::uint32_t high = escaped(text);
  if (high < 0xd800 || high > 0xdbff) return 0;
  const std::uint32_t low = escaped(text.substr(kEscape));
  if (low < 0xdc00 || low > 0xdfff) return 0;
  return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

bool is_json(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{';
}

}  // namespace

std::optional<std::string> join_surrogates(std::string_view text) {
  if (!is_json(text) || (text.find("\\ud") == std::string_view::npos && text.find("\\uD") == std::string_view::npos)) {
    return std::nullopt;
  }
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t plain = std::min(text.find('\\'), text.size());
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    if (const std::uint32_t code = pair(text)) {
      append_utf8(code, out);
      text.remove_prefix(2 * kEscape);
    } else {  // an escape is two characters at least: "\\ud83d" is a backslash and letters
      out += text.substr(0, 2);
      text.remove_prefix(std::min<std::size_t>(2, text.size()));
    }
  }
  return out;
}

}  // namespace sluice::source
