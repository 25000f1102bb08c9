#include "controller/attach/rule.h"

#include <algorithm>

#include "controller/attach/backend_ref.h"
#include "controller/attach/capability.h"

namespace sluice::attach {
namespace {

std::string item(const std::string& list, std::size_t index) {
  return list + "[" + std::to_string(index) + "]";
}

class Examination {
 public:
  Examination(const World& world, const api::ObjectRef& route, std::size_t index)
      : world_(world), route_(route), field_(item("spec.rules", index)) {}

  template <class Rule>
  RuleFindings run(const Rule& rule) && {
    findings_.result.backends.reserve(rule.backend_refs.size());
    for (std::size_t i = 0; i < rule.backend_refs.size(); ++i) {
      const api::BackendRef& ref = rule.backend_refs[i];
      auto target = resolve(world_, route_, ref);
      if (!target) {
        target.error().field.insert(0, item(field_ + ".backendRefs", i));
        findings_.unresolved.push_back(target.error());
      }
      findings_.result.backends.push_back(
          {std::move(target), static_cast<std::uint32_t>(std::max(ref.weight, std::int32_t{0}))});
      if (!ref.filters.empty()) check_filters(ref.filters, item(field_ + ".backendRefs", i) + ".filters");
    }
    if constexpr (requires { rule.filters; }) {
      check_filters(rule.filters, field_ + ".filters");
      if (auto refused = first_unsupported(rule)) refuse(*std::move(refused));
    }
    return std::move(findings_);
  }

 private:
  void refuse(UnsupportedField unsupported) {
    findings_.result.unsupported = field_ + (unsupported.field.empty() ? "" : "." + unsupported.field);
    findings_.unsupported =
        Refusal{route_, findings_.result.unsupported,
                unsupported.incompatible ? ConditionReason::IncompatibleFilters : ConditionReason::UnsupportedValue,
                std::move(unsupported.why)};
  }

  /// References count whether the filter is carried out or not.
  void check_filters(const std::vector<api::RouteFilter>& filters, const std::string& list) {
    for (std::size_t i = 0; i < filters.size(); ++i) {
      const api::RouteFilter& filter = filters[i];
      if (filter.request_mirror) check_target(filter.request_mirror->backend_ref, item(list, i) + ".requestMirror");
      if (filter.external_auth) check_target(filter.external_auth->backend_ref, item(list, i) + ".externalAuth");
      if (filter.extension_ref) {
        const auto& extension = *filter.extension_ref;
        findings_.unresolved.push_back({route_, item(list, i) + ".extensionRef", ConditionReason::InvalidKind,
                                        extension.kind + "." + extension.group + " " + extension.name +
                                            "; no kind of extension is supported by this build"});
      }
    }
  }

  void check_target(const api::BackendObjectReference& ref, const std::string& filter) {
    auto target = resolve(world_, route_, ref);
    if (target) return;
    target.error().field.insert(0, filter + ".backendRef");
    findings_.unresolved.push_back(std::move(target.error()));
  }

  const World& world_;
  const api::ObjectRef& route_;
  std::string field_;
  RuleFindings findings_;
};

}  // namespace

RuleFindings examine_rule(const World& world, const api::ObjectRef& ref, const RoutePtr& route, std::size_t index) {
  return std::visit([&](const auto& object) { return Examination(world, ref, index).run(object->spec.rules[index]); },
                    route);
}

}  // namespace sluice::attach
