// SluiceParameters of sluice.dev/v1alpha1 (deploy/crds/sluiceparameters.yaml): what a GatewayClass's or a Gateway's
// parametersRef names (GEP-1867). What a Gateway's own leave open, its class's say.
#pragma once

#include "controller/api/meta.h"

namespace sluice::api {

struct SluiceParametersSpec {
  std::optional<std::string> traffic_distribution;  ///< PreferLocal: a backend on the same node first
  std::optional<std::string> mode;                  ///< nat, dsr
  std::optional<std::string> pool;                  ///< name of an AddressPool: addresses from it alone
  std::optional<LabelSelector> node_selector;       ///< labels of Nodes: those that serve; absent: all
};
BOOST_DESCRIBE_STRUCT(SluiceParametersSpec, (), (traffic_distribution, mode, pool, node_selector))

struct SluiceParameters {
  static constexpr std::string_view kKind = "SluiceParameters";
  ObjectMeta metadata;
  SluiceParametersSpec spec;
};
BOOST_DESCRIBE_STRUCT(SluiceParameters, (), (metadata, spec))

}  // namespace sluice::api
