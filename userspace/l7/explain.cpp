#include <algorithm>

#include "userspace/l7/router.h"

namespace sluice::l7 {
namespace {

MatchResult match(const Entry& entry, const RequestView& request) {
  if (!entry.matches_path(request.path)) return {Mismatch::kPath, {}};
  return entry.match_beyond_path(request);
}

// How near a loser came: a criterion that is tried later is a nearer miss.
int distance(const Loser& loser) {
  if (loser.result) return 0;
  return 6 - static_cast<int>(loser.result.mismatch);
}

std::string call_text(const Entry& entry) {
  const std::string_view call = std::string_view(entry.path).substr(std::min<std::size_t>(1, entry.path.size()));
  switch (entry.path_kind) {
    case PathKind::kAny:
      return "any gRPC call";
    case PathKind::kExact:
      return "gRPC call " + std::string(call);
    case PathKind::kPrefix:
      return "gRPC service " + std::string(call);
    case PathKind::kRegex:
      return "gRPC call RegularExpression " + std::string(call);
  }
  return {};
}

std::string path_text(const Entry& entry) {
  if (entry.grpc) return call_text(entry);
  switch (entry.path_kind) {
    case PathKind::kAny:
      return "any path";
    case PathKind::kExact:
      return "path Exact " + entry.path;
    case PathKind::kPrefix:
      return "path PathPrefix " + entry.path;
    case PathKind::kRegex:
      return "path RegularExpression " + entry.path;
  }
  return {};
}

std::string value_text(std::string_view what, const ValueMatcher& matcher) {
  return std::string(what) + " " + matcher.name() + (matcher.is_regex() ? " ~ " : " = ") + matcher.text();
}

const ValueMatcher* named(const std::vector<ValueMatcher>& matchers, std::string_view name) {
  const auto found = std::ranges::find(matchers, name, &ValueMatcher::name);
  return found == matchers.end() ? nullptr : &*found;
}

}  // namespace

Explanation explain(const RouteTable& table, const RequestView& request, std::size_t limit) {
  Explanation out;
  out.decision = table.route(request);
  bool won = false;
  std::vector<Loser> outranked;
  for (const RouteTable::Link* link = table.first(request.host); link != nullptr; link = link->next) {
    for (const Entry& entry : link->table->entries()) {
      if (&entry == out.decision.entry) {
        won = true;
        continue;
      }
      const MatchResult result = match(entry, request);
      if (won && !result) continue;
      (won ? outranked : out.losers).push_back({link->table.get(), &entry, &link->table->action(entry), result});
    }
  }
  std::ranges::stable_sort(out.losers, {}, distance);
  out.losers.insert(out.losers.end(), outranked.begin(), outranked.end());
  if (out.losers.size() > limit) out.losers.resize(limit);
  if (out.decision.action != nullptr) {
    const Action& action = *out.decision.action;
    for (const WeightedTarget& target : action.targets) {
      const double whole = action.total_weight == 0 ? 1.0 : static_cast<double>(action.total_weight);
      out.shares.push_back({&target, static_cast<double>(target.weight) / whole});
    }
  }
  return out;
}

std::string describe(const Loser& loser) {
  const Entry& entry = *loser.entry;
  switch (loser.result.mismatch) {
    case Mismatch::kNone:
      return "matches too, but ranks behind";
    case Mismatch::kPath:
      return path_text(entry) + " does not match";
    case Mismatch::kGrpc:
      return "takes calls of gRPC alone";
    case Mismatch::kMethod:
      return "method is not " + entry.method;
    case Mismatch::kHeader:
      if (const auto* header = named(entry.headers, loser.result.name)) return value_text("no header", *header);
      break;
    case Mismatch::kQueryParam:
      if (const auto* param = named(entry.query_params, loser.result.name)) {
        return value_text("no query parameter", *param);
      }
      break;
  }
  return {};
}

std::string describe(const Entry& entry) {
  std::string text = path_text(entry);
  if (!entry.method.empty()) text += ", method " + entry.method;
  for (const auto& header : entry.headers) text += ", " + value_text("header", header);
  for (const auto& param : entry.query_params) text += ", " + value_text("query parameter", param);
  return text;
}

}  // namespace sluice::l7
