#include "bench/compile/world.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <fstream>

#include "controller/api/json.h"
#include "controller/api/kinds.h"

namespace sluice::bench {
namespace {

constexpr int kGateways = 100;
constexpr int kSetSize = 64;
constexpr int kFirstPort = 10000;
const std::string kNamespace = "default";

std::string name_of(const char* what, int number) {
  return fmt::format("{}-{:05}", what, number);
}

template <class T>
api::ObjectRef put(api::ObjectSet& objects, T object) {
  const api::ObjectRef ref{
      .kind = std::string(T::kKind), .namespace_ = object.metadata.namespace_, .name = object.metadata.name};
  (objects.*api::KindOf<T>::kMember)[{ref.namespace_, ref.name}] = std::make_shared<const T>(std::move(object));
  return ref;
}

template <class T>
T named(const std::string& name) {
  T object;
  object.metadata.namespace_ = kNamespace;
  object.metadata.name = name;
  return object;
}

/// A copy of the object as it is, to be changed and put back.
template <class T>
T copy_of(const api::ObjectSet& objects, const std::string& name) {
  return *(objects.*api::KindOf<T>::kMember).at({kNamespace, name});
}

api::NamespaceSelection from(const char* whom) {
  return {.from = whom, .selector = {}};
}

api::Listener listener(const std::string& name, const char* protocol, int port) {
  api::Listener out{.name = name, .port = port, .protocol = protocol};
  out.allowed_routes.emplace().namespaces = from("Same");
  return out;
}

void put_service(api::ObjectSet& objects, int number) {
  const std::string name = name_of("service", number);
  auto service = named<api::Service>(name);
  service.spec.ports.push_back({.port = 80, .target_port = "8080"});
  put(objects, std::move(service));
  auto slice = named<api::EndpointSlice>(name);
  slice.metadata.labels[std::string(api::EndpointSlice::kServiceLabel)] = name;
  slice.address_type = "IPv4";
  slice.ports.push_back({.port = 8080});
  for (int i = 0; i < 2; ++i) {
    slice.endpoints.push_back({.addresses = {fmt::format("10.{}.{}.{}", number / 250, number % 250, i + 1)}});
  }
  put(objects, std::move(slice));
}

api::BackendRef backend(int number) {
  return {.name = name_of("service", number), .port = 80};
}

void put_http(api::ObjectSet& objects) {
  for (int i = 0; i < kGateways; ++i) {
    auto gateway = named<api::Gateway>(name_of("gateway", i));
    gateway.spec.gateway_class_name = "sluice";
    gateway.spec.addresses.push_back({.value = fmt::format("192.0.2.{}", i + 1)});
    gateway.spec.listeners.push_back(listener("http", "HTTP", 80));
    put(objects, std::move(gateway));
  }
  for (int i = 0; i < kRoutes; ++i) {
    auto route = named<api::HttpRoute>(name_of("route", i));
    route.spec.parent_refs.push_back({.name = name_of("gateway", i % kGateways)});
    route.spec.hostnames.push_back(fmt::format("host-{:05}.example.com", i));
    auto& rule = route.spec.rules.emplace_back();
    rule.matches.push_back({.path = api::HttpPathMatch{.type = "PathPrefix", .value = "/"}});
    rule.backend_refs.push_back(backend(i));
    put(objects, std::move(route));
  }
}

void put_tcp(api::ObjectSet& objects) {
  auto gateway = named<api::Gateway>("gateway");
  gateway.spec.gateway_class_name = "sluice";
  gateway.spec.addresses.push_back({.value = "192.0.2.1"});
  gateway.spec.listeners.push_back(listener("own", "TCP", 1));
  gateway.spec.allowed_listeners.emplace().namespaces = from("Same");
  put(objects, std::move(gateway));
  for (int first = 0; first < kRoutes; first += kSetSize) {
    auto set = named<api::ListenerSet>(name_of("set", first / kSetSize));
    set.spec.parent_ref.name = "gateway";
    for (int i = first; i < std::min(first + kSetSize, kRoutes); ++i) {
      set.spec.listeners.push_back(listener(name_of("listener", i), "TCP", kFirstPort + i));
    }
    put(objects, std::move(set));
  }
  for (int i = 0; i < kRoutes; ++i) {
    auto route = named<api::TcpRoute>(name_of("route", i));
    route.spec.parent_refs.push_back(
        {.kind = "ListenerSet", .name = name_of("set", i / kSetSize), .section_name = name_of("listener", i)});
    auto& rule = route.spec.rules.emplace_back();
    rule.backend_refs.push_back(backend(i));
    put(objects, std::move(route));
  }
}

template <class Route>
std::vector<api::ObjectRef> reweigh(api::ObjectSet& objects, int route, int turn) {
  auto object = copy_of<Route>(objects, name_of("route", route));
  auto& refs = object.spec.rules[0].backend_refs;
  refs.resize(2, backend((route + 1) % kRoutes));
  refs[1].weight = 1 + turn % 100;
  return {put(objects, std::move(object))};
}

}  // namespace

api::ObjectSet make_world(Kind kind) {
  api::ObjectSet objects;
  auto home = std::make_shared<api::Namespace>();
  home->metadata.name = kNamespace;
  home->metadata.labels["kubernetes.io/metadata.name"] = kNamespace;
  objects.namespaces[{"", kNamespace}] = home;
  for (int i = 0; i < kRoutes; ++i) put_service(objects, i);
  kind == Kind::Http ? put_http(objects) : put_tcp(objects);
  return objects;
}

std::vector<api::ObjectRef> all_of(const api::ObjectSet& objects) {
  std::vector<api::ObjectRef> refs;
  api::Kinds::for_each([&]<class T>() {
    for (const auto& [name, object] : objects.*api::KindOf<T>::kMember) {
      refs.push_back({.kind = std::string(T::kKind), .namespace_ = name.namespace_, .name = name.name});
    }
  });
  return refs;
}

std::vector<api::ObjectRef> edit_weight(api::ObjectSet& objects, Kind kind, int route, int turn) {
  return kind == Kind::Http ? reweigh<api::HttpRoute>(objects, route, turn)
                            : reweigh<api::TcpRoute>(objects, route, turn);
}

std::vector<api::ObjectRef> edit_endpoint(api::ObjectSet& objects, int route, int turn) {
  auto slice = copy_of<api::EndpointSlice>(objects, name_of("service", route));
  slice.endpoints.resize(3);
  slice.endpoints[2].addresses = {fmt::format("172.16.{}.{}", turn / 250, turn % 250 + 1)};
  return {put(objects, std::move(slice))};
}

std::vector<api::ObjectRef> edit_hostname(api::ObjectSet& objects, int route, int turn) {
  auto object = copy_of<api::HttpRoute>(objects, name_of("route", route));
  object.spec.hostnames[0] = fmt::format("host-{:05}-{}.example.com", route, turn);
  return {put(objects, std::move(object))};
}

void write_manifests(const api::ObjectSet& objects, const std::string& folder, int files) {
  std::vector<std::string> texts(static_cast<std::size_t>(files));
  std::size_t next = 0;
  api::Kinds::for_each([&]<class T>() {
    for (const auto& [name, object] : objects.*api::KindOf<T>::kMember) {
      auto& text = texts[next++ % texts.size()];
      text += "---\n" + boost::json::serialize(api::to_json(*object)) + "\n";
    }
  });
  for (std::size_t i = 0; i < texts.size(); ++i) {
    std::ofstream(fmt::format("{}/{:03}.yaml", folder, i)) << texts[i];
  }
}

}  // namespace sluice::bench
