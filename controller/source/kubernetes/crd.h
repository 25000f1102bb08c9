// What a CustomResourceDefinition of the Gateway API says about the bundle that it came with.
#pragma once

#include <map>
#include <string>

namespace sluice::kubernetes {

struct Crd {
  std::string bundle_version;  ///< annotation gateway.networking.k8s.io/bundle-version: "v1.7.0"; empty: not there
  std::string channel;         ///< annotation gateway.networking.k8s.io/channel: "standard", "experimental"
  bool operator==(const Crd&) const = default;
};

/// By name: "httproutes.gateway.networking.k8s.io".
using Crds = std::map<std::string, Crd>;

}  // namespace sluice::kubernetes
