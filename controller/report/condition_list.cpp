#include "controller/report/condition_list.h"

#include <algorithm>
#include <array>
#include <boost/describe/enumerators.hpp>
#include <boost/json.hpp>
#include <boost/mp11/algorithm.hpp>
#include <set>

#include "controller/attach/condition.h"
#include "controller/report/raw_object.h"
#include "controller/source/kubernetes/raw_json.h"

namespace sluice::report {
namespace {

namespace json = boost::json;

constexpr std::size_t kLongestMessage = 32'768;

std::string text_of(const json::object& fields, std::string_view key) {
  const auto* value = fields.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

std::int64_t generation_of(const json::object& condition) {
  const auto* value = condition.if_contains("observedGeneration");
  boost::system::error_code failed;
  const auto number = value != nullptr && value->is_number() ? value->to_number<std::int64_t>(failed) : 0;
  return failed ? 0 : number;
}

/// Types that attach decides: nobody else writes them where we write.
bool is_ours(std::string_view type) {
  bool found = false;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<attach::ConditionType>>(
      [&](auto enumerator) { found = found || type == enumerator.name; });
  return found;
}

/// The longest beginning that is no longer, never cut inside a character.
std::string shortened(std::string text) {
  if (text.size() <= kLongestMessage) return text;
  std::size_t end = kLongestMessage - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.replace(end, std::string::npos, "…");
}

/// As we write it. before: of the same type, or null.
json::object made(const json::object& wanted, const json::object* before, const MergeTime& at) {
  const bool stays = before != nullptr && text_of(*before, "status") == text_of(wanted, "status") &&
                     !text_of(*before, "lastTransitionTime").empty();
  return {{"lastTransitionTime", stays ? text_of(*before, "lastTransitionTime") : std::string(at.now)},
          {"message", shortened(text_of(wanted, "message"))},
          {"observedGeneration", at.generation},
          {"reason", text_of(wanted, "reason")},
          {"status", text_of(wanted, "status")},
          {"type", text_of(wanted, "type")}};
}

const json::object* find(const json::array& conditions, std::string_view type) {
  for (const auto& condition : conditions) {
    if (condition.is_object() && text_of(condition.get_object(), "type") == type) return &condition.get_object();
  }
  return nullptr;
}

/// What others ask about first goes in first.
bool is_vital(const std::string& type) {
  constexpr std::array<std::string_view, 3> kVital{"Accepted", "Programmed", "ResolvedRefs"};
  return std::ranges::find(kVital, type) != kVital.end();
}

void append(const json::array& wanted, const std::set<std::string>& placed, const MergeTime& at,
            MergedConditions& out) {
  std::vector<const json::object*> missing;
  for (const bool vital : {true, false}) {
    for (const auto& condition : wanted) {
      const std::string type = text_of(condition.get_object(), "type");
      if (is_vital(type) == vital && !placed.contains(type)) missing.push_back(&condition.get_object());
    }
  }
  for (const auto* condition : missing) {
    if (out.items.size() >= kMaxConditions) {
      out.left_out.push_back(text_of(*condition, "type"));
      continue;
    }
    out.items.push_back(json::serialize(made(*condition, nullptr, at)));
    out.differs = true;
  }
}

}  // namespace

MergedConditions merge_conditions(std::optional<std::string_view> stored, const json::array& wanted,
                                  const MergeTime& at) {
  MergedConditions out;
  std::set<std::string> placed;
  const auto items = stored ? kubernetes::raw_items(*stored) : std::nullopt;
  for (const auto item : items.value_or(std::vector<std::string_view>{})) {
    const json::value value = parsed(item);
    const json::object* before = value.if_object();
    const std::string type = before != nullptr ? text_of(*before, "type") : "";
    const json::object* want = find(wanted, type);
    const bool keeps = before == nullptr || !is_ours(type) || generation_of(*before) > at.generation;
    const bool is_repeated = want != nullptr && !placed.insert(type).second;  // a type stands once
    if (is_repeated || (want == nullptr && !keeps)) {
      out.differs = true;
      continue;
    }
    const json::object now = keeps ? json::object() : made(*want, before, at);
    if (keeps || now == *before) {
      out.items.emplace_back(item);
    } else {
      out.items.push_back(json::serialize(now));
      out.differs = true;
    }
  }
  append(wanted, placed, at, out);
  return out;
}

bool is_newer(std::optional<std::string_view> stored, std::int64_t generation) {
  const auto value = stored ? parsed(*stored) : json::value();
  if (!value.is_array()) return false;
  return std::ranges::any_of(value.get_array(), [&](const auto& condition) {
    return condition.is_object() && is_ours(text_of(condition.get_object(), "type")) &&
           generation_of(condition.get_object()) > generation;
  });
}

}  // namespace sluice::report
