#include "controller/compile/precedence.h"

#include <algorithm>
#include <tuple>

#include "controller/attach/hostname.h"
#include "controller/compile/route_spec.h"

namespace sluice::compile {
namespace {

auto age(const attach::RouteResult& route) {
  return std::tie(route.creation_timestamp, route.ref.namespace_, route.ref.name, route.ref.kind);
}

/// Greater wins.
auto precision(const RankedMatch& match) {
  const MatchWeight& weight = match.weight;
  return std::tie(weight.path_length, weight.grpc_method_length, weight.method, weight.headers, weight.query_params);
}

}  // namespace

bool older(const attach::RouteResult& one, const attach::RouteResult& other) {
  return age(one) < age(other);
}

Specificity own_specificity(const attach::RouteResult& route, const std::string& listener_hostname,
                            const std::string& hostname) {
  Specificity best;
  for (const auto& written : hostnames_of(route)) {
    const std::string own = lower_case(written);
    if (attach::intersect(own, listener_hostname) == hostname) best = std::max(best, specificity(own));
  }
  return best;
}

bool wins(const RankedMatch& one, const RankedMatch& other) {
  if (one.own_hostname != other.own_hostname) return one.own_hostname > other.own_hostname;
  if (one.weight.path_class != other.weight.path_class) return one.weight.path_class < other.weight.path_class;
  if (precision(one) != precision(other)) return precision(one) > precision(other);
  if (age(*one.route) != age(*other.route)) return age(*one.route) < age(*other.route);
  return std::tie(one.rule, one.match) < std::tie(other.rule, other.match);
}

}  // namespace sluice::compile
