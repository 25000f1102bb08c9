#include "controller/attach/label_selector.h"

#include <algorithm>

namespace sluice::attach {
namespace {

bool holds(const api::LabelSelectorRequirement& requirement, const std::map<std::string, std::string>& labels) {
  const auto label = labels.find(requirement.key);
  const bool there = label != labels.end();
  const bool listed = there && std::ranges::find(requirement.values, label->second) != requirement.values.end();
  if (requirement.operator_ == "In") return listed;
  if (requirement.operator_ == "NotIn") return !listed;
  if (requirement.operator_ == "Exists") return there;
  if (requirement.operator_ == "DoesNotExist") return !there;
  return false;
}

}  // namespace

bool selects(const api::LabelSelector& selector, const std::map<std::string, std::string>& labels) {
  const auto equal = [&](const auto& wanted) {
    const auto label = labels.find(wanted.first);
    return label != labels.end() && label->second == wanted.second;
  };
  return std::ranges::all_of(selector.match_labels, equal) &&
         std::ranges::all_of(selector.match_expressions, [&](const auto& r) { return holds(r, labels); });
}

}  // namespace sluice::attach
