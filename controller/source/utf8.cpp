#include "controller/source/utf8.h"

#include <cstdint>

namespace sluice::source {
namespace {

/// What a first byte says: length of the character, its own bits, and the least character of that length.
struct Lead {
  std::size_t length;
  std::uint32_t bits;
  std::uint32_t least;
};

Lead lead_of(unsigned char byte) {
  if (byte < 0x80) return {1, byte, 0};
  if (byte >= 0xc2 && byte < 0xe0) return {2, byte & 0x1fU, 0x80};
  if (byte >= 0xe0 && byte < 0xf0) return {3, byte & 0x0fU, 0x800};
  if (byte >= 0xf0 && byte < 0xf5) return {4, byte & 0x07U, 0x10000};
  return {0, 0, 0};
}

struct Character {
  std::size_t length = 0;  ///< 0: no character
  std::uint32_t code = 0;
};

/// The character at the front, surrogates included; of text that is not empty.
Character first(std::string_view text) {
  const Lead lead = lead_of(static_cast<unsigned char>(text[0]));
  if (lead.length == 0 || lead.length > text.size()) return {};
  std::uint32_t code = lead.bits;
  for (std::size_t i = 1; i < lead.length; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xc0) != 0x80) return {};
    code = code << 6 | (byte & 0x3fU);
  }
  return code >= lead.least && code <= 0x10ffff ? Character{lead.length, code} : Character{};
}

bool is_surrogate(std::uint32_t code) {
  return code >= 0xd800 && code < 0xe000;
}

bool is_printable(std::uint32_t code) {
  if (code < 0x20) return code == '\t' || code == '\n' || code == '\r';
  if (code >= 0x7f && code < 0xa0) return code == 0x85;
  return !is_surrogate(code) && code != 0xfffe && code != 0xffff;
}

}  // namespace

std::optional<std::size_t> first_bad_byte(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte >= 0x20 && byte < 0x7f) {
      ++at;
      continue;
    }
    const Character character = first(text.substr(at));
    if (character.length == 0 || !is_printable(character.code)) return at;
    at += character.length;
  }
  return std::nullopt;
}

}  // namespace sluice::source
