#include "controller/api/cel/rule.h"

#include <algorithm>

#include "controller/api/cel/evaluator.h"

namespace sluice::api::cel {

std::expected<Rule, std::string> Rule::compile(std::string_view source) {
  auto parsed = parse_rule(source);
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  return Rule(*std::move(parsed));
}

std::expected<bool, std::string> Rule::holds(const boost::json::value& self, const boost::json::value* old_self,
                                             std::size_t& budget) const {
  std::vector<Value> variables(parsed_.slots);
  variables[kSelfSlot] = from_json(self);
  if (old_self != nullptr) variables[kOldSelfSlot] = from_json(*old_self);
  std::size_t left = std::min(budget, kMaxCost);
  const std::size_t before = left;
  Evaluator evaluator(std::move(variables), left);
  const Result result = evaluator.value(*parsed_.root);
  budget -= before - left;
  if (!result) return std::unexpected(result.error());
  const bool* decided = result->if_a<bool>();
  if (decided == nullptr) return std::unexpected("gives " + std::string(type_name(*result)) + ", not bool");
  return *decided;
}

}  // namespace sluice::api::cel
