#include "tools/sluicectl/finding.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <set>

#include "tools/sluicectl/condition.h"
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

bool needs_a_node(const json::value& condition) {
  return text_at(condition, {"type"}) == "Programmed" || text_at(condition, {"reason"}) == "NotAssigned";
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
  std::vector<Finding> take() { return std::move(findings_); }

 private:
  void add(const json::value& item) {
    const api::ObjectRef object = ref_of(item);
    if (object.kind.ends_with("Route")) return add_route(object, item);
    const auto* status = at(item, {"status"});
    if (status == nullptr) return;
    add_conditions(object, "", *status);
    for (const auto& listener : list_at(*status, {"listeners"})) {
      add_conditions(object, "listener " + text_at(listener, {"name"}) + ": ", listener);
    }
    for (const auto& ancestor : list_at(*status, {"ancestors"})) {
      const auto* ref = at(ancestor, {"ancestorRef"});
      const auto parent = ref == nullptr ? api::ObjectRef{} : parent_of(*ref, object.namespace_);
      add_conditions(object, "for " + api::to_string(parent) + ": ", ancestor);
    }
  }

  void add_conditions(const api::ObjectRef& object, const std::string& where, const json::value& status) {
    for (const auto& condition : list_at(status, {"conditions"})) {
      if (!is_bad(condition) || (asked_ == Asked::Folder && needs_a_node(condition))) continue;
      findings_.push_back({.object = object, .what = where + condition_text(condition)});
    }
  }

  void add_route(const api::ObjectRef& route, const json::value& item) {
    const auto& parent_refs = list_at(item, {"spec", "parentRefs"});
    if (parent_refs.empty()) {
      findings_.push_back(
          {.object = route, .what = "spec.parentRefs: none; the route hangs nowhere and gets no traffic"});
    }
    for (std::size_t i = 0; i < parent_refs.size(); ++i) add_unanswered(route, item, i, parent_refs[i]);
    for (const auto& parent : list_at(item, {"status", "parents"})) {
      const auto* parent_ref = at(parent, {"parentRef"});
      const auto ref = parent_ref == nullptr ? api::ObjectRef{} : parent_of(*parent_ref, route.namespace_);
      const std::string section = text_at(parent, {"parentRef", "sectionName"});
      add_conditions(
          route, fmt::format("at {}{}: ", api::to_string(ref), section.empty() ? "" : " listener " + section), parent);
    }
  }

  void add_unanswered(const api::ObjectRef& route, const json::value& item, std::size_t index,
                      const json::value& parent_ref) {
    const bool other_group = at(parent_ref, {"group"}) != nullptr && text_at(parent_ref, {"group"}) != kGroup;
    if (other_group) return;  // a Service's, for a mesh: not ours to judge
    if (has_answer(item, parent_ref)) return;
    const auto parent = parent_of(parent_ref, route.namespace_);
    findings_.push_back({.object = route,
                         .what = fmt::format("spec.parentRefs[{}]: {}; {}", index, api::to_string(parent),
                                             present_.contains(parent) ? "another controller's, which must answer"
                                                                       : "there is none of that name")});
  }

  Asked asked_;
  std::set<api::ObjectRef> present_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> findings_of_status(const json::object& list, Asked asked) {
  return Collector(items_of(list), asked).take();
}

std::vector<Finding> findings_of_model(const model::v1::Model& model, const api::ObjectSet& objects) {
  std::map<std::string, const model::v1::Endpoints*> endpoints;
  for (const auto& resource : model.resources()) {
    if (resource.has_endpoints()) endpoints.emplace(resource.name(), &resource.endpoints());
  }
  std::vector<Finding> findings;
  for (const auto& resource : model.resources()) {
    const auto& backend = resource.backend();
    const auto found = resource.has_backend() ? endpoints.find(backend.endpoints()) : endpoints.end();
    if (found == endpoints.end() || !found->second->external_name().empty()) continue;
    const bool serves = std::ranges::any_of(found->second->endpoints(), [](const auto& endpoint) {
      return endpoint.state() == model::v1::Endpoint::READY;
    });
    const auto service = objects.services.find({backend.service().namespace_(), backend.service().name()});
    if (serves || service == objects.services.end() || !service->second->spec.selector.empty()) continue;
    findings.push_back({.object = {.kind = std::string(api::Service::kKind),
                                   .namespace_ = backend.service().namespace_(),
                                   .name = backend.service().name()},
                        .what = fmt::format("port {}: no endpoint is ready; its share of the traffic is refused; an "
                                            "EndpointSlice or externalName gives it endpoints",
                                            backend.port())});
  }
  return findings;
}

}  // namespace sluice::ctl
