// Which objects of a List a command is about: -n, -A, -l and KIND[/NAME].
#pragma once

#include <CLI/CLI.hpp>
#include <boost/json/object.hpp>
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

struct Filtered {
  boost::json::object list;         ///< the List with the items that the filter takes
  std::vector<std::string> absent;  ///< KIND/NAME as given, where there is none
};

/// The error is one of usage.
std::expected<Filtered, std::string> filtered(boost::json::object list, const ObjectFilter& filter);

}  // namespace sluice::ctl
