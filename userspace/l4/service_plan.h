// The model's services, as the kernel is to forward them: pure functions of the model.
//
//   Frontend -> L4Table -> Backend -> Endpoints      becomes      (VIP, port, protocol) -> shares of targets
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "userspace/l4/address.h"
#include "userspace/model/locality.h"
#include "userspace/model/store.h"

namespace sluice::l4 {

/// What a client addresses. protocol: IPPROTO_TCP, IPPROTO_UDP.
struct ServiceId {
  Address vip;
  std::uint16_t port = 0;
  std::uint8_t protocol = 0;
  auto operator<=>(const ServiceId&) const = default;
  [[nodiscard]] std::string text() const;  ///< "tcp/192.0.2.1:80"
};

/// An endpoint: what a backend index stands for, whatever the protocol.
struct Target {
  Address address;
  std::uint16_t port = 0;
  auto operator<=>(const Target&) const = default;
  [[nodiscard]] std::uint64_t identity() const;  ///< the same on every node and after each restart
  [[nodiscard]] std::string text() const;
};

/// Weights are the backendRefs', scaled so that each is split over its endpoints without a remainder that counts.
struct ServicePlan {
  bool local = false;                      ///< the engine's: handed to its sockets
  std::map<Target, std::uint64_t> shares;  ///< ready endpoints with a weight above 0
  std::uint64_t rejected = 0;              ///< weight of what is refused, never given to others
  std::set<Target> draining;               ///< keep their flows, get no new ones
  std::string frontend;                    ///< the resource that it comes from
  std::string route;                       ///< "TCPRoute/NAMESPACE/NAME", "" where none is attached
  bool operator==(const ServicePlan&) const = default;
};

/// This node, as far as plans depend on it.
struct Home {
  std::string node;             ///< its name; "": not known, so that no endpoint is its own
  std::set<Address> addresses;  ///< of its interfaces: the kernel cannot forward to an endpoint that has one of them
  bool operator==(const Home&) const = default;
};

/// The ready endpoints of the VIP's family: of those that the frontend prefers (model/locality.h) where one can be
/// forwarded to, else all. Borrowed from `endpoints`.
model::ReadyEndpoints choose_ready(const model::v1::Endpoints& endpoints, int family,
                                   const model::v1::Frontend& frontend, const Home& home);

/// Shared by the planner and who carries it out.
using ServicePlanPtr = std::shared_ptr<const ServicePlan>;

/// What one frontend asks for: the same plan on each of its addresses, but for the family of the endpoints.
/// refusals: why a part of it cannot be carried out (resource name -> why); that part rejects.
std::map<ServiceId, ServicePlan> plan_frontend(const model::Store& store, const std::string& name, const Home& home,
                                               std::map<std::string, std::string>& refusals);

/// The plans of all frontends, kept as the model changes.
class ServicePlanner {
 public:
  explicit ServicePlanner(Home home = {}) : home_(std::move(home)) {}

  /// This node's addresses are these from now on. Returns the frontends to plan anew: those that prefer its endpoints,
  /// if any address came or went.
  std::set<std::string> set_addresses(std::set<Address> addresses);

  /// Plans these frontends anew (gone ones drop out). Returns the services whose plan may differ from before.
  std::set<ServiceId> update(const model::Store& store, const std::set<std::string>& frontends);

  /// The plan in force; nullptr: nothing is served there. Where two frontends ask for one service, the kernel's go
  /// before the engine's, then the smaller name; the other one is refused.
  [[nodiscard]] ServicePlanPtr find(const ServiceId& id) const;

  [[nodiscard]] std::set<ServiceId> services() const;
  [[nodiscard]] std::set<std::string> frontends() const;
  [[nodiscard]] std::map<std::string, std::string> refusals() const;

 private:
  Home home_;
  std::set<std::string> prefer_local_;                                      ///< frontends
  std::map<ServiceId, std::map<std::string_view, ServicePlanPtr>> claims_;  ///< by frontend: a view into the plan
  std::map<std::string, std::vector<ServiceId>> of_frontend_;
  std::map<std::string, std::map<std::string, std::string>> refusals_;  ///< by frontend
};

}  // namespace sluice::l4
