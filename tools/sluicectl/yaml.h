// JSON values as YAML, for -o yaml: block style, the order of keys kept.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

namespace sluice::ctl {

std::string yaml_of(const boost::json::value& value);

/// The same of JSON text that is known to be valid.
std::string yaml_of_json(std::string_view json);

}  // namespace sluice::ctl
