// Standard base64 (RFC 4648, section 4), as Secrets carry it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice::api {

/// Decodes; line breaks are passed over, as Go's decoder does. Nothing where the text is not base64.
std::optional<std::string> decode_base64(std::string_view text);

}  // namespace sluice::api
