// Schema nodes from JSON.
#pragma once

#include <boost/json/fwd.hpp>
#include <expected>
#include <string>
#include <vector>

#include "controller/api/schema/node.h"

namespace sluice::api {

/// The nodes of a document of tools/update-schemas; a child is named by its place in the list, and comes before its
/// parents. Errors: "nodes[12]: rule …". The list must not be moved from afterwards: its nodes point to each other.
std::expected<std::vector<SchemaNode>, std::string> read_nodes(const boost::json::array& list);

}  // namespace sluice::api
