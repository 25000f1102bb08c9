// Reading JSON that may lack any part of a path.
#pragma once

#include <boost/json.hpp>
#include <initializer_list>
#include <string>
#include <string_view>

namespace sluice::ctl {

using Path = std::initializer_list<std::string_view>;

/// nullptr where a part of the path is not there. Borrows from the value: an object would be copied to make one.
const boost::json::value* at(const boost::json::value& value, Path path);
const boost::json::value* at(boost::json::value&& value, Path path) = delete;

/// Text as it is, a number or a boolean as its text; "" for anything else and for what is not there.
std::string text_at(const boost::json::value& value, Path path);

/// Empty for what is not there or no list.
const boost::json::array& list_at(const boost::json::value& value, Path path);
const boost::json::array& list_at(boost::json::value&& value, Path path) = delete;

/// The items of a List.
const boost::json::array& items_of(const boost::json::object& list);

/// JSON as kubectl prints it: a member a line, four spaces a level, a newline at the end.
std::string indented(const boost::json::value& value);

}  // namespace sluice::ctl
