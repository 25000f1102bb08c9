// The manifests that the tests of commands share.
#pragma once

namespace sluice::ctl {

/// A Gateway 192.0.2.1 with HTTP, TLS passthrough and TCP; a shop behind it. Nothing is wrong with it.
inline constexpr const char* kShop = R"(
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, labels: {tier: front}}
spec:
  gatewayClassName: sluice
  addresses: [{value: 192.0.2.1}]
  listeners:
  - {name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}
  - {name: tls, port: 443, protocol: TLS, tls: {mode: Passthrough}}
  - {name: pg, port: 5432, protocol: TCP}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: cart, namespace: shop, labels: {app: shop}}
spec:
  parentRefs: [{name: edge, namespace: default, sectionName: http}]
  hostnames: [shop.example]
  rules:
  - name: api
    matches: [{path: {value: /api}, method: GET}, {path: {value: /api}, headers: [{name: x-version, value: "2"}]}]
    backendRefs: [{name: cart, port: 80}]
  - name: rest
    backendRefs: [{name: cart, port: 80, weight: 3}, {name: cart, port: 80}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: TLSRoute
metadata: {name: pay}
spec:
  parentRefs: [{name: edge}]
  hostnames: [pay.example]
  rules: [{backendRefs: [{name: db, port: 443}]}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: TCPRoute
metadata: {name: db}
spec:
  parentRefs: [{name: edge}]
  rules: [{backendRefs: [{name: db, port: 5432}]}]
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {ports: [{port: 80}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: cart, namespace: shop, labels: {kubernetes.io/service-name: cart}}
addressType: IPv4
ports: [{port: 8080}]
endpoints: [{addresses: [10.0.0.1]}]
---
apiVersion: v1
kind: Service
metadata: {name: db}
spec: {ports: [{name: pg, port: 5432}, {name: tls, port: 443}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: db, labels: {kubernetes.io/service-name: db}}
addressType: IPv4
ports: [{name: pg, port: 5432}, {name: tls, port: 8443}]
endpoints: [{addresses: [10.0.0.2]}, {addresses: [10.0.0.3]}]
)";

/// A TCPRoute whose backend is not there.
inline constexpr const char* kDangling = R"(
---
apiVersion: gateway.networking.k8s.io/v1
kind: TCPRoute
metadata: {name: zz}
spec:
  parentRefs: [{name: edge}, {name: nowhere}]
  rules: [{backendRefs: [{name: absent, port: 1}]}]
)";

}  // namespace sluice::ctl
