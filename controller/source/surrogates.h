// JSON writes a character beyond U+FFFF as two escapes (RFC 8259, 7), which YAML has not.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice::source {

/// The text with every pair of surrogate escapes (\ud83d\ude00) as the one character it means, on the same lines; none
/// where there is nothing to join. As `kubectl apply` does, only a text that begins with "{" is taken for JSON.
std::optional<std::string> join_surrogates(std::string_view text);

}  // namespace sluice::source
