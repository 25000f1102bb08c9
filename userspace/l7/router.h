// From a request to the rule that takes it: the listener by most specific hostname, once; then the host's rules, then
// those of less specific hosts. Precedence among rules is the model's rank; nothing is derived here.
//
//   PortTable::select(hostname) -> RouteTable::route(request) -> Decision{host, entry, action}
//   explain(table, request)     -> the same decision, and why the nearest others did not get it
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "userspace/l7/host_table.h"
#include "userspace/l7/reason.h"
#include "userspace/model/hostname_map.h"

namespace sluice::l7 {

using model::HostnameMap;

/// Where a request goes. Without an action `reason` says why there is none (no_host, no_rule: both 404).
struct Decision {
  const HostTable* host = nullptr;
  const Entry* entry = nullptr;
  const Action* action = nullptr;
  Reason reason = Reason::kNoRule;
};

/// The hosts of one frontend. Immutable; shared by the workers.
class RouteTable {
 public:
  struct Link {
    std::shared_ptr<const HostTable> table;
    std::string name;            ///< of the HttpHost
    const Link* next = nullptr;  ///< less specific host to fall through to
  };

  /// frontend  its name in the model; hosts: (hostname, HttpHost name, table). A `next` that is not among them ends
  /// there.
  struct Host {
    std::string hostname;
    std::string name;
    std::shared_ptr<const HostTable> table;
  };
  RouteTable(std::string frontend, model::v1::Frontend origin, std::vector<Host> hosts);

  /// Allocates nothing. request.host is normalised.
  [[nodiscard]] Decision route(const RequestView& request) const;

  /// The first host to ask, for explain: follow Link::next from here. nullptr: no host takes the name.
  [[nodiscard]] const Link* first(std::string_view host) const;

  /// Calls visit(HttpHost name, table) for each host.
  template <class Visit>
  void each_host(Visit&& visit) const {
    for (const Link& link : links_) visit(link.name, *link.table);
  }

  [[nodiscard]] const std::string& frontend() const { return frontend_; }
  [[nodiscard]] const model::v1::Frontend& origin() const { return origin_; }  ///< parents, hostname, port, protocol
  [[nodiscard]] bool tls() const { return origin_.protocol() == model::v1::HTTPS; }
  [[nodiscard]] std::uint16_t port() const { return static_cast<std::uint16_t>(origin_.port()); }

 private:
  std::string frontend_;
  model::v1::Frontend origin_;
  std::vector<Link> links_;
  HostnameMap<const Link*> hosts_;
};

/// The frontends that share one (address, port). One of them is chosen once, by the most specific hostname: Host for
/// HTTP, SNI for HTTPS. A request is never given to another one afterwards.
class PortTable {
 public:
  void insert(std::shared_ptr<const RouteTable> table);

  /// nullptr: no listener takes the name.
  [[nodiscard]] const RouteTable* select(std::string_view hostname) const;

  [[nodiscard]] bool tls() const { return tls_; }
  [[nodiscard]] bool empty() const { return tables_.all().empty(); }
  [[nodiscard]] const auto& all() const { return tables_.all(); }

 private:
  HostnameMap<std::shared_ptr<const RouteTable>> tables_;
  bool tls_ = false;
};

/// A rule that did not get the request.
struct Loser {
  const HostTable* host = nullptr;
  const Entry* entry = nullptr;
  const Action* action = nullptr;
  MatchResult result;  ///< what failed first; matched (kNone): it was outranked by the winner
};

struct Share {
  const WeightedTarget* target = nullptr;
  double share = 0;  ///< of the requests that the rule wins; 0..1
};

struct Explanation {
  Decision decision;
  std::vector<Loser> losers;  ///< nearest first: those asked before the winner, then those it outranks
  std::vector<Share> shares;  ///< of the winner's backends, in the order of the rule
};

/// Asks every entry of the request's hosts, in the order of precedence. For people, not for traffic: it allocates.
/// `limit` bounds the losers.
Explanation explain(const RouteTable& table, const RequestView& request, std::size_t limit = 16);

/// "path is PathPrefix /api" - what the criterion that failed asked for.
std::string describe(const Loser& loser);

/// "PathPrefix /api, method GET, header x-a = b": the whole of an entry, as the user would say it.
std::string describe(const Entry& entry);

}  // namespace sluice::l7
