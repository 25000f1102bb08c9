#include "controller/attach/parameters.h"

namespace sluice::attach {
namespace {

constexpr std::string_view kGroup = "sluice.dev";

bool names_parameters(const auto& reference) {
  return reference.group == kGroup && reference.kind == api::SluiceParameters::kKind;
}

/// The field that this build does not carry out, with its value; empty: it carries out all.
std::string unsupported(const api::SluiceParametersSpec& spec) {
  if (spec.mode.value_or("nat") != "nat") return "spec.mode " + *spec.mode;
  return "";
}

FoundParameters find(const api::ObjectSet& objects, const api::ObjectRef& owner, const char* field,
                     const auto& reference, const std::string& namespace_) {
  const auto refuse = [&](std::string found) {
    return std::unexpected(Refusal{owner, field, ConditionReason::InvalidParameters, std::move(found)});
  };
  if (!names_parameters(reference)) {
    const std::string kind = reference.group.empty() ? reference.kind : reference.kind + "." + reference.group;
    return refuse(kind + " " + reference.name + "; only SluiceParameters.sluice.dev are supported");
  }
  if (namespace_.empty()) return refuse("a namespace is needed: SluiceParameters are in one");
  const std::string target = "SluiceParameters " + namespace_ + "/" + reference.name;
  const auto found = objects.sluice_parameters.find({namespace_, reference.name});
  if (found == objects.sluice_parameters.end()) return refuse(target + " does not exist");
  if (const auto what = unsupported(found->second->spec); !what.empty()) {
    return refuse(target + ": " + what + " is not supported by this build");
  }
  return found->second;
}

const api::GatewayClass* class_of(const api::ObjectSet& objects, const api::Gateway& gateway) {
  const auto found = objects.gateway_classes.find({"", gateway.spec.gateway_class_name});
  return found != objects.gateway_classes.end() ? found->second.get() : nullptr;
}

template <class T>
void fill(std::optional<T>& field, const std::optional<T>& otherwise) {
  if (!field) field = otherwise;
}

void fill(api::SluiceParametersSpec& spec, const FoundParameters& found) {
  if (!found) return;
  const auto& more = (*found)->spec;
  fill(spec.traffic_distribution, more.traffic_distribution);
  fill(spec.mode, more.mode);
  fill(spec.pool, more.pool);
  fill(spec.node_selector, more.node_selector);
}

}  // namespace

FoundParameters find_parameters(const api::ObjectSet& objects, const api::ObjectRef& owner,
                                const api::ObjectReference& reference) {
  return find(objects, owner, "spec.parametersRef", reference, reference.namespace_.value_or(""));
}

FoundParameters find_parameters(const api::ObjectSet& objects, const api::ObjectRef& owner,
                                const api::LocalObjectReference& reference) {
  return find(objects, owner, "spec.infrastructure.parametersRef", reference, owner.namespace_);
}

api::SluiceParametersSpec parameters_of(const api::ObjectSet& objects, const api::Gateway& gateway) {
  api::SluiceParametersSpec out;
  const auto& infrastructure = gateway.spec.infrastructure;
  if (infrastructure && infrastructure->parameters_ref) {
    const api::ObjectRef owner{std::string(api::Gateway::kKind), gateway.metadata.namespace_, gateway.metadata.name};
    fill(out, find_parameters(objects, owner, *infrastructure->parameters_ref));
  }
  const api::GatewayClass* gateway_class = class_of(objects, gateway);
  if (gateway_class != nullptr && gateway_class->spec.parameters_ref) {
    const api::ObjectRef owner{std::string(api::GatewayClass::kKind), "", gateway_class->metadata.name};
    fill(out, find_parameters(objects, owner, *gateway_class->spec.parameters_ref));
  }
  return out;
}

bool prefers_local(const api::SluiceParametersSpec& spec) {
  return spec.traffic_distribution == "PreferLocal";
}

std::optional<api::ObjectRef> parameters_dependency(const std::optional<api::ObjectReference>& reference) {
  if (!reference || !names_parameters(*reference)) return std::nullopt;
  return api::ObjectRef{std::string(api::SluiceParameters::kKind), reference->namespace_.value_or(""), reference->name};
}

std::optional<api::ObjectRef> parameters_dependency(const api::Gateway& gateway) {
  const auto& infrastructure = gateway.spec.infrastructure;
  if (!infrastructure || !infrastructure->parameters_ref || !names_parameters(*infrastructure->parameters_ref)) {
    return std::nullopt;
  }
  return api::ObjectRef{std::string(api::SluiceParameters::kKind), gateway.metadata.namespace_,
                        infrastructure->parameters_ref->name};
}

}  // namespace sluice::attach
