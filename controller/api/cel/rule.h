// A rule of the API in CEL: compiled once, evaluated on many values, with a bound on the work.
#pragma once

#include <boost/json/fwd.hpp>
#include <expected>
#include <string>
#include <string_view>

#include "controller/api/cel/parser.h"

namespace sluice::api::cel {

/// What one evaluation may cost: a step for each node, and one for each 16 bytes that a function looks at. Kubernetes
/// allows about as much (k8s.io/apiserver/pkg/apis/cel, PerCallLimit).
inline constexpr std::size_t kMaxCost = 1'000'000;

class Rule {
 public:
  /// Or why it cannot be read.
  static std::expected<Rule, std::string> compile(std::string_view source);

  /// True where it looks at oldSelf: then it is only for an object that replaces another.
  [[nodiscard]] bool is_transition() const { return parsed_.uses_old_self; }

  /// Whether self (after old_self, which only a transition rule needs) keeps the rule; or why that cannot be said: a
  /// field that is absent, no such overload, too costly. Pure; may be called from any thread.
  /// budget  steps left to all rules of an object; counted down.
  [[nodiscard]] std::expected<bool, std::string> holds(const boost::json::value& self,
                                                       const boost::json::value* old_self, std::size_t& budget) const;

 private:
  explicit Rule(ParsedRule parsed) : parsed_(std::move(parsed)) {}
  ParsedRule parsed_;
};

}  // namespace sluice::api::cel
