// Small models for the engine's tests, written as the test wants to read.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sluice/model.pb.h"
#include "userspace/model/store.h"

namespace sluice::l7::test {

/// An HttpHost whose entries rank in the order in which they are added; each has an action of its own, whose route is
/// named after it.
class HostBuilder {
 public:
  explicit HostBuilder(const std::string& hostname, const std::string& next = "") {
    host_.set_hostname(hostname);
    host_.set_next(next);
  }

  model::v1::HttpMatch& rule(const std::string& route) {
    auto& entry = *host_.add_entries();
    entry.set_rank(static_cast<std::uint32_t>(host_.entries_size() - 1));
    entry.set_action(static_cast<std::uint32_t>(host_.actions_size()));
    auto& route_ref = *host_.add_actions()->mutable_route();
    route_ref.set_kind("HTTPRoute");
    route_ref.set_namespace_("default");
    route_ref.set_name(route);
    return *entry.mutable_match();
  }
  void exact(const std::string& route, const std::string& path) {
    set_path(rule(route), model::v1::PathMatch::EXACT, path);
  }
  void prefix(const std::string& route, const std::string& path) {
    set_path(rule(route), model::v1::PathMatch::PREFIX, path);
  }
  void regex(const std::string& route, const std::string& path) {
    set_path(rule(route), model::v1::PathMatch::REGULAR_EXPRESSION, path);
  }

  /// The action of the rule added last.
  model::v1::HttpAction& action() { return *host_.mutable_actions(host_.actions_size() - 1); }
  model::v1::HttpEntry& entry() { return *host_.mutable_entries(host_.entries_size() - 1); }
  [[nodiscard]] const model::v1::HttpHost& build() const { return host_; }

  static void set_path(model::v1::HttpMatch& match, model::v1::PathMatch::Type type, const std::string& value) {
    match.mutable_path()->set_type(type);
    match.mutable_path()->set_value(value);
  }

 private:
  model::v1::HttpHost host_;
};

inline void add_value(model::v1::ValueMatch& match, const std::string& name, const std::string& value,
                      bool regex = false) {
  match.set_name(name);
  match.set_value(value);
  match.set_type(regex ? model::v1::ValueMatch::REGULAR_EXPRESSION : model::v1::ValueMatch::EXACT);
}

/// A whole model: one frontend a call of listen(), hosts under it, backends with endpoints on loopback.
class ModelBuilder {
 public:
  ModelBuilder& listen(const std::string& name, std::uint16_t port, const std::string& hostname = "") {
    frontend_ = name;
    auto& frontend = *add("frontend/" + name).mutable_frontend();
    frontend.add_addresses()->set_ip(std::string("\x7f\0\0\1", 4));
    frontend.set_port(port);
    frontend.set_protocol(model::v1::HTTP);
    frontend.set_hostname(hostname);
    frontend.set_http("http/" + name);
    table_ = model_.resources_size();
    add("http/" + name).mutable_http();
    return *this;
  }
  ModelBuilder& host(const model::v1::HttpHost& host) {
    const std::string name = host_name(host.hostname());
    auto& ref = *model_.mutable_resources(table_)->mutable_http()->add_hosts();
    ref.set_hostname(host.hostname());
    ref.set_host(name);
    *add(name).mutable_host() = host;
    return *this;
  }
  [[nodiscard]] std::string host_name(const std::string& hostname) const {
    return "host/" + frontend_ + "/" + (hostname.empty() ? "-" : hostname);
  }
  ModelBuilder& backend(const std::string& name, const std::vector<std::uint16_t>& ports,
                        const std::string& app_protocol = "") {
    auto& backend = *add("backend/" + name).mutable_backend();
    backend.set_endpoints("endpoints/" + name);
    backend.set_app_protocol(app_protocol);
    auto& endpoints = *add("endpoints/" + name).mutable_endpoints();
    for (const std::uint16_t port : ports) {
      auto& endpoint = *endpoints.add_endpoints();
      endpoint.mutable_address()->set_ip(std::string("\x7f\0\0\1", 4));
      endpoint.set_port(port);
    }
    return *this;
  }
  ModelBuilder& secure_backend(const std::string& name, const std::vector<std::uint16_t>& ports) {
    backend(name, ports);
    for (auto& resource : *model_.mutable_resources()) {
      if (resource.name() == "backend/" + name) resource.mutable_backend()->set_tls_required(true);
    }
    return *this;
  }
  ModelBuilder& invalid_backend(const std::string& name) {
    auto& backend = *add("backend/" + name).mutable_backend();
    backend.set_state(model::v1::Backend::INVALID);
    backend.set_reason("BackendNotFound");
    return *this;
  }

  [[nodiscard]] model::v1::Model build() {
    for (auto& resource : *model_.mutable_resources()) resource.set_hash(resource.SerializeAsString());
    model_.set_generation(1);
    return model_;
  }
  [[nodiscard]] model::Store store() {
    model::Store store;
    (void)store.apply(model::as_delta(build()));
    return store;
  }

 private:
  model::v1::Resource& add(const std::string& name) {
    auto& resource = *model_.add_resources();
    resource.set_name(name);
    return resource;
  }

  model::v1::Model model_;
  std::string frontend_;
  int table_ = 0;
};

}  // namespace sluice::l7::test
