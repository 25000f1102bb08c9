#include "tests/unit/controller/compile/graph_builder.h"

#include <gtest/gtest.h>

namespace sluice::compile {
namespace {

const api::ObjectRef kGateway{.kind = "Gateway", .namespace_ = "default", .name = "main"};

template <class Route>
std::shared_ptr<Route> make_route(const std::string& name, const std::string& backend, const RouteOptions& options) {
  auto route = std::make_shared<Route>();
  route->metadata.name = name;
  route->metadata.namespace_ = "default";
  if constexpr (requires { route->spec.hostnames; }) route->spec.hostnames = options.hostnames;
  route->spec.rules.resize(1);
  route->spec.rules[0].backend_refs.resize(1);
  route->spec.rules[0].backend_refs[0].name = backend;
  route->spec.rules[0].backend_refs[0].port = 80;
  return route;
}

template <class Route>
attach::RouteResult result_of(std::shared_ptr<const Route> route, const RouteOptions& options) {
  attach::RouteResult result;
  result.ref = {.kind = std::string(Route::kKind), .namespace_ = "default", .name = route->metadata.name};
  result.creation_timestamp = options.created;
  result.route = std::move(route);
  return result;
}

}  // namespace

GraphBuilder::GraphBuilder() {
  auto gateway = std::make_shared<api::Gateway>();
  graph.gateways[{"default", "main"}] = {
      .ref = kGateway, .gateway = gateway, .addresses = {"192.0.2.1"}, .listeners = {}, .accepted = true};
}

attach::ListenerId GraphBuilder::listen(const std::string& name, attach::ListenerProtocol protocol, std::int32_t port,
                                        const std::string& hostname) {
  const attach::ListenerId id{.owner = kGateway, .name = name};
  auto listener = std::make_shared<api::Listener>();
  listener->name = name;
  listener->port = port;
  graph.listeners[id] = {.id = id,
                         .gateway = kGateway,
                         .listener = listener,
                         .protocol = protocol,
                         .hostname = hostname,
                         .passthrough = protocol == attach::ListenerProtocol::Tls,
                         .serves = true};
  graph.gateways.at({"default", "main"}).listeners.push_back(id);
  return id;
}

void GraphBuilder::service(const std::string& name, const std::vector<std::string>& addresses) {
  auto service = std::make_shared<api::Service>();
  service->metadata.name = name;
  service->metadata.namespace_ = "default";
  service->spec.ports.push_back({.port = 80});
  objects.services[{"default", name}] = service;
  auto slice = std::make_shared<api::EndpointSlice>();
  slice->metadata.name = name;
  slice->metadata.namespace_ = "default";
  slice->metadata.labels[std::string(api::EndpointSlice::kServiceLabel)] = name;
  slice->address_type = "IPv4";
  slice->ports.push_back({.port = 8080});
  for (const auto& address : addresses) slice->endpoints.push_back({.addresses = {address}});
  objects.endpoint_slices[{"default", name}] = slice;
}

void GraphBuilder::hang(attach::RouteResult route, const attach::ListenerId& listener, const std::string& backend,
                        const RouteOptions& options) {
  attach::RuleResult rule;
  rule.unsupported = options.unsupported;
  rule.backends.push_back({.target = attach::ResolvedBackend{.service = {"default", backend}, .port = 80}});
  route.rules.push_back(std::move(rule));
  attach::ParentResult parent;
  parent.listeners[listener] = options.hostnames.empty() ? std::vector<std::string>{""} : options.hostnames;
  route.parents.push_back(std::move(parent));
  graph.routes_by_listener[listener].insert(route.ref);
  const auto ref = route.ref;
  graph.routes.insert_or_assign(ref, std::move(route));
}

api::ObjectRef GraphBuilder::http(const std::string& name, const attach::ListenerId& listener,
                                  const std::string& backend, std::vector<api::HttpRouteMatch> matches,
                                  const RouteOptions& options) {
  auto route = make_route<api::HttpRoute>(name, backend, options);
  route->spec.rules[0].matches = std::move(matches);
  auto result = result_of<api::HttpRoute>(route, options);
  const auto ref = result.ref;
  hang(std::move(result), listener, backend, options);
  return ref;
}

api::ObjectRef GraphBuilder::tcp(const std::string& name, const attach::ListenerId& listener,
                                 const std::string& backend, const RouteOptions& options) {
  auto result = result_of<api::TcpRoute>(make_route<api::TcpRoute>(name, backend, options), options);
  const auto ref = result.ref;
  hang(std::move(result), listener, backend, options);
  return ref;
}

api::ObjectRef GraphBuilder::tls(const std::string& name, const attach::ListenerId& listener,
                                 const std::string& backend, const RouteOptions& options) {
  auto result = result_of<api::TlsRoute>(make_route<api::TlsRoute>(name, backend, options), options);
  const auto ref = result.ref;
  hang(std::move(result), listener, backend, options);
  return ref;
}

model::v1::Model GraphBuilder::compile() const {
  Compiler compiler;
  compiler.update(objects, graph, {});
  return compiler.model();
}

const model::v1::Resource& resource(const model::v1::Model& model, const std::string& name) {
  static const model::v1::Resource kNone;
  for (const auto& candidate : model.resources()) {
    if (candidate.name() == name) return candidate;
  }
  ADD_FAILURE() << "no resource " << name;
  return kNone;
}

api::HttpRouteMatch path_match(const std::string& type, const std::string& value) {
  return {.path = api::HttpPathMatch{.type = type, .value = value}};
}

}  // namespace sluice::compile
