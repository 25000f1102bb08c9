// Builds small models for the tests of this folder.
#pragma once

#include <gmock/gmock.h>

#include <string>
#include <utility>
#include <vector>

#include "userspace/l4/service_plan.h"

namespace sluice::l4 {

inline Address ip(const char* text) {
  return *Address::parse(text);
}

inline std::string bytes(const char* text) {
  const auto address = ip(text);
  return {reinterpret_cast<const char*>(address.wire().data()), address.wire().size()};
}

/// A store that is changed resource by resource.
class ModelBuilder {
 public:
  ModelBuilder& frontend(const std::string& name, std::vector<const char*> addresses, std::uint32_t port,
                         model::v1::Protocol protocol) {
    model::v1::Resource resource;
    resource.set_name("frontend/" + name);
    auto& frontend = *resource.mutable_frontend();
    for (const auto* address : addresses) frontend.add_addresses()->set_ip(bytes(address));
    frontend.set_port(port);
    frontend.set_protocol(protocol);
    if (protocol == model::v1::TCP || protocol == model::v1::UDP) frontend.set_l4("l4/" + name);
    return put(std::move(resource));
  }

  /// The frontend prefers the node's own endpoints from now on, or no more.
  ModelBuilder& prefer_local(const std::string& name, bool prefers = true) {
    model::v1::Resource resource = *store.find("frontend/" + name);
    resource.mutable_frontend()->set_distribution(prefers ? model::v1::Frontend::PREFER_LOCAL
                                                          : model::v1::Frontend::EVERYWHERE);
    return put(std::move(resource));
  }

  ModelBuilder& table(const std::string& name, const std::vector<std::pair<std::string, std::uint32_t>>& backends) {
    model::v1::Resource resource;
    resource.set_name("l4/" + name);
    for (const auto& [backend, weight] : backends) {
      auto& ref = *resource.mutable_l4()->add_backends();
      ref.set_backend("backend/" + backend);
      ref.set_weight(weight);
    }
    resource.mutable_l4()->mutable_route()->set_kind("TCPRoute");
    resource.mutable_l4()->mutable_route()->set_namespace_("shop");
    resource.mutable_l4()->mutable_route()->set_name(name);
    return put(std::move(resource));
  }

  struct Endpoint {
    const char* address;
    std::uint32_t port = 80;
    bool ready = true;
    const char* node = "";
  };

  ModelBuilder& backend(const std::string& name, const std::vector<Endpoint>& endpoints) {
    model::v1::Resource resource;
    resource.set_name("backend/" + name);
    resource.mutable_backend()->set_endpoints("endpoints/" + name);
    put(std::move(resource));
    return this->endpoints(name, endpoints);
  }

  ModelBuilder& endpoints(const std::string& name, const std::vector<Endpoint>& endpoints) {
    model::v1::Resource resource;
    resource.set_name("endpoints/" + name);
    resource.mutable_endpoints();
    for (const auto& endpoint : endpoints) {
      auto& entry = *resource.mutable_endpoints()->add_endpoints();
      entry.mutable_address()->set_ip(bytes(endpoint.address));
      entry.set_port(endpoint.port);
      entry.set_node(endpoint.node);
      entry.set_state(endpoint.ready ? model::v1::Endpoint::READY : model::v1::Endpoint::DRAINING);
    }
    return put(std::move(resource));
  }

  ModelBuilder& invalid(const std::string& name) {
    model::v1::Resource resource;
    resource.set_name("backend/" + name);
    resource.mutable_backend()->set_state(model::v1::Backend::INVALID);
    return put(std::move(resource));
  }

  ModelBuilder& remove(const std::string& name) {
    model::v1::Delta delta;
    delta.add_removed(name);
    return apply(std::move(delta));
  }

  ModelBuilder& put(model::v1::Resource resource) {
    model::v1::Delta delta;
    *delta.add_changed() = std::move(resource);
    return apply(std::move(delta));
  }

  model::Store store;

 private:
  ModelBuilder& apply(model::v1::Delta delta) {
    delta.set_base_generation(store.generation());
    delta.set_generation(store.generation() + 1);
    EXPECT_TRUE(store.apply(delta));
    return *this;
  }
};

}  // namespace sluice::l4
