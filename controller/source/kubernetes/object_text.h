// One object as the API server sends it.
#pragma once

#include <boost/json/object.hpp>
#include <expected>
#include <string>
#include <string_view>

#include "controller/api/object_set.h"

namespace sluice::kubernetes {

struct ParsedObject {
  api::NamespacedName name;
  std::string resource_version;
  boost::json::object fields;
  std::string_view text;  ///< what it was parsed from, borrowed
};

/// An object with a name and a resourceVersion; else what is wrong with the text. No message shows any of the text:
/// it may be a Secret.
std::expected<ParsedObject, std::string> parse_object(std::string_view text);

/// The field of an object if it is text; else empty.
std::string text_of(const boost::json::object& fields, std::string_view name);

/// The field if it is an object; else null.
const boost::json::object* object_of(const boost::json::object& fields, std::string_view name);

}  // namespace sluice::kubernetes
