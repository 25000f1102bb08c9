// Edits of JSON text that leave all else as it was written: what others put into a status goes back byte for byte.
#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sluice::report {

/// The object with the member's value replaced, or the member added behind the others. object: text of a JSON object;
/// of other text, a new object comes out.
std::string with_member(std::string_view object, std::string_view key, std::string_view value);

/// "[a,b]"
std::string list_of(std::span<const std::string> items);

/// null where it is no JSON.
boost::json::value parsed(std::string_view text);

/// Whether the text says the same, however it is written. nullopt says nothing.
bool says(std::optional<std::string_view> text, const boost::json::value& value);

}  // namespace sluice::report
