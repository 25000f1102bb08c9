// Conditions in the status of an object as JSON, read as a person reads them.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

namespace sluice::ctl {

/// Whether the condition says that something is wrong: False where True is good, True where False is good. Unknown is
/// neither (nobody was asked yet).
bool is_bad(const boost::json::value& condition);

/// "True", "False (NoMatchingParent)", "Unknown (Pending)"; "" when there is none of that type.
std::string condition_cell(const boost::json::array& conditions, std::string_view type);

/// "Accepted: <message>" of every bad one, joined by "; ".
std::string bad_messages(const boost::json::array& conditions);

/// "ResolvedRefs is False (BackendNotFound): <message>".
std::string condition_text(const boost::json::value& condition);

}  // namespace sluice::ctl
