// Tables of the objects in a List with their status, as kubectl prints them: a table a kind, listeners and each route's
// parents on lines of their own.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>

namespace sluice::ctl {

struct TableOptions {
  bool wide = false;  ///< with what is wrong, and why
  bool head = true;
  bool namespaces = true;  ///< a column for them
};

/// Empty where the List has nothing to show.
std::string status_tables(const boost::json::object& list, const TableOptions& options);

/// "gateway.gateway.networking.k8s.io/main" a line, as -o name.
std::string object_names(const boost::json::object& list);

}  // namespace sluice::ctl
