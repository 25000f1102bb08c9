#include "controller/attach/condition.h"

#include <algorithm>

namespace sluice::attach {
namespace {

/// A condition's message holds 32,768 characters; more than these few say nothing new.
constexpr std::size_t kNamedRefusals = 8;

}  // namespace

void set_condition(Conditions& conditions, Condition condition) {
  const auto at = std::ranges::lower_bound(conditions, condition.type, {}, &Condition::type);
  if (at != conditions.end() && at->type == condition.type) {
    *at = std::move(condition);
  } else {
    conditions.insert(at, std::move(condition));
  }
}

const Condition* find_condition(const Conditions& conditions, ConditionType type) {
  const auto at = std::ranges::lower_bound(conditions, type, {}, &Condition::type);
  return at != conditions.end() && at->type == type ? &*at : nullptr;
}

bool is_true(const Conditions& conditions, ConditionType type) {
  const Condition* found = find_condition(conditions, type);
  return found != nullptr && found->status == ConditionStatus::True;
}

Condition refused(ConditionType type, const Refusal& refusal) {
  return {type, ConditionStatus::False, refusal.reason, refusal.field + ": " + refusal.found};
}

Condition refused(ConditionType type, const std::vector<Refusal>& refusals) {
  Condition condition = refused(type, refusals.front());
  for (std::size_t i = 1; i < std::min(refusals.size(), kNamedRefusals); ++i) {
    condition.message += "; " + refusals[i].field + ": " + refusals[i].found;
  }
  if (refusals.size() > kNamedRefusals) {
    condition.message += "; and " + std::to_string(refusals.size() - kNamedRefusals) + " more";
  }
  return condition;
}

}  // namespace sluice::attach
