#include "controller/source/result.h"

#include <algorithm>

namespace sluice::source {
namespace {

/// Bytes of the control character at the front: C0, DEL, or one of C1 (U+0080 to U+009F); 0 where there is none.
std::size_t control_at(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x20 || first == 0x7f) return 1;
  const bool c1 = first == 0xc2 && text.size() > 1 && static_cast<unsigned char>(text[1]) < 0xa0;
  return c1 ? 2 : 0;
}

std::string prefix(const std::string& file, unsigned line, const std::string& object) {
  std::string out = file;
  if (line > 0) out += ":" + std::to_string(line);
  if (!out.empty()) out += ": ";
  return object.empty() ? out : out + object + ": ";
}

}  // namespace

std::string printable(std::string_view text) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t control = control_at(text);
    if (control == 0) out += text[0];
    for (const unsigned char byte : text.substr(0, control)) {
      out += "\\x";
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
    text.remove_prefix(std::max<std::size_t>(control, 1));
  }
  return out;
}

std::string to_string(const SourceError& error) {
  return printable(prefix(error.file, error.line, error.object) + (error.field.empty() ? "" : error.field + ": ") +
                   error.what);
}

std::string to_string(const Notice& notice) {
  return printable(prefix(notice.file, notice.line, notice.object) + notice.what);
}

}  // namespace sluice::source
