#include "controller/pipeline/finding.h"

#include <algorithm>
#include <array>
#include <boost/json/value.hpp>
#include <string_view>

namespace sluice::pipeline {
namespace {

namespace json = boost::json;

std::string text(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

void add(const api::ObjectRef& object, const std::string& part, const json::object& holder, std::vector<Finding>& out) {
  const auto* conditions = holder.if_contains("conditions");
  if (conditions == nullptr || !conditions->is_array()) return;
  const auto first = static_cast<std::ptrdiff_t>(out.size());
  for (const auto& condition : conditions->get_array()) {
    const auto& fields = condition.get_object();
    if (!tells(text(fields, "type"), text(fields, "status"))) continue;
    Finding finding{object, part, text(fields, "type"), text(fields, "reason"), text(fields, "message")};
    const auto told = std::find_if(out.begin() + first, out.end(),
                                   [&](const auto& other) { return other.message == finding.message; });
    if (finding.message.empty() || told == out.end()) {
      out.push_back(std::move(finding));
    } else if (told->type == "Programmed") {
      *told = std::move(finding);  // the cause rather than what came of it
    }
  }
}

/// "parent Gateway shop/edge" from a parentRef or ancestorRef.
std::string name_of_ref(std::string_view what, const json::object& holder, std::string_view key) {
  const auto* value = holder.if_contains(key);
  if (value == nullptr || !value->is_object()) return std::string(what);
  const auto& ref = value->get_object();
  const auto space = text(ref, "namespace");
  const auto section = text(ref, "sectionName");
  return std::string(what) + " " + text(ref, "kind") + " " + (space.empty() ? "" : space + "/") + text(ref, "name") +
         (section.empty() ? "" : ", section " + section);
}

template <class Name>
void add_each(const api::ObjectRef& object, const json::object& status, std::string_view key, Name&& name,
              std::vector<Finding>& out) {
  const auto* list = status.if_contains(key);
  if (list == nullptr || !list->is_array()) return;
  for (const auto& item : list->get_array()) add(object, name(item.get_object()), item.get_object(), out);
}

}  // namespace

std::vector<Finding> findings(const api::ObjectRef& object, const json::object& status) {
  std::vector<Finding> out;
  add(object, "", status, out);
  add_each(object, status, "listeners", [](const auto& item) { return "listener " + text(item, "name"); }, out);
  add_each(object, status, "parents", [](const auto& item) { return name_of_ref("parent", item, "parentRef"); }, out);
  add_each(
      object, status, "ancestors", [](const auto& item) { return name_of_ref("ancestor", item, "ancestorRef"); }, out);
  return out;
}

bool tells(std::string_view type, std::string_view status) {
  constexpr std::array<std::string_view, 5> kPositive{"Accepted", "Programmed", "ResolvedRefs", "AddressesAssigned",
                                                      "SupportedVersion"};
  constexpr std::array<std::string_view, 4> kNegative{"Conflicted", "PartiallyInvalid", "OverlappingTLSConfig",
                                                      "InsecureFrontendValidationMode"};
  if (std::ranges::find(kPositive, type) != kPositive.end()) return status == "False";
  return std::ranges::find(kNegative, type) != kNegative.end() && status == "True";
}

std::string what_of(const Finding& finding) {
  return (finding.part.empty() ? "" : finding.part + ": ") + finding.type + ": " + finding.reason +
         (finding.message.empty() ? "" : ": " + finding.message);
}

std::string to_string(const Finding& finding) {
  return api::to_string(finding.object) + (finding.part.empty() ? ": " : ", ") + what_of(finding);
}

}  // namespace sluice::pipeline
