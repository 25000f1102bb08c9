#include "tests/unit/controller/api/cel/rule_builder.h"

#include <boost/json.hpp>

#include "controller/api/cel/rule.h"

namespace sluice::api::cel {

std::string verdict(std::string_view rule, std::string_view self) {
  const auto compiled = Rule::compile(rule);
  if (!compiled) return "unreadable: " + compiled.error();
  std::size_t budget = kMaxCost;
  const auto holds = compiled->holds(boost::json::parse({self.data(), self.size()}), nullptr, budget);
  if (!holds) return "error: " + holds.error();
  return *holds ? "true" : "false";
}

}  // namespace sluice::api::cel
