// Small models of frontends for the door's tests: HTTP, TLS passthrough, HTTPS.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sluice/model.pb.h"
#include "userspace/model/store.h"
#include "userspace/transport/address.h"

namespace sluice::l7::test {

class FrontendModel {
 public:
  model::v1::Frontend& http(const std::string& name, const transport::Address& at) {
    auto& frontend = add_frontend(name, at, model::v1::HTTP, "");
    frontend.set_http("http/" + name);
    add("http/" + name).mutable_http();
    return frontend;
  }
  model::v1::Frontend& https(const std::string& name, const transport::Address& at, const std::string& hostname,
                             const std::vector<std::string>& keys) {
    auto& frontend = add_frontend(name, at, model::v1::HTTPS, hostname);
    frontend.set_http("http/" + name);
    for (const auto& key : keys) frontend.mutable_tls()->add_keys(key);
    add("http/" + name).mutable_http();
    return frontend;
  }
  /// Its entries come by sni_entry().
  model::v1::Frontend& passthrough(const std::string& name, const transport::Address& at, const std::string& hostname) {
    auto& frontend = add_frontend(name, at, model::v1::TLS, hostname);
    frontend.set_sni("sni/" + name);
    add("sni/" + name).mutable_sni();
    return frontend;
  }
  void sni_entry(const std::string& frontend, const std::string& hostname,
                 const std::vector<std::pair<std::string, std::uint32_t>>& backends) {
    for (auto& resource : *model_.mutable_resources()) {
      if (resource.name() != "sni/" + frontend) continue;
      auto& entry = *resource.mutable_sni()->add_entries();
      entry.set_rank(static_cast<std::uint32_t>(resource.sni().entries_size() - 1));
      entry.set_hostname(hostname);
      for (const auto& [name, weight] : backends) {
        auto& share = *entry.add_backends();
        share.set_backend("backend/" + name);
        share.set_weight(weight);
      }
    }
  }
  /// nodes: of the endpoints, in their order; none: no endpoint says its node.
  void backend(const std::string& name, const std::vector<transport::Address>& endpoints,
               const std::vector<std::string>& nodes = {}) {
    add("backend/" + name).mutable_backend()->set_endpoints("endpoints/" + name);
    auto& resource = *add("endpoints/" + name).mutable_endpoints();
    for (const auto& address : endpoints) {
      auto& endpoint = *resource.add_endpoints();
      endpoint.mutable_address()->set_ip(std::string(address.ip()));
      endpoint.set_port(address.port());
      const auto index = static_cast<std::size_t>(resource.endpoints_size() - 1);
      if (index < nodes.size()) endpoint.set_node(nodes[index]);
    }
  }
  void invalid_backend(const std::string& name) {
    add("backend/" + name).mutable_backend()->set_state(model::v1::Backend::INVALID);
  }
  void key(const std::string& name, const std::string& certificate, const std::string& private_key) {
    auto& key = *add(name).mutable_key();
    key.set_certificate_chain_pem(certificate);
    key.set_private_key_pem(private_key);
    key.mutable_origin()->set_namespace_("default");
    key.mutable_origin()->set_name(name);
  }

  [[nodiscard]] model::v1::Model build() {
    for (auto& resource : *model_.mutable_resources()) {
      resource.clear_hash();
      resource.set_hash(resource.SerializeAsString());
    }
    model_.set_generation(1);
    return model_;
  }
  [[nodiscard]] model::Store store() {
    model::Store store;
    (void)store.apply(model::as_delta(build()));
    return store;
  }

 private:
  model::v1::Frontend& add_frontend(const std::string& name, const transport::Address& at, model::v1::Protocol protocol,
                                    const std::string& hostname) {
    auto& frontend = *add("frontend/" + name).mutable_frontend();
    frontend.add_addresses()->set_ip(std::string(at.ip()));
    frontend.set_port(at.port());
    frontend.set_protocol(protocol);
    frontend.set_hostname(hostname);
    return frontend;
  }
  model::v1::Resource& add(const std::string& name) {
    auto& resource = *model_.add_resources();
    resource.set_name(name);
    return resource;
  }
  model::v1::Model model_;
};

}  // namespace sluice::l7::test
