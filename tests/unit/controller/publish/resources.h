// Resources of a model, written by hand: TCP frontends, each with a table, a backend and endpoints.
#pragma once

#include <arpa/inet.h>

#include <functional>
#include <string>
#include <vector>

#include "sluice/model.pb.h"

namespace sluice::publish {

using Resource = model::v1::Resource;

/// Any hash will do that differs where the content does.
inline Resource hashed(Resource resource) {
  resource.clear_hash();
  const auto bytes = resource.SerializeAsString();
  std::string hash(32, '\0');
  const auto value = std::hash<std::string>()(bytes);
  for (std::size_t i = 0; i < 8; ++i) hash[i] = static_cast<char>(value >> (8 * i));
  resource.set_hash(hash);
  return resource;
}

inline std::string ip(const std::string& text) {
  in_addr out{};
  inet_pton(AF_INET, text.c_str(), &out);
  return {reinterpret_cast<const char*>(&out), sizeof out};
}

/// With l4 where table is not empty, and with keys where there are some.
inline Resource frontend(const std::string& name, const std::string& address, const std::string& table,
                         const std::vector<std::string>& keys = {}) {
  Resource out;
  out.set_name("frontend/" + name);
  if (!address.empty()) out.mutable_frontend()->add_addresses()->set_ip(ip(address));
  out.mutable_frontend()->set_l4("l4/" + table);
  for (const auto& key : keys) out.mutable_frontend()->mutable_tls()->add_keys("key/" + key);
  return hashed(out);
}

inline Resource table(const std::string& name, const std::vector<std::string>& backends) {
  Resource out;
  out.set_name("l4/" + name);
  for (const auto& backend : backends) out.mutable_l4()->add_backends()->set_backend("backend/" + backend);
  return hashed(out);
}

inline Resource backend(const std::string& name) {
  Resource out;
  out.set_name("backend/" + name);
  out.mutable_backend()->set_endpoints("endpoints/" + name);
  return hashed(out);
}

/// padding: bytes that it is longer by.
inline Resource endpoints(const std::string& name, unsigned port = 80, std::size_t padding = 0) {
  Resource out;
  out.set_name("endpoints/" + name);
  auto& endpoint = *out.mutable_endpoints()->add_endpoints();
  endpoint.set_port(port);
  endpoint.set_zone(std::string(padding, 'z'));
  return hashed(out);
}

inline Resource key(const std::string& name, const std::string& secret = "secret") {
  Resource out;
  out.set_name("key/" + name);
  out.mutable_key()->set_private_key_pem(secret);
  return hashed(out);
}

inline Resource vip(const std::string& address, const std::string& node) {
  Resource out;
  out.set_name("vip/" + address);
  out.mutable_vip()->set_node(node);
  return hashed(out);
}

inline Resource source(const std::string& node, const std::string& address) {
  Resource out;
  out.set_name("source/" + node);
  out.mutable_node_source()->add_addresses()->set_ip(ip(address));
  return hashed(out);
}

/// A frontend of that name on 10.0.0.x with a table, a backend and endpoints of the same name.
inline std::vector<Resource> whole(const std::string& name, const std::string& address) {
  return {backend(name), endpoints(name), frontend(name, address, name), table(name, {name})};
}

inline model::v1::Delta delta(std::uint64_t generation, const std::vector<Resource>& changed,
                              const std::vector<std::string>& removed = {}) {
  model::v1::Delta out;
  out.set_base_generation(generation - 1);
  out.set_generation(generation);
  for (const auto& resource : changed) *out.add_changed() = resource;
  for (const auto& name : removed) out.add_removed(name);
  return out;
}

template <class... Lists>
std::vector<Resource> joined(const Lists&... lists) {
  std::vector<Resource> out;
  (out.insert(out.end(), lists.begin(), lists.end()), ...);
  return out;
}

}  // namespace sluice::publish
