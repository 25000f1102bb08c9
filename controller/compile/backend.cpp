#include "controller/compile/backend.h"

#include <boost/describe/enum_to_string.hpp>

#include "controller/compile/digest.h"
#include "controller/compile/endpoints.h"
#include "controller/compile/names.h"
#include "controller/compile/route_spec.h"

namespace sluice::compile {
namespace {

constexpr std::size_t kDigestDigits = 32;

/// The name says all that the resource holds, so that two routes which are refused alike share it.
std::string invalid_name(const model::v1::Backend& backend) {
  const auto& ref = backend.service();
  return "backend/invalid/" + digest_of({ref.kind(), ref.namespace_(), ref.name(), std::to_string(backend.port()),
                                         std::to_string(backend.protocol()), backend.reason()})
                                  .substr(0, kDigestDigits);
}

model::v1::Protocol transport_of(const attach::RouteResult& route) {
  return route.ref.kind == api::UdpRoute::kKind ? model::v1::UDP : model::v1::TCP;
}

std::string use_invalid(model::v1::Backend backend, BackendUses& uses) {
  backend.set_state(model::v1::Backend::INVALID);
  std::string name = invalid_name(backend);
  uses.emplace(name, std::make_shared<const model::v1::Backend>(std::move(backend)));
  return name;
}

std::string use_refused(const attach::RouteResult& route, const api::BackendRef* ref, const attach::Refusal& refusal,
                        BackendUses& uses) {
  model::v1::Backend backend;
  if (ref != nullptr) {
    *backend.mutable_service() = object_ref(
        {.kind = ref->kind, .namespace_ = ref->namespace_.value_or(route.ref.namespace_), .name = ref->name});
    backend.set_port(static_cast<std::uint32_t>(ref->port.value_or(0)));
  }
  backend.set_protocol(transport_of(route));
  const char* reason = boost::describe::enum_to_string(refusal.reason, "Invalid");
  backend.set_reason(std::string(reason) + ": " + refusal.found);
  return use_invalid(std::move(backend), uses);
}

}  // namespace

std::vector<model::v1::WeightedBackend> weighted_backends(const attach::RouteResult& route, std::size_t rule,
                                                          BackendUses& uses) {
  std::vector<model::v1::WeightedBackend> backends;
  if (rule >= route.rules.size()) return backends;
  const auto refs = backend_refs_of(route, rule);
  for (std::size_t i = 0; i < route.rules[rule].backends.size(); ++i) {
    const attach::BackendResult& result = route.rules[rule].backends[i];
    model::v1::WeightedBackend backend;
    backend.set_weight(result.weight);
    if (result.target) {
      backend.set_backend("backend/" + backend_path(*result.target));
      uses.emplace(backend.backend(), *result.target);
    } else {
      backend.set_backend(use_refused(route, i < refs.size() ? &refs[i] : nullptr, result.target.error(), uses));
    }
    backends.push_back(std::move(backend));
  }
  return backends;
}

model::v1::WeightedBackend refused_backend(const attach::RouteResult& route, const std::string& reason,
                                           BackendUses& uses) {
  model::v1::Backend backend;
  backend.set_protocol(transport_of(route));
  backend.set_reason(reason);
  model::v1::WeightedBackend weighted;
  weighted.set_backend(use_invalid(std::move(backend), uses));
  weighted.set_weight(1);
  return weighted;
}

void BackendRegistry::set_uses(const std::string& owner, const BackendUses& uses) {
  std::vector<Entries::iterator> now;
  now.reserve(uses.size());
  for (const auto& [name, use] : uses) {
    const auto [entry, added] = entries_.try_emplace(name, Entry{.use = use});
    ++entry->second.users;
    if (added) touched_.insert(name);
    now.push_back(entry);
  }
  // The new ones are counted before the old ones are released: what stays in use is never touched.
  std::vector<Entries::iterator> before;
  if (const auto found = used_by_.find(owner); found != used_by_.end()) before.swap(found->second);
  if (now.empty()) {
    used_by_.erase(owner);
  } else {
    used_by_[owner] = std::move(now);
  }
  for (const auto& entry : before) release(entry);
}

void BackendRegistry::release(Entries::iterator entry) {
  if (--entry->second.users > 0) return;
  touched_.insert(entry->first);
  entries_.erase(entry);
}

void BackendRegistry::touch(const api::NamespacedName& service) {
  const std::string ports = "backend/" + service.namespace_ + "/" + service.name + ":";
  for (auto it = entries_.lower_bound(ports); it != entries_.end() && it->first.starts_with(ports); ++it) {
    touched_.insert(it->first);
  }
}

void BackendRegistry::flush(const api::ObjectSet& objects, const ServiceIndex& index, ResourceSet& resources) {
  const ServiceView view(objects, index);
  for (const auto& name : touched_) {
    const std::string endpoints = "endpoints/" + name.substr(std::string_view("backend/").size());
    model::v1::Resource resource;
    resource.set_name(name);
    const auto found = entries_.find(name);
    if (found == entries_.end()) {
      resources.erase(name);
      resources.erase(endpoints);
    } else if (const auto* target = std::get_if<attach::ResolvedBackend>(&found->second.use)) {
      *resource.mutable_backend() = view.backend(*target);
      resource.mutable_backend()->set_endpoints(endpoints);
      resources.put(std::move(resource));
      model::v1::Resource list;
      list.set_name(endpoints);
      *list.mutable_endpoints() = view.endpoints(*target);
      resources.put(std::move(list));
    } else {
      *resource.mutable_backend() = *std::get<1>(found->second.use);
      resources.put(std::move(resource));
    }
  }
  touched_.clear();
}

}  // namespace sluice::compile
