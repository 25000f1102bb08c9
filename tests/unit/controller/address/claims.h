// Gateways, pools and nodes for tests, as short as can be.
#pragma once

#include <string>
#include <vector>

#include "controller/address/assign.h"

namespace sluice::address {

/// created: a year; older ones go first.
std::shared_ptr<const api::AddressPool> pool(std::string name, std::vector<std::string> addresses,
                                             std::string created = "2026");
/// The same with its spec edited.
template <class F>
std::shared_ptr<const api::AddressPool> with(const std::shared_ptr<const api::AddressPool>& object, F&& edit) {
  auto out = std::make_shared<api::AddressPool>(*object);
  edit(out->spec);
  return out;
}

/// values: of spec.addresses; an empty one asks for any.
/// name: in namespace edge, or NAMESPACE/NAME, as below.
GatewayClaim gateway(const std::string& name, std::vector<std::string> values = {}, std::vector<std::string> held = {});
GatewayClaim labelled(GatewayClaim claim, std::map<std::string, std::string> labels);

/// "10.0.0.1 10.0.0.2"
std::string addresses_of(const Assignment& assignment, const std::string& gateway);
/// "[0]: why; [1]: why"
std::string missing_of(const Assignment& assignment, const std::string& gateway);
std::string sources_of(const Assignment& assignment, const std::string& node);

}  // namespace sluice::address
