#include "controller/attach/listener.h"

#include <algorithm>

#include "controller/attach/capability.h"
#include "controller/attach/frontend_tls.h"
#include "controller/attach/hostname.h"
#include "controller/attach/protocol.h"
#include "controller/attach/reference_grant.h"

namespace sluice::attach {
namespace {

class Examination {
 public:
  Examination(const ListenerContext& context, std::shared_ptr<const api::Listener> listener, std::size_t index)
      : context_(context), field_("spec.listeners[" + std::to_string(index) + "]") {
    facts_.listener = std::move(listener);
  }

  ListenerFacts run() && {
    facts_.protocol = parse_protocol(listener().protocol);
    if (facts_.protocol == ListenerProtocol::Unknown) {
      not_accepted(".protocol", ConditionReason::UnsupportedProtocol,
                   listener().protocol + "; HTTP, HTTPS, TLS, TCP and UDP are supported");
      return std::move(facts_);
    }
    if (has_hostname(facts_.protocol)) facts_.hostname = lower_case(listener().hostname.value_or(""));
    if (listener().filters && !kListenerFilters && !listener().filters->requests.empty()) {
      not_accepted(".filters.requests", ConditionReason::UnsupportedValue,
                   "listener filters are " + std::string(kUnsupported));
    }
    if (has_client_hello(facts_.protocol)) examine_tls();
    if (facts_.protocol == ListenerProtocol::Https) {
      check_client_validation(context_, listener().port, facts_.not_accepted, facts_.unresolved);
    }
    choose_kinds();
    // A mode that is not carried out supports no kind: so TLSRouteListenerTerminateNotSupported of the suite has it.
    const bool terminates = facts_.protocol == ListenerProtocol::Tls && !facts_.passthrough;
    if (terminates && !kTlsRouteTerminate) facts_.supported_kinds = {};
    return std::move(facts_);
  }

 private:
  [[nodiscard]] const api::Listener& listener() const { return *facts_.listener; }

  void not_accepted(const std::string& field, ConditionReason reason, std::string found) {
    facts_.not_accepted.push_back({context_.owner, field_ + field, reason, std::move(found)});
  }

  void unresolved(const std::string& field, ConditionReason reason, std::string found) {
    facts_.unresolved.push_back({context_.owner, field_ + field, reason, std::move(found)});
  }

  void examine_tls() {
    static const api::ListenerTls kDefault;
    const api::ListenerTls& tls = listener().tls ? *listener().tls : kDefault;
    if (const auto option = unknown_tls_option(tls)) {
      not_accepted(".tls.options", ConditionReason::UnsupportedValue, *option + " is " + std::string(kUnsupported));
    }
    facts_.passthrough = facts_.protocol == ListenerProtocol::Tls && tls.mode == "Passthrough";
    if (facts_.passthrough) return;
    if (tls.mode != "Terminate") {
      not_accepted(".tls.mode", ConditionReason::UnsupportedValue,
                   tls.mode + "; protocol " + listener().protocol + " takes Terminate");
    } else if (facts_.protocol == ListenerProtocol::Tls && !kTlsRouteTerminate) {
      not_accepted(".tls.mode", ConditionReason::UnsupportedValue,
                   "Terminate for protocol TLS is " + std::string(kUnsupported) + "; Passthrough is");
    }
    if (tls.certificate_refs.empty()) {
      unresolved(".tls.certificateRefs", ConditionReason::InvalidCertificateRef,
                 "empty; Terminate needs a certificate");
    }
    for (std::size_t i = 0; i < tls.certificate_refs.size(); ++i) examine_certificate(tls.certificate_refs[i], i);
    std::ranges::sort(facts_.certificate_names);
  }

  void examine_certificate(const api::SecretObjectReference& ref, std::size_t index) {
    const std::string field = ".tls.certificateRefs[" + std::to_string(index) + "]";
    const api::NamespacedName name{ref.namespace_.value_or(context_.owner.namespace_), ref.name};
    const std::string target = "Secret " + name.namespace_ + "/" + name.name;
    if (!ref.group.empty() || ref.kind != "Secret") {
      const std::string kind = ref.group.empty() ? ref.kind : ref.kind + "." + ref.group;
      unresolved(field, ConditionReason::InvalidCertificateRef, kind + " " + ref.name + "; only Secret is supported");
      return;
    }
    if (!permitted(context_.objects, context_.owner, {"", "Secret", name.namespace_, name.name})) {
      unresolved(field, ConditionReason::RefNotPermitted,
                 target + "; no ReferenceGrant in " + name.namespace_ + " permits it");
      return;
    }
    const auto secret = context_.objects.secrets.find(name);
    if (secret == context_.objects.secrets.end()) {
      unresolved(field, ConditionReason::InvalidCertificateRef, target + " does not exist");
      return;
    }
    const CertificateCheck& check = context_.certificates.check(name, secret->second);
    if (!check) {
      unresolved(field, ConditionReason::InvalidCertificateRef, target + ": " + check.error());
      return;
    }
    facts_.certificates.push_back(name);
    facts_.certificate_names.insert(facts_.certificate_names.end(), check->begin(), check->end());
  }

  void choose_kinds() {
    const auto& compatible = compatible_kinds(facts_.protocol);
    static const std::vector<api::RouteGroupKind> kNone;
    const auto& wanted = listener().allowed_routes ? listener().allowed_routes->kinds : kNone;
    std::vector<api::RouteGroupKind> allowed;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const bool known = std::ranges::find(compatible, wanted[i]) != compatible.end();
      const bool repeated = std::ranges::find(allowed, wanted[i]) != allowed.end();
      if (known && !repeated) allowed.push_back(wanted[i]);
      if (known && carries_out(wanted[i].kind)) continue;
      const std::string& group = wanted[i].group;
      unresolved(".allowedRoutes.kinds[" + std::to_string(i) + "]", ConditionReason::InvalidRouteKinds,
                 wanted[i].kind + (group == kGatewayGroup ? "" : "." + group) +
                     (known ? " is " + std::string(kUnsupported)
                            : " cannot attach to a listener of protocol " + listener().protocol));
    }
    facts_.allowed_kinds = wanted.empty() ? compatible : RouteKinds(std::move(allowed));
    const auto carried_out = [](const auto& kind) { return carries_out(kind.kind); };
    if (std::ranges::all_of(facts_.allowed_kinds, carried_out)) {
      facts_.supported_kinds = facts_.allowed_kinds;
      return;
    }
    std::vector<api::RouteGroupKind> supported;
    std::ranges::copy_if(facts_.allowed_kinds, std::back_inserter(supported), carried_out);
    facts_.supported_kinds = std::move(supported);
  }

  const ListenerContext& context_;
  std::string field_;
  ListenerFacts facts_;
};

}  // namespace

bool ListenerFacts::can_serve() const {
  const bool terminates = has_client_hello(protocol) && !passthrough;
  return not_accepted.empty() && (!terminates || !certificates.empty());
}

ListenerFacts examine(const ListenerContext& context, std::shared_ptr<const api::Listener> listener,
                      std::size_t index) {
  return Examination(context, std::move(listener), index).run();
}

std::vector<api::ObjectRef> dependencies(const api::ObjectRef& owner, const api::Listener& listener) {
  std::vector<api::ObjectRef> on;
  if (!listener.tls) return on;
  for (const auto& ref : listener.tls->certificate_refs) {
    const std::string namespace_ = ref.namespace_.value_or(owner.namespace_);
    on.push_back({std::string(api::Secret::kKind), namespace_, ref.name});
    if (namespace_ != owner.namespace_) on.push_back({std::string(api::ReferenceGrant::kKind), namespace_, ""});
  }
  return on;
}

}  // namespace sluice::attach
