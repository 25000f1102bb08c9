// Which route and which match wins: the order of the Gateway API, decided here and written down as ranks.
#pragma once

#include <cstdint>

#include "controller/attach/graph.h"
#include "controller/compile/hostname.h"

namespace sluice::compile {

/// Whether `one` goes before `other` where their rules tie: the older, then by namespace and name, then by kind
/// (HTTPRouteRule.matches; "oldest ... alphabetical order by {namespace}/{name}").
bool older(const attach::RouteResult& one, const attach::RouteResult& other);

/// The most specific of the route's own hostnames that meets the listener's in `hostname`. Rules are ranked by it,
/// not by the intersection (GatewayRouteHostnameIntersectionPrecedence).
Specificity own_specificity(const attach::RouteResult& route, const std::string& listener_hostname,
                            const std::string& hostname);

/// In the order in which they win.
enum class PathClass : std::uint8_t { Exact, GrpcMethod, RegularExpression, Prefix };

/// What a match is ranked by, after the route's own hostname and before the route's age.
struct MatchWeight {
  PathClass path_class = PathClass::Prefix;
  std::size_t path_length = 0;  ///< characters; of a gRPC method: of its service
  std::size_t grpc_method_length = 0;
  bool method = false;
  std::size_t headers = 0;
  std::size_t query_params = 0;
};

/// One match of one rule of one route, to be ranked among those of a hostname.
struct RankedMatch {
  Specificity own_hostname;
  MatchWeight weight;
  const attach::RouteResult* route = nullptr;
  std::size_t rule = 0;
  std::size_t match = 0;
};

/// A strict total order: own hostname, path (Exact, RegularExpression, PathPrefix; longer first), method, headers,
/// query parameters, age, namespace/name, the rule's place in its route. A GRPCRoute's method match goes by its own
/// rule (longer service, then longer method) and, as the more precise, before HTTPRoutes' expressions and prefixes.
bool wins(const RankedMatch& one, const RankedMatch& other);

}  // namespace sluice::compile
