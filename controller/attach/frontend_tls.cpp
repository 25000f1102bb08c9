#include "controller/attach/frontend_tls.h"

#include <algorithm>

#include "controller/attach/capability.h"
#include "controller/attach/reference_grant.h"

namespace sluice::attach {
namespace {

struct Validation {
  const api::FrontendTlsValidation* config = nullptr;
  std::string field;
};

/// A port's own configuration replaces the default, also where it says nothing.
Validation validation_of(const api::FrontendTlsConfig& frontend, std::int32_t port) {
  const auto found = std::ranges::find(frontend.per_port, port, &api::TlsPortConfig::port);
  const bool own = found != frontend.per_port.end();
  const api::TlsConfig& tls = own ? found->tls : frontend.default_;
  const std::string where =
      own ? "perPort[" + std::to_string(found - frontend.per_port.begin()) + "].tls" : std::string("default");
  return {tls.validation ? &*tls.validation : nullptr, "spec.tls.frontend." + where + ".validation"};
}

std::optional<Refusal> check_ca(const ListenerContext& context, const api::ObjectReference& ref, std::string field) {
  const api::ObjectMeta& meta = context.gateway.metadata;
  const api::ObjectRef gateway{std::string(api::Gateway::kKind), meta.namespace_, meta.name};
  const api::NamespacedName name{ref.namespace_.value_or(meta.namespace_), ref.name};
  const std::string target = "ConfigMap " + name.namespace_ + "/" + name.name;
  const auto refuse = [&](ConditionReason reason, std::string found) {
    return Refusal{gateway, std::move(field), reason, std::move(found)};
  };
  if (!ref.group.empty() || ref.kind != api::ConfigMap::kKind) {
    return refuse(ConditionReason::InvalidCACertificateKind,
                  ref.kind + " " + ref.name + "; only ConfigMap is supported");
  }
  if (!permitted(context.objects, gateway, {"", api::ConfigMap::kKind, name.namespace_, name.name})) {
    return refuse(ConditionReason::RefNotPermitted,
                  target + "; no ReferenceGrant in " + name.namespace_ + " permits it");
  }
  const auto found = context.objects.config_maps.find(name);
  if (found == context.objects.config_maps.end()) {
    return refuse(ConditionReason::InvalidCACertificateRef, target + " does not exist");
  }
  if (auto wrong = check_ca_bundle(*found->second); !wrong.empty()) {
    return refuse(ConditionReason::InvalidCACertificateRef, target + ": " + wrong);
  }
  return std::nullopt;
}

template <class Visit>
void each_validation(const api::GatewaySpec& spec, Visit&& visit) {
  if (!spec.tls || !spec.tls->frontend) return;
  if (spec.tls->frontend->default_.validation) visit(*spec.tls->frontend->default_.validation);
  for (const auto& port : spec.tls->frontend->per_port) {
    if (port.tls.validation) visit(*port.tls.validation);
  }
}

}  // namespace

void check_client_validation(const ListenerContext& context, std::int32_t port, std::vector<Refusal>& not_accepted,
                             std::vector<Refusal>& unresolved) {
  const auto& tls = context.gateway.spec.tls;
  if (!tls || !tls->frontend) return;
  const Validation validation = validation_of(*tls->frontend, port);
  if (validation.config == nullptr) return;
  const auto& refs = validation.config->ca_certificate_refs;
  std::size_t invalid = 0;
  for (std::size_t i = 0; i < refs.size(); ++i) {
    auto refusal = check_ca(context, refs[i], validation.field + ".caCertificateRefs[" + std::to_string(i) + "]");
    if (!refusal) continue;
    ++invalid;
    unresolved.push_back(std::move(*refusal));
  }
  if (invalid == refs.size()) {
    not_accepted.push_back({context.owner, validation.field + ".caCertificateRefs",
                            ConditionReason::NoValidCACertificate, "none of them is valid"});
  } else if (!kClientCertificates) {
    not_accepted.push_back({context.owner, validation.field, ConditionReason::UnsupportedValue,
                            "validation of clients' certificates is " + std::string(kUnsupported)});
  }
}

bool falls_back(const api::Gateway& gateway) {
  bool found = false;
  each_validation(gateway.spec, [&](const auto& v) { found = found || v.mode == "AllowInsecureFallback"; });
  return found;
}

std::vector<api::ObjectRef> client_validation_dependencies(const api::ObjectRef& gateway,
                                                           const api::GatewaySpec& spec) {
  std::vector<api::ObjectRef> on;
  each_validation(spec, [&](const api::FrontendTlsValidation& validation) {
    for (const auto& ref : validation.ca_certificate_refs) {
      const std::string namespace_ = ref.namespace_.value_or(gateway.namespace_);
      on.push_back({std::string(api::ConfigMap::kKind), namespace_, ref.name});
      if (namespace_ != gateway.namespace_) on.push_back({std::string(api::ReferenceGrant::kKind), namespace_, ""});
    }
  });
  return on;
}

}  // namespace sluice::attach
