#include "tools/sluicectl/label_filter.h"

#include <algorithm>

#include "controller/api/names.h"

namespace sluice::ctl {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// Takes what stands before the next comma outside of parentheses off the front of `text`.
std::string_view take_part(std::string_view& text) {
  int depth = 0;
  std::size_t end = 0;
  for (; end < text.size() && (text[end] != ',' || depth > 0); ++end) {
    depth += text[end] == '(' ? 1 : text[end] == ')' ? -1 : 0;
  }
  const auto part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return trimmed(part);
}

std::vector<std::string> split_values(std::string_view text) {
  std::vector<std::string> values;
  do {
    values.emplace_back(take_part(text));
  } while (!text.empty());
  return values;
}

}  // namespace

std::expected<LabelFilter::Requirement, std::string> LabelFilter::parse_requirement(std::string_view text) {
  Requirement out;
  std::string_view key = text;
  if (text.starts_with('!')) {
    out.how = Operator::DoesNotExist;
    key = trimmed(text.substr(1));
  } else if (text.ends_with(')') && text.contains('(')) {
    const auto open = text.find('(');
    const auto head = trimmed(text.substr(0, open));
    const auto space = head.find_last_of(" \t");
    const auto word = space == std::string_view::npos ? head : head.substr(space + 1);
    if (space == std::string_view::npos || (word != "in" && word != "notin")) {
      return std::unexpected("'" + std::string(text) + "': before a list stands 'in' or 'notin'");
    }
    out.how = word == "in" ? Operator::In : Operator::NotIn;
    key = trimmed(head.substr(0, space));
    out.values = split_values(text.substr(open + 1, text.size() - open - 2));
  } else if (const auto equals = text.find('='); equals != std::string_view::npos) {
    const bool negated = equals > 0 && text[equals - 1] == '!';
    const bool doubled = equals + 1 < text.size() && text[equals + 1] == '=';
    out.how = negated ? Operator::NotIn : Operator::In;
    key = trimmed(text.substr(0, negated ? equals - 1 : equals));
    out.values = {std::string(trimmed(text.substr(equals + (doubled ? 2 : 1))))};
  }
  out.key = key;
  if (!api::is_qualified_name(out.key)) return std::unexpected("'" + out.key + "' is no label; app=shop selects one");
  for (const auto& value : out.values) {
    if (!api::is_label_value(value)) return std::unexpected("'" + value + "' is no value of a label");
  }
  return out;
}

std::expected<LabelFilter, std::string> LabelFilter::parse(std::string_view text) {
  LabelFilter filter;
  while (!trimmed(text).empty()) {
    auto requirement = parse_requirement(take_part(text));
    if (!requirement) return std::unexpected(std::move(requirement.error()));
    filter.requirements_.push_back(std::move(*requirement));
  }
  return filter;
}

bool LabelFilter::takes(const Labels& labels) const {
  return std::ranges::all_of(requirements_, [&](const Requirement& requirement) {
    const auto label = labels.find(requirement.key);
    const bool present = label != labels.end();
    const bool listed = present && std::ranges::find(requirement.values, label->second) != requirement.values.end();
    switch (requirement.how) {
      case Operator::In:
        return listed;
      case Operator::NotIn:
        return !listed;
      case Operator::Exists:
        return present;
      case Operator::DoesNotExist:
        return !present;
    }
    return false;
  });
}

}  // namespace sluice::ctl
