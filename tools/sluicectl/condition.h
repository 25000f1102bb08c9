// Conditions in the status of an object as JSON, read as a person reads them.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

namespace sluice::ctl {

/// Whether the condition says that something is wrong (pipeline::tells).
bool is_bad(const boost::json::value& condition);

/// "True", "False (NoMatchingParent)", "Unknown (Pending)"; "" when there is none of that type.
std::string condition_cell(const boost::json::array& conditions, std::string_view type);

/// "Accepted: <message>" of every bad one, joined by "; "; a message that several have once.
std::string bad_messages(const boost::json::array& conditions);

}  // namespace sluice::ctl
