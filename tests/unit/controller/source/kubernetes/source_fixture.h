// A source that reads a fake API server, with every wait made short.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "controller/source/kubernetes/kubernetes_source.h"
#include "tests/unit/controller/source/kubernetes/fake_api_server.h"

namespace sluice::kubernetes {

inline const Resource kNamespaces{"", "v1", "namespaces"};
inline const Resource kServices{"", "v1", "services"};
inline const Resource kSecrets{"", "v1", "secrets"};
inline const Resource kConfigMaps{"", "v1", "configmaps"};
inline const Resource kSlices{"discovery.k8s.io", "v1", "endpointslices"};
inline const Resource kCrds{"apiextensions.k8s.io", "v1", "customresourcedefinitions"};
inline const Resource kGateways{"gateway.networking.k8s.io", "v1", "gateways"};
inline const Resource kHttpRoutes{"gateway.networking.k8s.io", "v1", "httproutes"};

Timing short_times();

/// JSON of objects; versions are the server's.
std::string service(const std::string& name, int port = 80);
std::string gateway(const std::string& name, const std::string& fields = "");
std::string secret(const std::string& name, const std::string& base64);
std::string crd(const Resource& resource, const std::string& bundle_version = "v1.7.0");

class SourceTest : public ::testing::Test {
 protected:
  /// Core kinds, Gateways and HTTPRoutes are served, with their CRDs.
  SourceTest();

  void start(const Timing& timing = short_times()) { source.emplace(server.cluster(), timing); }
  /// start(), and the first world.
  void start_and_sync(const Timing& timing = short_times());
  /// Takes batches, and adds their news up in all, until it holds; a failure after 20 s.
  void take_until(const std::function<bool()>& holds);
  /// Of all batches so far.
  struct All {
    std::vector<std::string> changed;  ///< "Service n/a", in the order of batches, repetitions included
    std::vector<std::string> recorded;
    std::map<std::string, std::string> troubles;  ///< those that are not over
    bool is_synced = false;
    bool has_contents = false;
    unsigned batches = 0;
  } all;

  [[nodiscard]] std::shared_ptr<const api::Service> service_named(const std::string& name) const;
  [[nodiscard]] std::shared_ptr<const api::Gateway> gateway_named(const std::string& name) const;
  [[nodiscard]] std::shared_ptr<const api::Secret> secret_named(const std::string& name) const;
  [[nodiscard]] ResourceCounts counts(const Resource& resource) const;
  /// A request that opened a watch of the resource is there, after so many.
  void wait_for_watches(const Resource& resource, std::uint64_t number);
  std::string trouble(const std::string& subject) const;

  FakeApiServer server;
  FakeWorld& world = server.world();
  std::optional<KubernetesSource> source;
};

}  // namespace sluice::kubernetes
