// Parts of JSON text, cut out as they are written: what others wrote in a status must go back to the API server byte
// for byte, and a page of a list is read object by object, so that it never stands in memory as one tree.
//
// A cutter, no validator: of text that Boost.JSON takes, every part is cut where it begins and ends (fuzzed against
// it); of other text, nothing, or some part of it. Linear, no recursion. Results borrow from the text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::kubernetes {

/// The value of a field of an object, without the white space around it. key is compared with the key as it is written.
/// Of a field that is given twice, the last, as Go and Boost.JSON have it. nullopt: no such field, or no object.
std::optional<std::string_view> raw_member(std::string_view object, std::string_view key);

/// The items of a list, each without the white space around it. nullopt: no list.
std::optional<std::vector<std::string_view>> raw_items(std::string_view list);

/// Text as a JSON string with its quotes (RFC 8259, 7).
std::string quoted(std::string_view text);

}  // namespace sluice::kubernetes
