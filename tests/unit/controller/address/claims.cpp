#include "tests/unit/controller/address/claims.h"

namespace sluice::address {
namespace {

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const auto& text : texts) out += (out.empty() ? "" : " ") + text;
  return out;
}

api::NamespacedName full_name(const std::string& name) {
  const auto slash = name.find('/');
  if (slash == std::string::npos) return {"edge", name};
  return {name.substr(0, slash), name.substr(slash + 1)};
}

}  // namespace

std::shared_ptr<const api::AddressPool> pool(std::string name, std::vector<std::string> addresses,
                                             std::string created) {
  auto out = std::make_shared<api::AddressPool>();
  out->metadata.name = std::move(name);
  out->metadata.creation_timestamp = std::move(created);
  out->spec.addresses = std::move(addresses);
  return out;
}

GatewayClaim gateway(const std::string& name, std::vector<std::string> values, std::vector<std::string> held) {
  auto object = std::make_shared<api::Gateway>();
  const auto full = full_name(name);
  object->metadata.namespace_ = full.namespace_;
  object->metadata.name = full.name;
  for (auto& value : values) object->spec.addresses.push_back({.value = std::move(value), .routability = {}});
  return {.gateway = std::move(object), .held = std::move(held), .pool = {}};
}

GatewayClaim labelled(GatewayClaim claim, std::map<std::string, std::string> labels) {
  auto object = std::make_shared<api::Gateway>(*claim.gateway);
  object->metadata.labels = std::move(labels);
  claim.gateway = std::move(object);
  return claim;
}

std::string addresses_of(const Assignment& assignment, const std::string& gateway) {
  return joined(assignment.grants.at(full_name(gateway)).addresses);
}

std::string missing_of(const Assignment& assignment, const std::string& gateway) {
  std::string out;
  for (const auto& [index, why] : assignment.grants.at(full_name(gateway)).missing) {
    out += (out.empty() ? "[" : "; [") + std::to_string(index) + "]: " + why;
  }
  return out;
}

std::string sources_of(const Assignment& assignment, const std::string& node) {
  return joined(assignment.sources.at(node));
}

}  // namespace sluice::address
