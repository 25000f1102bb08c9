// Tokens of CEL (cel-spec, "Syntax").
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::api::cel {

struct Token {
  enum class Kind : unsigned char { kEnd, kName, kInt, kDouble, kString, kSymbol };
  Kind kind = Kind::kEnd;
  std::string text;    ///< of a string: unescaped
  std::size_t at = 0;  ///< byte in the source
};

/// The tokens, the last of kind kEnd; or what cannot be read.
std::expected<std::vector<Token>, std::string> tokenize(std::string_view source);

}  // namespace sluice::api::cel
