#include "tools/sluicectl/warning.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <set>

#include "controller/pipeline/finding.h"
#include "tools/sluicectl/json_view.h"

namespace sluice::ctl {
namespace {

namespace json = boost::json;

constexpr std::string_view kGroup = "gateway.networking.k8s.io";

api::ObjectRef ref_of(const json::value& item) {
  return {.kind = text_at(item, {"kind"}),
          .namespace_ = text_at(item, {"metadata", "namespace"}),
          .name = text_at(item, {"metadata", "name"})};
}

bool needs_a_node(const pipeline::Finding& finding) {
  return finding.type == "Programmed" || finding.reason == "NotAssigned";
}

/// The object that a parentRef names, whether it is there or not.
api::ObjectRef parent_of(const json::value& parent_ref, const std::string& namespace_) {
  const std::string kind = text_at(parent_ref, {"kind"});
  const std::string other = text_at(parent_ref, {"namespace"});
  return {.kind = kind.empty() ? "Gateway" : kind,
          .namespace_ = other.empty() ? namespace_ : other,
          .name = text_at(parent_ref, {"name"})};
}

bool has_answer(const json::value& item, const json::value& parent_ref) {
  const std::string namespace_ = text_at(item, {"metadata", "namespace"});
  for (const auto& parent : list_at(item, {"status", "parents"})) {
    const auto* answered = at(parent, {"parentRef"});
    if (answered == nullptr || parent_of(*answered, namespace_) != parent_of(parent_ref, namespace_)) continue;
    if (text_at(*answered, {"sectionName"}) != text_at(parent_ref, {"sectionName"})) continue;
    if (text_at(*answered, {"port"}) == text_at(parent_ref, {"port"})) return true;
  }
  return false;
}

class Collector {
 public:
  Collector(const json::array& items, Asked asked) : asked_(asked) {
    for (const auto& item : items) present_.insert(ref_of(item));
    for (const auto& item : items) add(item);
  }
  std::vector<Warning> take() { return std::move(warnings_); }

 private:
  void add(const json::value& item) {
    const api::ObjectRef object = ref_of(item);
    if (object.kind.ends_with("Route")) add_unanswered_route(object, item);
    const auto* status = at(item, {"status"});
    if (status == nullptr || !status->is_object()) return add_unanswered(object, item);
    for (const auto& finding : pipeline::findings(object, status->get_object())) {
      if (asked_ == Asked::Folder && needs_a_node(finding)) continue;
      warnings_.push_back({.object = object, .what = pipeline::what_of(finding)});
    }
  }

  /// An object that needs another one, and got no status for want of it.
  void add_unanswered(const api::ObjectRef& object, const json::value& item) {
    if (object.kind == "ListenerSet") {
      const auto* ref = at(item, {"spec", "parentRef"});
      if (ref != nullptr) add_unanswered_ref(object, "spec.parentRef", *ref);
    } else if (object.kind == "BackendTLSPolicy") {
      warnings_.push_back(
          {.object = object, .what = "spec.targetRefs: no route of ours leads to what they name; it has no effect"});
    }
  }

  void add_unanswered_route(const api::ObjectRef& route, const json::value& item) {
    const auto& parent_refs = list_at(item, {"spec", "parentRefs"});
    if (parent_refs.empty() && list_at(item, {"status", "parents"}).empty()) {
      warnings_.push_back(
          {.object = route, .what = "spec.parentRefs: none; the route hangs nowhere and gets no traffic"});
    }
    for (std::size_t i = 0; i < parent_refs.size(); ++i) {
      if (has_answer(item, parent_refs[i])) continue;
      add_unanswered_ref(route, fmt::format("spec.parentRefs[{}]", i), parent_refs[i]);
    }
  }

  void add_unanswered_ref(const api::ObjectRef& object, const std::string& field, const json::value& ref) {
    const bool other_group = at(ref, {"group"}) != nullptr && text_at(ref, {"group"}) != kGroup;
    if (other_group) return;  // a Service's, for a mesh: not ours to judge
    const auto parent = parent_of(ref, object.namespace_);
    const std::string_view why = !present_.contains(parent)     ? "there is none of that name"
                                 : parent.kind == "ListenerSet" ? "its Gateway is not there, or another controller's"
                                                                : "another controller's, which must answer";
    warnings_.push_back({.object = object, .what = fmt::format("{}: {}; {}", field, api::to_string(parent), why)});
  }

  Asked asked_;
  std::set<api::ObjectRef> present_;
  std::vector<Warning> warnings_;
};

}  // namespace

std::vector<Warning> warnings_of_status(const json::object& list, Asked asked) {
  return Collector(items_of(list), asked).take();
}

std::vector<Warning> warnings_of_model(const model::v1::Model& model, const api::ObjectSet& objects) {
  std::map<std::string, const model::v1::Endpoints*> endpoints;
  for (const auto& resource : model.resources()) {
    if (resource.has_endpoints()) endpoints.emplace(resource.name(), &resource.endpoints());
  }
  std::vector<Warning> warnings;
  for (const auto& resource : model.resources()) {
    const auto& backend = resource.backend();
    const auto found = resource.has_backend() ? endpoints.find(backend.endpoints()) : endpoints.end();
    if (found == endpoints.end() || !found->second->external_name().empty()) continue;
    const bool serves = std::ranges::any_of(found->second->endpoints(), [](const auto& endpoint) {
      return endpoint.state() == model::v1::Endpoint::READY;
    });
    const auto service = objects.services.find({backend.service().namespace_(), backend.service().name()});
    if (serves || service == objects.services.end() || !service->second->spec.selector.empty()) continue;
    warnings.push_back({.object = {.kind = std::string(api::Service::kKind),
                                   .namespace_ = backend.service().namespace_(),
                                   .name = backend.service().name()},
                        .what = fmt::format("port {}: no endpoint is ready; its share of the traffic is refused; an "
                                            "EndpointSlice or externalName gives it endpoints",
                                            backend.port())});
  }
  return warnings;
}

}  // namespace sluice::ctl
