// AddressPool of sluice.dev/v1alpha1 (deploy/crds/addresspools.yaml): IP addresses that Gateways and nodes get.
#pragma once

#include "controller/api/meta.h"

namespace sluice::api {

struct AddressPoolSpec {
  std::vector<std::string> addresses;             ///< CIDR blocks, and ranges FIRST-LAST
  std::optional<LabelSelector> gateway_selector;  ///< labels of Gateways; absent: all
  bool auto_assign = true;                        ///< else to those alone that ask by value, or name the pool
  std::string usage = "Any";                      ///< Any, Gateways, NodeSources
};
BOOST_DESCRIBE_STRUCT(AddressPoolSpec, (), (addresses, gateway_selector, auto_assign, usage))

struct AddressPool {
  static constexpr std::string_view kKind = "AddressPool";
  ObjectMeta metadata;
  AddressPoolSpec spec;
};
BOOST_DESCRIBE_STRUCT(AddressPool, (), (metadata, spec))

}  // namespace sluice::api
