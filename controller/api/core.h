// The core Kubernetes kinds that routing needs, with the fields that it uses (Kubernetes v1, discovery.k8s.io/v1).
#pragma once

#include "controller/api/meta.h"

namespace sluice::api {

struct Namespace {
  static constexpr std::string_view kKind = "Namespace";
  ObjectMeta metadata;
};
BOOST_DESCRIBE_STRUCT(Namespace, (), (metadata))

struct ServicePort {
  std::string name;
  std::string protocol = "TCP";
  std::int32_t port = 0;
  std::string target_port;  ///< number or name, as text; empty: port
  std::optional<std::string> app_protocol;
};
BOOST_DESCRIBE_STRUCT(ServicePort, (), (name, protocol, port, target_port, app_protocol))

struct ServiceSpec {
  std::string type = "ClusterIP";
  std::string cluster_ip;  ///< JSON: clusterIP
  std::string external_name;
  std::map<std::string, std::string> selector;
  std::vector<ServicePort> ports;
};
BOOST_DESCRIBE_STRUCT(ServiceSpec, (), (type, cluster_ip, external_name, selector, ports))

struct Service {
  static constexpr std::string_view kKind = "Service";
  ObjectMeta metadata;
  ServiceSpec spec;
};
BOOST_DESCRIBE_STRUCT(Service, (), (metadata, spec))

/// discovery.k8s.io/v1. An unset condition reads as Kubernetes says: ready true, serving = ready, terminating false.
struct EndpointConditions {
  std::optional<bool> ready;
  std::optional<bool> serving;
  std::optional<bool> terminating;
};
BOOST_DESCRIBE_STRUCT(EndpointConditions, (), (ready, serving, terminating))

struct Endpoint {
  std::vector<std::string> addresses;
  EndpointConditions conditions;
  std::optional<std::string> node_name;
  std::optional<std::string> zone;
};
BOOST_DESCRIBE_STRUCT(Endpoint, (), (addresses, conditions, node_name, zone))

struct EndpointPort {
  std::string name;
  std::string protocol = "TCP";
  std::optional<std::int32_t> port;
  std::optional<std::string> app_protocol;
};
BOOST_DESCRIBE_STRUCT(EndpointPort, (), (name, protocol, port, app_protocol))

struct EndpointSlice {
  static constexpr std::string_view kKind = "EndpointSlice";
  static constexpr std::string_view kServiceLabel = "kubernetes.io/service-name";
  ObjectMeta metadata;
  std::string address_type;  ///< IPv4, IPv6, FQDN
  std::vector<Endpoint> endpoints;
  std::vector<EndpointPort> ports;
};
BOOST_DESCRIBE_STRUCT(EndpointSlice, (), (metadata, address_type, endpoints, ports))

/// data is decoded from base64 here; stringData has been merged into it. Never printed.
struct Secret {
  static constexpr std::string_view kKind = "Secret";
  ObjectMeta metadata;
  std::string type;
  std::map<std::string, std::string> data;
};
BOOST_DESCRIBE_STRUCT(Secret, (), (metadata, type, data))

struct NodeAddress {
  std::string type;  ///< InternalIP, ExternalIP, Hostname…
  std::string address;
};
BOOST_DESCRIBE_STRUCT(NodeAddress, (), (type, address))

struct NodeCondition {
  std::string type;
  std::string status;  ///< True, False, Unknown
};
BOOST_DESCRIBE_STRUCT(NodeCondition, (), (type, status))

struct NodeStatus {
  std::vector<NodeAddress> addresses;
  std::vector<NodeCondition> conditions;
};
BOOST_DESCRIBE_STRUCT(NodeStatus, (), (addresses, conditions))

/// Of its status, which the kubelet writes, what changes seldom.
struct Node {
  static constexpr std::string_view kKind = "Node";
  ObjectMeta metadata;
  NodeStatus status;
};
BOOST_DESCRIBE_STRUCT(Node, (), (metadata, status))

struct ConfigMap {
  static constexpr std::string_view kKind = "ConfigMap";
  ObjectMeta metadata;
  std::map<std::string, std::string> data;
};
BOOST_DESCRIBE_STRUCT(ConfigMap, (), (metadata, data))

}  // namespace sluice::api
