#include "tools/sluicectl/condition.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "tools/sluicectl/json_view.h"

namespace sluice::ctl {
namespace {

namespace json = boost::json;

/// Conditions whose True says that something is wrong (Gateway API v1.7.0: "abnormal-true").
constexpr std::array<std::string_view, 4> kBadWhenTrue{"Conflicted", "InsecureFrontendValidationMode",
                                                       "OverlappingTLSConfig", "PartiallyInvalid"};

}  // namespace

bool is_bad(const json::value& condition) {
  const bool bad_when_true = std::ranges::find(kBadWhenTrue, text_at(condition, {"type"})) != kBadWhenTrue.end();
  return text_at(condition, {"status"}) == (bad_when_true ? "True" : "False");
}

std::string condition_cell(const json::array& conditions, std::string_view type) {
  for (const auto& condition : conditions) {
    if (text_at(condition, {"type"}) != type) continue;
    std::string status = text_at(condition, {"status"});
    const bool plain = !is_bad(condition) && status != "Unknown";
    return plain ? status : status + " (" + text_at(condition, {"reason"}) + ")";
  }
  return {};
}

std::string bad_messages(const json::array& conditions) {
  std::string out;
  for (const auto& condition : conditions) {
    if (!is_bad(condition)) continue;
    out += (out.empty() ? "" : "; ") + text_at(condition, {"type"}) + ": " + text_at(condition, {"message"});
  }
  return out;
}

std::string condition_text(const json::value& condition) {
  return text_at(condition, {"type"}) + " is " + text_at(condition, {"status"}) + " (" +
         text_at(condition, {"reason"}) + "): " + text_at(condition, {"message"});
}

}  // namespace sluice::ctl
