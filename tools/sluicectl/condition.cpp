#include "tools/sluicectl/condition.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>
#include <vector>

#include "controller/pipeline/finding.h"
#include "tools/sluicectl/json_view.h"

namespace sluice::ctl {

namespace json = boost::json;

bool is_bad(const json::value& condition) {
  return pipeline::tells(text_at(condition, {"type"}), text_at(condition, {"status"}));
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
  std::vector<std::pair<std::string, std::string>> told;  // type, message
  for (const auto& condition : conditions) {
    if (!is_bad(condition)) continue;
    std::string type = text_at(condition, {"type"});
    std::string message = text_at(condition, {"message"});
    const auto same = std::ranges::find(told, message, &std::pair<std::string, std::string>::second);
    if (same == told.end()) {
      told.emplace_back(std::move(type), std::move(message));
    } else if (same->first == "Programmed") {
      same->first = std::move(type);  // the cause rather than what came of it
    }
  }
  std::string out;
  for (const auto& [type, message] : told)
    out.append(out.empty() ? "" : "; ").append(type).append(": ").append(message);
  return out;
}

}  // namespace sluice::ctl
