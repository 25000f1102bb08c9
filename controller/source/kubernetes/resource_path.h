// Paths of the Kubernetes API (kubernetes.io/docs/reference/using-api/api-concepts, "Resource URIs").
#pragma once

#include <string>
#include <string_view>

namespace sluice::kubernetes {

/// A resource as it is served: group, version and the name in paths.
struct Resource {
  std::string group;  ///< empty: the core group
  std::string version;
  std::string plural;  ///< "httproutes"
  auto operator<=>(const Resource&) const = default;
};

/// "httproutes.gateway.networking.k8s.io", "services"
std::string to_string(const Resource& resource);

/// A collection, or one object of it where there is a name.
struct ResourcePath {
  Resource resource;
  std::string namespace_;   ///< empty: cluster-scoped, or the objects of all namespaces
  std::string name;         ///< empty: the collection
  std::string subresource;  ///< "status"; empty: the object itself
};

/// "/apis/gateway.networking.k8s.io/v1/namespaces/shop/httproutes/cart/status"; each part is percent-encoded where it
/// needs to be (RFC 3986, 2.1).
std::string to_path(const ResourcePath& path);

/// Percent-encodes all but unreserved characters (RFC 3986, 2.3).
std::string percent_encoded(std::string_view text);

}  // namespace sluice::kubernetes
