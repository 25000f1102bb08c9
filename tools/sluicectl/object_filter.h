// Which objects of a List a command is about: -n, -A, -l and KIND[/NAME].
#pragma once

#include <CLI/CLI.hpp>
#include <boost/json/fwd.hpp>
#include <expected>
#include <string>
#include <vector>

namespace sluice::ctl {

struct ObjectFilter {
  std::vector<std::string> what;  ///< KIND or KIND/NAME, any case, singular or plural; none: all kinds
  std::string namespace_;         ///< "": all, and objects of the cluster
  bool all_namespaces = false;    ///< said with -A; so it is without a namespace, too
  std::string labels;
};

/// KIND[/NAME], -n, -A, -l.
void add_filter_options(CLI::App& command, ObjectFilter& filter);

/// The List with the items that the filter takes. The error is one of usage.
std::expected<boost::json::object, std::string> filtered(boost::json::object list, const ObjectFilter& filter);

}  // namespace sluice::ctl
