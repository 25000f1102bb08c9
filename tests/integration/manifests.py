"""A folder of manifests for a test, object by object. write() replaces files whole, by rename, as an editor does."""
import base64
import os

import yaml

GROUP = "gateway.networking.k8s.io"


def _backends(backends):
    """[("blue", 80), ("green", 80, 3)] -> backendRefs; a dict is taken as it is."""
    refs = []
    for backend in backends:
        if isinstance(backend, dict):
            refs.append(backend)
            continue
        name, port, *weight = backend
        refs.append({"name": name, "port": port, **({"weight": weight[0]} if weight else {})})
    return refs


class Manifests:
    """Each function writes NAME.yaml with one or more objects; calling it again replaces them."""

    def __init__(self, path):
        self.path = str(path)
        os.makedirs(self.path, exist_ok=True)

    def __fspath__(self):
        return self.path

    def __str__(self):
        return self.path

    def write(self, name, *objects):
        """objects: dicts, or one text that is written as it is."""
        text = objects[0] if isinstance(objects[0], str) else yaml.safe_dump_all(objects, sort_keys=False)
        beside = os.path.join(self.path, f".{name}.new")
        with open(beside, "w") as file:
            file.write(text)
        os.rename(beside, os.path.join(self.path, f"{name}.yaml"))

    def remove(self, name):
        os.unlink(os.path.join(self.path, f"{name}.yaml"))

    def gateway(self, *listeners, addresses=(), name="edge", parameters=None):
        """listeners: see listener(). parameters: name of SluiceParameters."""
        spec = {"gatewayClassName": "sluice", "listeners": list(listeners)}
        if parameters:
            spec["infrastructure"] = {"parametersRef": {"group": "sluice.dev", "kind": "SluiceParameters",
                                                        "name": parameters}}
        if addresses:
            spec["addresses"] = [{"value": address} for address in addresses]
        self.write(f"gateway-{name}", _object("Gateway", name, spec))

    def parameters(self, name, **spec):
        self.write(f"parameters-{name}", _object("SluiceParameters", name, spec, "sluice.dev/v1alpha1"))

    def service(self, name, port, endpoints=(), target=None, protocol="TCP", app_protocol=None):
        """A Service and one EndpointSlice a family. endpoints: addresses, (address, conditions) or (address, conditions,
        name of its node)."""
        ports = {"port": port, "protocol": protocol, **({"targetPort": target} if target else {}),
                 **({"appProtocol": app_protocol} if app_protocol else {})}
        slices = {"IPv4": [], "IPv6": []}
        for endpoint in endpoints:
            given = endpoint if isinstance(endpoint, tuple) else (endpoint,)
            address, conditions, node = (*given, None, None)[:3]
            slices["IPv6" if ":" in address else "IPv4"].append(
                {"addresses": [address], **({"conditions": conditions} if conditions else {}),
                 **({"nodeName": node} if node else {})})
        objects = [_object("Service", name, {"ports": [ports]}, "v1")]
        for family, listed in slices.items():
            if listed:
                objects.append({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
                                "metadata": {"name": f"{name}-{family.lower()}",
                                             "labels": {"kubernetes.io/service-name": name}},
                                "addressType": family, "ports": [{"port": target or port, "protocol": protocol}],
                                "endpoints": listed})
        self.write(f"service-{name}", *objects)

    def external_service(self, name, port, host, protocol="TCP"):
        spec = {"type": "ExternalName", "externalName": host, "ports": [{"port": port, "protocol": protocol}]}
        self.write(f"service-{name}", _object("Service", name, spec, "v1"))

    def tcp_route(self, name, section, *backends, gateway="edge"):
        self._route("TCPRoute", name, section, gateway, [{"backendRefs": _backends(backends)}])

    def udp_route(self, name, section, *backends, gateway="edge"):
        self._route("UDPRoute", name, section, gateway, [{"backendRefs": _backends(backends)}])

    def tls_route(self, name, section, hostnames, *backends, gateway="edge"):
        self._route("TLSRoute", name, section, gateway, [{"backendRefs": _backends(backends)}], hostnames)

    def http_route(self, name, section, *rules, hostnames=(), gateway="edge"):
        """rules: see rule()."""
        self._route("HTTPRoute", name, section, gateway, list(rules), hostnames)

    def grpc_route(self, name, section, *rules, hostnames=(), gateway="edge"):
        """rules: see rule(); matches and filters as they are."""
        self._route("GRPCRoute", name, section, gateway, list(rules), hostnames)

    def tls_secret(self, name, certificate):
        def encode(text):
            return base64.b64encode(text.encode()).decode()
        self.write(f"secret-{name}", {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name},
                                      "type": "kubernetes.io/tls",
                                      "data": {"tls.crt": encode(certificate.pem()),
                                               "tls.key": encode(certificate.key_pem())}})

    def _route(self, kind, name, section, gateway, rules, hostnames=()):
        spec = {"parentRefs": [{"name": gateway, "sectionName": section}], "rules": rules}
        if hostnames:
            spec["hostnames"] = list(hostnames)
        self.write(f"route-{name}", _object(kind, name, spec))


def listener(name, port, protocol, hostname=None, mode=None, secrets=()):
    """mode: Passthrough or Terminate (secrets: names of kubernetes.io/tls Secrets)."""
    made = {"name": name, "port": port, "protocol": protocol}
    if hostname:
        made["hostname"] = hostname
    if mode or secrets:
        made["tls"] = {"mode": mode or "Terminate"}
        if secrets:
            made["tls"]["certificateRefs"] = [{"name": secret} for secret in secrets]
    return made


def rule(*backends, path=None, path_type="PathPrefix", filters=(), name=None, **more):
    """An HTTPRoute rule with one match at most; more: fields of the rule as they are (matches, timeouts...)."""
    made = {"name": name} if name else {}
    if path:
        made["matches"] = [{"path": {"type": path_type, "value": path}}]
    if filters:
        made["filters"] = list(filters)
    made.update(more)
    if backends:
        made["backendRefs"] = _backends(backends)
    return made


def _object(kind, name, spec, api_version=GROUP + "/v1"):
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, "spec": spec}
